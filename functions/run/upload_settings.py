"""Settings as an upload carries them: a JSON object in its metadata, or in an object beside it."""

import json
from typing import Any

from functions.core.errors import InvalidSettingsError
from functions.core.wording import quoted
from functions.settings import SETTINGS_METADATA


def settings_object(text: str, whose: str) -> dict[str, Any]:
    """Parse settings.

    Raises:
        InvalidSettingsError: when they are no JSON object; the message says whose they are.
    """
    try:
        value = json.loads(text)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise InvalidSettingsError(
            f"{whose} carries settings (metadata {SETTINGS_METADATA}) that are no JSON object: {quoted(text)}."
        )
    return value
