"""What definitions of histories may say, and what is said of wrong ones."""

from typing import Any

import pytest
from pydantic import ValidationError

from functions.core.histories.history_definitions import Definitions
from functions.history_settings import HistorySettings
from functions.setting_words import faults, typed
from functions.settings import RunSettings

GOOD: dict[str, Any] = {"windows": ["1h", "7d"], "aggregates": ["ratio", "count"]}


def test_definitions_are_in_one_order_whatever_the_files_is() -> None:
    made = HistorySettings.model_validate({**GOOD, "entities": ["card"], "unit": 3600}).definitions()
    assert made == Definitions(windows=("1h", "7d"), aggregates=("count", "ratio"), entities=("card",), unit=3600)


def test_they_travel_in_a_payload_as_they_were_and_are_typed_as_json() -> None:
    settings = RunSettings.model_validate({"histories": GOOD})
    assert RunSettings.model_validate_json(settings.model_dump_json()) == settings
    assert settings.histories is not None
    assert RunSettings.model_validate({"histories": typed(settings.histories)}) == settings
    assert RunSettings.model_validate({"histories": "off"}) == RunSettings()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"windows": ["1h", "60m"]}, "windows: '60m' is not longer than '1h', which stands before it"),
        ({"windows": ["1d", "1h"]}, "windows: '1h' is not longer than '1d', which stands before it"),
        ({"windows": ["1x"]}, "windows: The window '1x' of histories is no length of time up to 400 days"),
        ({"windows": []}, "windows is '[]': it takes one to eight lengths of time such as 1h or 7d"),
        ({"aggregates": ["count", "count"]}, "aggregates names 'count' twice"),
        ({"aggregates": ["cuont"]}, "aggregates names 'cuont'; count is the nearest one: it takes one or more of"),
        ({"entities": ["card", "card"]}, "entities names 'card' twice"),
        ({"night": [0, 25]}, "night names '25': it takes the hours in which it begins and ends"),
        ({"night": [6]}, "night names '[6]': it takes the hours in which it begins and ends"),
        ({"night": [0, 24]}, "night begins and ends at 0: it would have no hour"),
        ({"unit": 0}, "unit is '0': it takes a number above 0"),
        ({"entities_at_most": 9}, "entities_at_most is '9': it takes a whole number from 1 to 8"),
        ({"events_at_most": 0}, "events_at_most is '0': it takes a whole number from 1 to 10,000"),
        ({"merchants": "shop"}, "merchants is not a setting; merchant is the nearest one"),
    ],
)
def test_what_is_wrong_is_said_with_its_key(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError) as caught:
        HistorySettings.model_validate({**GOOD, **wrong})
    [clause] = faults(HistorySettings, caught.value)
    assert clause.startswith(said)
    # Within a run's settings, the sentence also says where.
    with pytest.raises(ValidationError) as within:
        RunSettings.model_validate({"histories": {**GOOD, **wrong}})
    [clause] = faults(RunSettings, within.value)
    assert "histories" in clause
