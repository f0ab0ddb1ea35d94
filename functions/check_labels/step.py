"""Claim a file of labels, read it, check it, and keep its labels as they came."""

import datetime as dt

from functions.contracts import Execution, Upload
from functions.contracts.label_files import CheckedLabels, CheckLabelsInput, LabelsFile
from functions.core.loop.label_reading import ReadLabels, read_labels
from functions.decisions.decision import microseconds
from functions.feedback.label_parts import add_part, part_uri
from functions.ports import ObjectStore
from functions.run import recording
from functions.run.dependencies import Dependencies
from functions.run.downloads import downloaded, without_quotes

CHECKED = "labels-file.json"
_JSON = "application/json"


def run(event: CheckLabelsInput, dependencies: Dependencies) -> CheckedLabels:
    """Check a file of labels and keep them.

    When it came is pinned before they are kept: resumed after a crash, the same labels are written to the same place,
    and are not taken for later ones than those that came meanwhile.
    """
    files, execution = dependencies.files, event.execution
    recording.start(files, execution, event.upload)
    checked_uri = files.uri(execution, CHECKED)
    pinned = None
    if files.store.exists(checked_uri):
        pinned = CheckedLabels.model_validate_json(files.read(checked_uri))
        if files.store.exists(pinned.labels.part_uri):
            return pinned
    upload = pinned.upload if pinned else files.store.find(event.upload)
    if event.upload.id:  # only an event has one; a person may send the same labels as often as they like
        recording.claim(files, execution, upload)
    received_at = pinned.labels.received_at if pinned else _began(execution)
    read = _read(upload, received_at, files.store)
    checked = pinned or _checked(execution, upload, read, part_uri(files.bucket, execution.name, received_at))
    if not pinned and not files.store.create(checked_uri, checked.model_dump_json().encode(), _JSON):
        return run(event, dependencies)  # another invocation of the same execution was first
    add_part(files.store, checked.labels.part_uri, read.events, upload.uri)
    return checked


def _began(execution: Execution) -> int:
    return microseconds(dt.datetime.fromisoformat(execution.started_at))


def _read(upload: Upload, received_at: int, store: ObjectStore) -> ReadLabels:
    with downloaded(store, upload) as path, without_quotes(upload.name):
        return read_labels(path, name=upload.name, received_at=received_at)


def _checked(execution: Execution, upload: Upload, read: ReadLabels, uri: str) -> CheckedLabels:
    labels = LabelsFile(
        part_uri=uri,
        received_at=int(read.events.received_at[0]),
        rows=len(read.events),
        frauds=int(read.events.fraud.sum()),
        notes=[*read.notes],
    )
    return CheckedLabels(execution=execution, upload=upload, labels=labels)
