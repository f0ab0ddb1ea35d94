"""Promises of ``up``, ``down`` and ``status``, and recovery of a stack whose processes are killed."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.home.layout import Home
from infra.home.state import read_state
from tests.e2e.conftest import BIN, EmbeddedStack, free_port, poll, start_stack

LISTENING = "0A"
LOOPBACK = "0100007F"


def listeners(port: int) -> set[str]:
    """Return the addresses on which this machine listens to a port, as the kernel writes them."""
    tables = [Path(f"/proc/net/{name}").read_text().splitlines()[1:] for name in ("tcp", "tcp6")]
    rows = [line.split() for table in tables for line in table]
    addresses = [fields[1].split(":") for fields in rows if fields[3] == LISTENING]
    return {host for host, number in addresses if int(number, 16) == port}


def processes_of(home: Path) -> list[str]:
    """Name the processes that still have to do with a home."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            told = (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes()
        except OSError:
            continue
        if str(home).encode() in told:
            found.append((entry / "cmdline").read_bytes().replace(b"\0", b" ").decode())
    return found


def processes_in(stack: EmbeddedStack) -> dict[str, int]:
    return {server["name"]: server["process"]["pid"] for server in status_of(stack)["servers"]}


def status_of(stack: EmbeddedStack) -> dict[str, Any]:
    status: dict[str, Any] = json.loads(stack.fraudflow("status", "--json").stdout)
    return status


def with_console() -> dict[str, str]:
    """Return the settings of a stack that starts the console too."""
    return {"FRAUDFLOW_CONSOLE": "true", "FRAUDFLOW_CONSOLE_PORT": str(free_port())}


@pytest.fixture
def own_stack(tmp_path: Path) -> Iterator[EmbeddedStack]:
    """Start a stack that a test may hurt."""
    embedded = start_stack(tmp_path / "home", **with_console())
    try:
        yield embedded
    finally:
        embedded.fraudflow("down")


def test_everything_listens_on_loopback_only(stack: EmbeddedStack) -> None:
    assert listeners(stack.localstack_port) == {LOOPBACK}
    assert listeners(stack.mlflow_port) == {LOOPBACK}


def test_a_second_up_joins_the_first_and_changes_nothing(stack: EmbeddedStack) -> None:
    before = processes_in(stack)
    again = stack.fraudflow("up", "--json")
    assert again.returncode == 0, again.stderr
    report = json.loads(again.stdout)
    assert (report["joined"], report["action"]) == (True, "unchanged")
    assert processes_in(stack) == before


def test_deploying_what_is_there_says_unchanged_in_under_two_seconds(stack: EmbeddedStack) -> None:
    deployed = stack.fraudflow("deploy", "--json")
    assert deployed.returncode == 0, deployed.stderr
    report = json.loads(deployed.stdout)
    assert report["action"] == "unchanged"
    assert report["seconds"] < 2


def test_a_port_that_somebody_else_holds_is_said(stack: EmbeddedStack, tmp_path: Path) -> None:
    refused = stack.fraudflow("up", FRAUDFLOW_HOME=str(tmp_path / "rival"))
    assert refused.returncode == 2
    assert str(stack.localstack_port) in refused.stderr
    assert "FRAUDFLOW_LOCALSTACK_PORT" in refused.stderr
    assert not processes_of(tmp_path / "rival")


@pytest.mark.parametrize("command", ["up", "down", "status", "run", "runs", "show", "logs", "doctor", "synthesize"])
def test_every_command_explains_itself_with_an_example(stack: EmbeddedStack, command: str) -> None:
    explained = stack.fraudflow(command, "--help")
    assert explained.returncode == 0
    assert f"fraudflow {command}" in explained.stdout.partition("Example")[2]


def test_doctor_finds_nothing_wrong_with_a_running_stack(stack: EmbeddedStack) -> None:
    checked = stack.fraudflow("doctor", "--json")
    assert checked.returncode == 0, checked.stdout


def test_down_leaves_no_process_and_no_temporary_file(tmp_path: Path) -> None:
    home = tmp_path / "home"
    stack = start_stack(home)
    assert processes_of(home)
    assert stack.fraudflow("down").returncode == 0
    assert not processes_of(home)
    assert not list((home / "tmp").glob("*"))
    assert stack.fraudflow("down").returncode == 0


def test_a_stack_survives_the_death_of_its_servers_and_none_of_it_that_of_its_supervisor(
    own_stack: EmbeddedStack,
) -> None:
    killed = processes_in(own_stack)
    for name in ("localstack", "console"):
        os.kill(killed[name], signal.SIGKILL)

    def restarted() -> bool | None:
        status = status_of(own_stack)
        restarts = {server["name"]: server["restarts"] for server in status["servers"]}
        return True if status["is_ready"] and restarts["localstack"] == restarts["console"] == 1 else None

    poll(restarted, seconds=120, what="the restart of LocalStack and the console, and the deployment")
    assert "uploads" in own_stack.aws("s3", "ls")

    state = read_state(Home(own_stack.home))
    assert state is not None
    os.kill(state.supervisor.pid, signal.SIGKILL)
    poll(lambda: None if processes_of(own_stack.home) else True, seconds=20, what="the end of every process")
    assert own_stack.fraudflow("status").returncode == 1
    again = own_stack.fraudflow("up", "--json")
    assert again.returncode == 0, again.stderr
    report = json.loads(again.stdout)
    assert report["joined"] is False
    assert report["console"] == f"http://127.0.0.1:{own_stack.extra['FRAUDFLOW_CONSOLE_PORT']}"


def test_a_stack_outlives_the_terminal_that_starts_it(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    stack = EmbeddedStack(home, free_port(), free_port())
    up = f"{sys.executable} {BIN / 'fraudflow'} up"
    terminal = subprocess.Popen(
        ["script", "--quiet", "--command", up, "/dev/null"],
        cwd=home,
        env=stack.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    try:
        started = poll(lambda: read_state(Home(home)), seconds=60, what="the start of the supervisor")
        terminal.kill()  # which hangs up on `up`
        terminal.wait(timeout=10)
        again = stack.fraudflow("up", "--json")
        assert again.returncode == 0, again.stderr
        assert json.loads(again.stdout)["joined"] is True
        still = read_state(Home(home))
        assert still is not None
        assert still.supervisor == started.supervisor
    finally:
        terminal.kill()
        assert stack.fraudflow("down").returncode == 0
    assert not processes_of(home)


def test_asking_a_stack_that_is_not_up_is_one_sentence(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    asked = EmbeddedStack(home, free_port(), free_port()).fraudflow("show", "last")
    assert (asked.returncode, asked.stdout) == (2, "")
    assert asked.stderr == f"Error: No stack is up in {home}; `fraudflow up` starts it.\n"


def test_following_the_logs_of_a_finished_run_ends_by_itself(stack: EmbeddedStack, tmp_path: Path) -> None:
    empty = tmp_path / "empty.csv"
    empty.touch()
    assert stack.run(empty)["status"] == "FAILED"
    followed = stack.fraudflow("logs", "last", "--follow")
    assert followed.returncode == 0, followed.stderr
    assert "LoadData" in followed.stdout
