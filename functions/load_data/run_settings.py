"""Precedence of settings: execution input, then upload metadata, then stack."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError
from pydantic_core import to_json

from functions.contracts import Upload, UploadRequest
from functions.core.errors import InvalidSettingsError
from functions.ports import ObjectStore
from functions.run.dependencies import LoadDataDependencies
from functions.run.upload_settings import settings_object
from functions.setting_words import faults
from functions.settings import SETTINGS_METADATA, RunSettings, StoredSettings

_PREFIX = "fraudflow_"
# Of the 262,144 that Step Functions hands from state to state, and ends an execution beyond without a Catch: the rest
# is for what the states find.
MOST_BYTES = 200_000


def merge(request: UploadRequest, upload: Upload, dependencies: LoadDataDependencies) -> RunSettings:
    """Return the run's settings, merged by precedence.

    Raises:
        InvalidSettingsError: naming each one that is wrong, and where it was given; or the longest, of too long ones.
    """
    chosen = with_training_jobs(_merged(request, upload, dependencies), dependencies.training_job_rows)
    _require_short(chosen)
    return chosen


def with_training_jobs(chosen: RunSettings, of_stack: int | None) -> RunSettings:
    """Return the settings with the stack's own rows from which training jobs train, unless they say others.

    Raises:
        InvalidSettingsError: when they do, and the stack starts none.
    """
    if of_stack is None and chosen.training_job_rows is not None:
        raise InvalidSettingsError(
            "training_job_rows is set, and this stack starts no training jobs: leave it out, or deploy to AWS with the "
            "template's parameter TrainingInstanceType."
        )
    return taken_up(chosen, of_stack)


def taken_up(chosen: RunSettings, of_stack: int | None) -> RunSettings:
    """Return the settings of a run that failed likewise; without those rows where the stack starts no jobs any more."""
    rows = None if of_stack is None else chosen.training_job_rows or of_stack
    return chosen.model_copy(update={"training_job_rows": rows})


def _require_short(chosen: RunSettings) -> None:
    size = len(chosen.model_dump_json().encode())
    if size > MOST_BYTES:
        sizes = {name: len(to_json(value)) for name, value in chosen.model_dump(mode="json").items()}
        longest = max(sizes, key=sizes.__getitem__)
        raise InvalidSettingsError(
            f"The run's settings take {size:,} bytes, of which one state can hand {MOST_BYTES:,} to the next: shorten "
            f"{longest}, which takes {sizes[longest]:,} of them."
        )


def _merged(request: UploadRequest, upload: Upload, dependencies: LoadDataDependencies) -> RunSettings:
    store, stack = dependencies.files.store, dependencies.settings
    if isinstance(stack, StoredSettings):
        chosen = _over(RunSettings(), _stored(stack, upload, store), "The stack")
    else:
        chosen = stack
    carried = store.metadata(upload).get(SETTINGS_METADATA)
    if carried is not None:
        chosen = _over(chosen, _carried(carried, upload, store), upload.name)
    return chosen if request.settings is None else _over(chosen, request.settings, "The execution's input")


def _carried(text: str, upload: Upload, store: ObjectStore) -> dict[str, Any]:
    named = settings_object(text, upload.name)
    try:
        return _stored(StoredSettings.model_validate(named), upload, store)
    except ValidationError:  # they are the settings themselves
        return named


def _stored(stored: StoredSettings, upload: Upload, store: ObjectStore) -> dict[str, Any]:
    """Read settings from where they are stored; only keys of that folder are valid."""
    return settings_object(store.read(f"s3://{upload.bucket}/{stored.settings_key}").decode(), stored.settings_key)


def _over(below: RunSettings, named: Mapping[str, Any], whose: str) -> RunSettings:
    try:
        return RunSettings.model_validate({**below.model_dump(), **_by_name(named, whose)})
    except ValidationError as error:
        message = "; ".join(faults(RunSettings, error))
        raise InvalidSettingsError(f"{whose} carries wrong settings: {message}.") from error


def _by_name(named: Mapping[str, Any], whose: str) -> dict[str, Any]:
    """Return settings by name, which may be in capitals and may begin with ``fraudflow_``."""
    known: dict[str, Any] = {}
    for key, value in named.items():
        name = key.lower().removeprefix(_PREFIX)
        if name in known:
            raise InvalidSettingsError(f"{whose} carries wrong settings: {name} is given twice.")
        known[name] = value
    return known
