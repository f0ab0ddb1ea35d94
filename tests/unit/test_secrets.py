"""Secrets of the environment are not in the error messages about a wrong setting."""

import traceback
from pathlib import Path

import pytest

from functions import settings
from functions.core.errors import InvalidSettingsError
from infra.errors import SettingsError
from infra.settings import read_settings

WRONG = "https://me:hunter2@gateway:port"


def said(error: BaseException) -> str:
    """Return all that a log would hold: the sentence, its causes and their traces."""
    return "".join(traceback.format_exception(error))


@pytest.mark.parametrize("variable", ["FRAUDFLOW_PUSHGATEWAY_URL", "FRAUDFLOW_MLFLOW_TRACKING_URI"])
def test_a_function_names_the_variable_and_not_its_value(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRAUDFLOW_RUNS_BUCKET", "runs")
    monkeypatch.setenv("FRAUDFLOW_MLFLOW_TRACKING_URI", "http://mlflow.invalid")
    monkeypatch.setenv(variable, WRONG)
    with pytest.raises(InvalidSettingsError, match=variable) as caught:
        settings.read(settings.MonitoringSettings)
    assert "hunter2" not in said(caught.value)


def test_the_command_line_does_so_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FRAUDFLOW_PUSHGATEWAY_URL", WRONG)
    with pytest.raises(SettingsError, match="FRAUDFLOW_PUSHGATEWAY_URL") as caught:
        read_settings()
    assert "hunter2" not in said(caught.value)
    monkeypatch.delenv("FRAUDFLOW_PUSHGATEWAY_URL")
    Path("fraudflow.toml").write_text(f'pushgateway_url = "{WRONG}"\n')
    with pytest.raises(SettingsError, match="pushgateway_url") as caught:
        read_settings()
    assert "hunter2" not in said(caught.value)


def test_a_key_that_is_missing_or_no_key_is_named_and_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRAUDFLOW_RUNS_BUCKET", "runs")
    with pytest.raises(InvalidSettingsError, match="FRAUDFLOW_PSEUDONYM_KEY is missing"):
        settings.read(settings.LoadDataSettings)
    monkeypatch.setenv("FRAUDFLOW_PSEUDONYM_KEY", "hunter2")
    with pytest.raises(InvalidSettingsError, match="FRAUDFLOW_PSEUDONYM_KEY can't be used") as caught:
        settings.read(settings.LoadDataSettings)
    assert "hunter2" not in said(caught.value)
