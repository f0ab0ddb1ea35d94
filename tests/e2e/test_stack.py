"""What ``up``, ``down`` and ``status`` promise."""

import json
from pathlib import Path

import pytest

from tests.e2e.conftest import EmbeddedStack, start_stack

LISTENING = "0A"
LOOPBACK = "0100007F"


def listeners(port: int) -> set[str]:
    """Tell on which addresses this machine listens to a port, as the kernel writes them."""
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


def test_everything_listens_on_loopback_only(stack: EmbeddedStack) -> None:
    assert listeners(stack.localstack_port) == {LOOPBACK}
    assert listeners(stack.mlflow_port) == {LOOPBACK}


def test_a_second_up_joins_the_first_and_changes_nothing(stack: EmbeddedStack) -> None:
    again = stack.fraudflow("up", "--json")
    assert again.returncode == 0, again.stderr
    status = json.loads(stack.fraudflow("status", "--json").stdout)
    assert status == json.loads(stack.fraudflow("status", "--json").stdout)


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
