"""The console in the foreground: which stack it is told, and when it is not started."""

import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from console.real_console import of_containers
from infra.cli import app
from infra.errors import PortHeldError, StackError
from infra.home.layout import Home
from infra.home.state import Deployed, ServerState, StackState, StackView, write_state
from infra.settings import StackSettings
from infra.stack import compose, console_process, lifecycle
from infra.stack.operations import Backend
from infra.system import listening
from infra.system.processes import ProcessId


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StackSettings:
    """Return settings of a stack that is up, with containers in its inner home."""
    chosen = StackSettings(home=tmp_path, console_port=8081)
    Home(tmp_path / "compose").create()
    inner = chosen.model_copy(update={"home": tmp_path / "compose"})
    monkeypatch.setattr(lifecycle, "running", lambda _: Deployed(settings=chosen, outputs={}))
    monkeypatch.setattr(compose, "running", lambda _: Deployed(settings=inner, outputs={}))
    monkeypatch.setattr(listening, "is_free", lambda _: True)
    return chosen


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """Return the words of what would be started."""
    words: list[tuple[str, ...]] = []

    class Process:
        def __init__(self, command: tuple[str, ...], *, env: dict[str, str]) -> None:
            assert "AWS_SECRET_ACCESS_KEY" in env
            words.append(command[1:])

        def wait(self) -> int:
            return 0

    monkeypatch.setattr(subprocess, "Popen", Process)
    return words


def test_the_containers_console_is_told_their_home(settings: StackSettings, started: list[tuple[str, ...]]) -> None:
    told: list[str] = []
    assert console_process.serve_for_containers(settings, told.append) == 0
    where = ("--home", str(settings.home / "compose"), "--port", "8081", "--access", "open")
    assert started == [("-P", "-m", "console", *where, "--stack", "compose")]
    assert told == ["The console is at http://127.0.0.1:8081; Ctrl-C ends it."]


def test_a_stack_without_a_console_gets_one_as_long_as_somebody_looks(
    settings: StackSettings, started: list[tuple[str, ...]]
) -> None:
    assert console_process.serve(settings, lambda _: None) == 0
    assert started[0][3:5] == ("--home", str(settings.home))


def test_a_stack_has_one_console(settings: StackSettings, started: list[tuple[str, ...]]) -> None:
    own = ServerState(name="console", title="Console", url="u", status="ready")
    write_state(Home(settings.home), StackState(supervisor=ProcessId(pid=1, started="now"), servers=[own]))
    with pytest.raises(StackError, match="has its console already"):
        console_process.serve(settings, lambda _: None)
    assert started == []


def test_a_held_port_is_one_sentence(settings: StackSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listening, "is_free", lambda _: False)
    with pytest.raises(PortHeldError, match="FRAUDFLOW_CONSOLE_PORT"):
        console_process.serve_for_containers(settings, lambda _: None)


def test_the_containers_are_looked_at_with_the_home_that_commands_are_given(
    settings: StackSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Path] = []

    def view(given: StackSettings) -> StackView:
        asked.append(given.home)
        return StackView(home=given.home, is_up=True, is_ready=True, servers=[], deployed=None, events=[])

    monkeypatch.setattr(compose, "view", view)
    stack = of_containers(Home(settings.home / "compose"))
    assert stack._backend.view(settings.model_copy(update={"home": settings.home / "compose"})).is_up
    assert asked == [settings.home]


@pytest.mark.parametrize("code", [0, 3, -15])
def test_the_command_ends_as_the_console_does(tmp_path: Path, code: int) -> None:
    backend = Backend(read_settings=lambda: StackSettings(home=tmp_path), serve_console=lambda *_: code)
    assert CliRunner().invoke(app, ["console"], obj=backend).exit_code == max(0, code)
