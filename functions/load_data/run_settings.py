"""Precedence of settings: execution input, then upload metadata, then stack."""

import json
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from functions.contracts import Upload, UploadRequest
from functions.core.errors import InvalidSettingsError
from functions.core.wording import quoted
from functions.run.dependencies import LoadDataDependencies
from functions.setting_words import faults
from functions.settings import SETTINGS_METADATA, RunSettings

_PREFIX = "fraudflow_"


def merge(request: UploadRequest, upload: Upload, dependencies: LoadDataDependencies) -> RunSettings:
    """Return the run's settings, merged by precedence.

    Raises:
        InvalidSettingsError: naming each one that is wrong, and where it was given.
    """
    chosen = dependencies.settings
    carried = dependencies.files.store.metadata(upload).get(SETTINGS_METADATA)
    if carried is not None:
        chosen = _over(chosen, _object(carried, upload.name), upload.name)
    return chosen if request.settings is None else _over(chosen, request.settings, "The execution's input")


def _object(text: str, whose: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise InvalidSettingsError(
            f"{whose} carries settings (metadata {SETTINGS_METADATA}) that are no JSON object: {quoted(text)}."
        )
    return value


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
