"""What servers and clients inherit from the user: nothing that leads to the real AWS."""

import os

import pytest

from infra.environment import isolate_process, server_environment
from infra.settings import StackSettings


def test_servers_get_none_of_the_users_switches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIA")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "https://elsewhere.example")
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    environment = server_environment()
    assert {"AWS_PROFILE", "MLFLOW_TRACKING_URI", "PYTHONDONTWRITEBYTECODE"}.isdisjoint(environment)
    assert environment["AWS_ACCESS_KEY_ID"] == "test"


def test_clients_of_this_process_only_know_localstack(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(os, "environ", {"AWS_PROFILE": "production", "AWS_SESSION_TOKEN": "secret", "HOME": "/home/me"})
        isolate_process(StackSettings(localstack_port=4600))
        assert "AWS_PROFILE" not in os.environ
        assert "AWS_SESSION_TOKEN" not in os.environ
        assert os.environ["AWS_ENDPOINT_URL"] == "http://127.0.0.1:4600"
        assert os.environ["HOME"] == "/home/me"
