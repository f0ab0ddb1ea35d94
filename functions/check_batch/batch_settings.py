"""Precedence of a batch's settings: execution input, then upload metadata."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from functions.contracts import Upload, UploadRequest
from functions.contracts.scored_batches import BatchSettings
from functions.core.errors import InvalidSettingsError
from functions.ports import ObjectStore
from functions.run.upload_settings import settings_object
from functions.setting_words import faults
from functions.settings import SETTINGS_METADATA


def merge(request: UploadRequest, upload: Upload, store: ObjectStore) -> BatchSettings:
    """Return the batch's settings, merged by precedence.

    Raises:
        InvalidSettingsError: naming each one that is wrong, and where it was given.
    """
    carried = store.metadata(upload).get(SETTINGS_METADATA)
    named = {} if carried is None else settings_object(carried, upload.name)
    settings = _checked(named, upload.name)
    if request.settings is None:
        return settings
    return _checked({**settings.model_dump(exclude_unset=True), **request.settings}, "The execution's input")


def _checked(named: Mapping[str, Any], whose: str) -> BatchSettings:
    try:
        return BatchSettings.model_validate(named)
    except ValidationError as error:
        raise InvalidSettingsError(
            f"{whose} carries wrong settings: {'; '.join(faults(BatchSettings, error))}."
        ) from error
