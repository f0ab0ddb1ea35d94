"""Settings of one run, as the options of a command or the fields of a page's form give them."""

from collections.abc import Callable, Mapping

from pydantic import ValidationError

from functions.setting_words import faults
from functions.settings import RunSettings
from infra.errors import SettingsError

# Those that people change most, in the order in which they are shown.
CHANGED_MOST = (
    "target",
    "positive_label",
    "candidates",
    "threshold",
    "min_recall",
    "cost_missed_fraud",
    "cost_false_alarm",
    "split",
    "time_column",
    "seed",
    "model_name",
)


def run_settings(settings: RunSettings, given: Mapping[str, object], name: Callable[[str], str] = str) -> RunSettings:
    """Return the settings of one run, in which those given win over the others.

    Args:
        settings: what holds where nothing else is given.
        given: values as people type them, by the names of their settings.
        name: returns a setting's name as its user knows it.

    Raises:
        SettingsError: naming each that is wrong, and what it takes.
    """
    try:
        return RunSettings.model_validate({**settings.model_dump(), **given})
    except ValidationError as error:
        raise SettingsError(f"{'; '.join(faults(RunSettings, error, name))}.") from error
