"""Settings: the environment wins over the file, and a typo is told."""

from pathlib import Path

import pytest

from functions.settings import RunSettings
from infra.errors import SettingsError
from infra.settings import StackSettings, markdown, read_settings, table, unknown_variables


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_defaults_need_nothing(tmp_path: Path) -> None:
    settings = read_settings()
    assert settings.home == tmp_path / ".fraudflow"
    assert settings.run == RunSettings()
    assert settings.endpoint_url == "http://127.0.0.1:4566"


def test_environment_wins_over_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "fraudflow.toml").write_text('seed = 7\ntarget = "label"\n')
    monkeypatch.setenv("FRAUDFLOW_SEED", "8")
    assert (read_settings().seed, read_settings().run.target) == (8, "label")


def test_empty_variable_is_an_unset_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRAUDFLOW_TARGET", "")
    assert read_settings().target is None


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("sede = 7", "sede is not a setting; seed is the nearest one"),
        ("seed = ", "can't be read"),
        ('seed = "many"', "FRAUDFLOW_SEED"),
        ("localstack_port = 5000", "are the same"),
        ('split = "time"', "needs time_column"),
    ],
)
def test_wrong_file_is_one_sentence(tmp_path: Path, content: str, sentence: str) -> None:
    (tmp_path / "fraudflow.toml").write_text(content)
    with pytest.raises(SettingsError, match=sentence):
        read_settings()


def test_unknown_variable_is_told_with_the_nearest_name() -> None:
    assert unknown_variables({"FRAUDFLOW_SEDE": "7", "FRAUDFLOW_SEED": "7", "SEDE": "7"}) == [
        "FRAUDFLOW_SEDE is not a setting; FRAUDFLOW_SEED is the nearest one."
    ]


def test_every_setting_is_in_the_table_with_a_description() -> None:
    assert {setting.name for setting in table()} == set(StackSettings.model_fields)
    assert all(setting.description for setting in table())
    assert markdown().count("\n") == len(table()) + 2
