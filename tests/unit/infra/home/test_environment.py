"""The environment that servers and clients inherit from the user: nothing that leads to the real AWS."""

import os
from pathlib import Path

import pytest

from infra.errors import StackError
from infra.home.access import find_keys, keep, make_keys, path
from infra.home.environment import aws_client_environment, isolate_process, server_environment
from infra.home.layout import Home
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


def test_clients_show_the_keys_of_the_home(tmp_path: Path) -> None:
    settings = StackSettings(home=tmp_path)
    assert aws_client_environment(settings)["AWS_ACCESS_KEY_ID"] == "test"
    keys = make_keys(Home(tmp_path))
    environment = aws_client_environment(settings)
    assert environment["AWS_ACCESS_KEY_ID"] == keys.access_key_id
    assert environment["AWS_SECRET_ACCESS_KEY"] == keys.secret_access_key


def test_keys_that_others_can_read_are_no_longer_used(tmp_path: Path) -> None:
    make_keys(Home(tmp_path))
    path(Home(tmp_path)).chmod(0o644)
    with pytest.raises(StackError, match="can be read by others"):
        aws_client_environment(StackSettings(home=tmp_path))


def test_the_keys_of_a_stack_that_makes_its_own_replace_the_homes(tmp_path: Path) -> None:
    theirs, ours = Home(tmp_path / "theirs"), Home(tmp_path / "ours")
    for home in (theirs, ours):
        home.path.mkdir()
    made = make_keys(theirs)
    make_keys(ours)
    keep(ours, path(theirs).read_text())
    assert find_keys(ours) == made
    assert [each.name for each in ours.path.iterdir()] == ["keys.json"]
