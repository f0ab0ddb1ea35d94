"""Histories of the stack's runs: the checkout's file, another one, or none."""

import json
import tomllib
from pathlib import Path

import pytest

from functions.history_settings import HistorySettings
from functions.settings import RunSettings
from infra.deployment.long_settings import TravellingSettings
from infra.errors import SettingsError
from infra.settings import ROOT, read_settings

VARIABLE = "FRAUDFLOW_HISTORY_DEFINITIONS"
GOOD = 'windows = ["1h", "7d"]\naggregates = ["count"]\n'


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "own.toml"
    monkeypatch.setenv(VARIABLE, str(path))
    return path


def test_the_file_of_the_checkout_is_read_wherever_the_command_runs() -> None:
    content = tomllib.loads((ROOT / "feature-store" / "histories.toml").read_text("utf-8"))
    assert read_settings().run.histories == HistorySettings.model_validate(content)


def test_the_default_histories_travel_with_a_function() -> None:
    travelling = TravellingSettings.of(read_settings().run.model_dump(mode="json", exclude_defaults=True))
    assert travelling.key is None
    assert RunSettings.model_validate_json(travelling.text) == read_settings().run


def test_another_file_or_none_can_be_named(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own.write_text(GOOD)
    assert read_settings().run.histories == HistorySettings(windows=("1h", "7d"), aggregates=("count",))
    monkeypatch.setenv(VARIABLE, "off")
    assert read_settings().run.histories is None


@pytest.mark.parametrize("content", ["[histories]\n" + GOOD, 'histories = "off"\n'])
def test_settings_win_over_the_file(tmp_path: Path, content: str) -> None:
    (tmp_path / "fraudflow.toml").write_text(content)
    wanted = None if "off" in content else HistorySettings(windows=("1h", "7d"), aggregates=("count",))
    assert read_settings().run.histories == wanted


def test_a_variable_holds_them_as_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRAUDFLOW_HISTORIES", json.dumps({"windows": ["1h"], "aggregates": ["sum"]}))
    assert read_settings().run.histories == HistorySettings(windows=("1h",), aggregates=("sum",))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('windows = ["1h"\n', "can't be read"),
        (GOOD + 'windos = ["1h"]\n', "windos is not a setting; windows is the nearest one"),
        ('windows = ["1h"]\n', "aggregates is missing"),
        ('windows = ["1h"]\naggregates = ["cuont"]\n', "aggregates names 'cuont'; count is the nearest one"),
    ],
)
def test_a_wrong_file_is_named_with_the_key(own: Path, content: str, said: str) -> None:
    own.write_text(content)
    with pytest.raises(SettingsError) as caught:
        read_settings()
    assert str(own) in str(caught.value)
    assert said in str(caught.value)
    assert str(caught.value).endswith(".")


def test_a_file_that_is_not_there_is_named(own: Path) -> None:
    with pytest.raises(SettingsError, match=rf"{own} does not exist: {VARIABLE} names .* or is `off`"):
        read_settings()
