"""A large upload: its files found and pinned, its parts listed, and its reading decided on a sample of its rows."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from functions.contracts import DividedUpload, LoadDataInput, PartsToRead, Upload, UploadRequest
from functions.core.data.tables import LabelledTable
from functions.core.errors import InvalidDatasetError, UploadNotFoundError
from functions.core.evaluation import latest_rows
from functions.core.parts.entity_buckets import bucket_count
from functions.core.parts.part_reading import PartReading, ReadingHistories, ReadSample
from functions.core.parts.reading_decision import decided
from functions.core.parts.upload_division import MOST_PARTS, DividedTable, UploadWritten, divide_upload
from functions.core.parts.upload_manifest import is_manifest, listed_keys
from functions.core.parts.upload_parts import PartSource, UploadFile, UploadParts
from functions.core.roles import checks
from functions.core.roles.checks import CheckedTable
from functions.core.wording import counted, quoted
from functions.run import from_settings
from functions.run.dependencies import LoadDataDependencies, RunFiles
from functions.run.downloads import without_quotes
from functions.runtime import background
from functions.settings import RunSettings

PARTS, READING = "parts.json", "reading.json"
# Of parts, in what `large_upload_bytes` says.
_PARTS_OF_LARGE = 8
_MOST_MANIFEST_BYTES = 2**24
# Answers that wait to be used.
_AHEAD = 16


def is_large(upload: Upload, settings: RunSettings) -> bool:
    """Return whether an upload is read in parts: it is the manifest of several files, or too large to be read whole."""
    return is_manifest(upload.key) or upload.size > settings.large_upload_bytes


def divide(
    event: LoadDataInput, upload: Upload, settings: RunSettings, dependencies: LoadDataDependencies
) -> DividedUpload:
    """Divide an upload, and decide how its parts are read.

    Raises:
        InvalidDatasetError: or a subclass: what ``read_table`` and ``check`` raise; or its files are no one table.
        InvalidSettingsError: a setting does not fit what the sample shows.
    """
    files, execution = dependencies.files, event.execution
    uploads = _files_of(upload, files)
    with without_quotes(upload.name):
        divided, checked = _checked(uploads, upload, settings, files)
        reading = _reading(divided, checked, settings)
    listed = UploadParts(
        files=tuple(
            UploadFile(**one.model_dump(), layout=layout) for one, layout in zip(uploads, divided.layouts, strict=True)
        ),
        parts=divided.parts,
    )
    return DividedUpload(
        execution=execution,
        upload=upload,
        settings=settings,
        candidates=list(settings.trained),
        parts=PartsToRead(
            uri=files.write_json(execution, PARTS, listed.model_dump()),
            reading_uri=files.write_json(execution, READING, reading.model_dump()),
            count=len(divided.parts),
        ),
    )


def _files_of(upload: Upload, files: RunFiles) -> list[Upload]:
    """Return the files of an upload, each in the version that it has now.

    Raises:
        InvalidDatasetError: the manifest is none, or names a file that is not there.
    """
    if not is_manifest(upload.key):
        return [upload]
    if upload.size > _MOST_MANIFEST_BYTES:
        raise InvalidDatasetError(f"{upload.name} is too large for a manifest; name a prefix in place of files.")
    with files.store.opening(upload) as stream:
        body = stream.read()
    keys = listed_keys(
        body, upload.bucket, upload.key, lambda prefix: files.store.keys(f"s3://{upload.bucket}/{prefix}")
    )
    if len(keys) > MOST_PARTS:
        raise InvalidDatasetError(
            f"{upload.name} names {len(keys):,} files, and at most {MOST_PARTS:,} are read; join some of them."
        )
    return list(_at_once(partial(_found, files, upload, key) for key in keys))


def _found(files: RunFiles, manifest: Upload, key: str) -> Upload:
    try:
        return files.store.find(UploadRequest(bucket=manifest.bucket, key=key))
    except UploadNotFoundError as error:
        raise InvalidDatasetError(
            f"{manifest.name} names {quoted(key)}, and the bucket '{manifest.bucket}' has no such object; upload the "
            "files first, and the manifest last."
        ) from error


def _checked(
    uploads: Sequence[Upload], upload: Upload, settings: RunSettings, files: RunFiles
) -> tuple[DividedTable, CheckedTable]:
    """Divide the files and check the sample; what is wrong with it is said to be of a sample."""
    divided = divide_upload(
        [PartSource(one.name, one.size, partial(files.store.opening, one)) for one in uploads],
        upload.name,
        UploadWritten(settings.delimiter, settings.encoding),
        part_bytes=-(-settings.large_upload_bytes // _PARTS_OF_LARGE),
        at_once=_at_once,
    )
    sample = divided.sample
    try:
        checked = checks.check(
            divided.raw,
            target=settings.target,
            positive_label=settings.positive_label,
            choices=from_settings.role_choices(settings),
            rows=None if sample.whole else sample.of_about,
        )
    except InvalidDatasetError as fault:
        if sample.whole:
            raise
        raise type(fault)(f"{fault} {_looked_at(sample)} Rows are counted among these.") from fault
    return divided, checked


def _reading(divided: DividedTable, checked: CheckedTable, settings: RunSettings) -> PartReading:
    table, choices = checked.table, from_settings.role_choices(settings)
    # Said here, before anything is read in full.
    from_settings.features(settings, table).require(table.kinds)
    from_settings.amounts(settings, table)
    from_settings.histories(settings, table.X, table.roles)
    clock = latest_rows.proposal(table, settings.time_column) if settings.split == "stratified" else None
    notes = [*checked.source.notes, *_notes(divided), *([clock] if clock else [])]
    reading = decided(divided, replace(checked, source=replace(checked.source, notes=tuple(notes))), choices)
    return reading.model_copy(update={"histories": _histories(divided, table, settings)})


def _histories(divided: DividedTable, table: LabelledTable, settings: RunSettings) -> ReadingHistories | None:
    found = from_settings.history_candidates(settings, table.X, table.roles)
    if found is None:
        return None
    return ReadingHistories(candidates=found, buckets=bucket_count(divided.sample.of_about, len(found.entities)))


def _notes(divided: DividedTable) -> Iterator[str]:
    files = f" of {counted(len(divided.layouts), 'file')}" if len(divided.layouts) > 1 else ""
    yield f"The rows are read in {counted(len(divided.parts), 'part')}{files}."
    if not divided.sample.whole:
        yield f"What the columns are was decided on a sample. {_looked_at(divided.sample)}"


def _looked_at(sample: ReadSample) -> str:
    return f"{sample.rows:,} of about {sample.of_about:,} rows were looked at."


def _at_once(calls: Iterable[Callable[[], Any]]) -> Iterator[Any]:
    """Call functions several at a time, and yield what they return in their order."""
    started = deque[Any]()
    for call in calls:
        started.append(background.start(call))
        if len(started) >= _AHEAD:
            yield background.result(started.popleft(), "storage")
    while started:
        yield background.result(started.popleft(), "storage")
