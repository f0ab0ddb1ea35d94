"""Settings of the service: what it refuses to start with."""

import pytest

from functions.core.errors import InvalidSettingsError
from serving.settings import read_settings
from tests.fakes import PSEUDONYM_KEY

NEEDED = {"FRAUDFLOW_MLFLOW_TRACKING_URI": "http://127.0.0.1:5000", "FRAUDFLOW_PSEUDONYM_KEY": PSEUDONYM_KEY}


def given(monkeypatch: pytest.MonkeyPatch, **more: str) -> None:
    for name, value in (NEEDED | more).items():
        monkeypatch.setenv(name, value)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_it_listens_at_loopback_without_a_token(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    given(monkeypatch, FRAUDFLOW_SCORING_HOST=host)

    assert read_settings().scoring_host == host


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "scoring.example"])  # noqa: S104 - what is refused
def test_beyond_loopback_it_needs_a_token(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    given(monkeypatch, FRAUDFLOW_SCORING_HOST=host)
    with pytest.raises(InvalidSettingsError, match="FRAUDFLOW_SCORING_TOKEN is not set"):
        read_settings()

    given(monkeypatch, FRAUDFLOW_SCORING_TOKEN="0123456789abcdef")  # noqa: S106 - of nobody
    assert read_settings().scoring_host == host


def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch)
    monkeypatch.delenv("FRAUDFLOW_MLFLOW_TRACKING_URI")

    with pytest.raises(InvalidSettingsError, match="can't start: FRAUDFLOW_MLFLOW_TRACKING_URI is missing"):
        read_settings()


def test_a_wrong_secret_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch, FRAUDFLOW_PSEUDONYM_KEY="4711")

    with pytest.raises(InvalidSettingsError) as refused:
        read_settings()
    assert "4711" not in str(refused.value)


def test_histories_in_feast_need_its_address(monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch, FRAUDFLOW_FEATURE_STORE="feast")
    with pytest.raises(InvalidSettingsError, match="FRAUDFLOW_FEAST_URL is not set: say where its feature server is"):
        read_settings()
    monkeypatch.setenv("FRAUDFLOW_FEAST_URL", "http://127.0.0.1:6566")
    assert read_settings().feast == "http://127.0.0.1:6566/"
    monkeypatch.setenv("FRAUDFLOW_FEATURE_STORE", "embedded")
    assert read_settings().feast is None
