"""The file that defines histories (``feature-store/histories.toml``)."""

import tomllib
from pathlib import Path

from pydantic import ValidationError

from functions.history_settings import OFF, HistorySettings
from functions.setting_words import faults
from infra.errors import SettingsError


def read_definitions(path: Path) -> HistorySettings | None:
    """Read the definitions; None where the file's name is ``off``.

    Raises:
        SettingsError: naming the file, and what is wrong with it.
    """
    if path.name == OFF:
        return None
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        raise SettingsError(
            f"{path} does not exist: FRAUDFLOW_HISTORY_DEFINITIONS names the file that defines histories, or is "
            f"`{OFF}`, and there are none."
        ) from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{path} can't be read: {error}.") from error
    try:
        return HistorySettings.model_validate(content)
    except ValidationError as error:
        raise SettingsError(f"{path}: {'; '.join(faults(HistorySettings, error))}.") from error
