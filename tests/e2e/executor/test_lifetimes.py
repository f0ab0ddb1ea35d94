"""No process and no directory outlives its use, however LocalStack ends."""

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from .conftest import Stack
from .functions import Functions, fork_servers_of, parent_of, process_is_alive
from .polling import poll

pytestmark = pytest.mark.e2e

FAMILY = """
import os, subprocess, tempfile, time
def handler(event, context):
    in_its_group = subprocess.Popen(["sleep", "600"]).pid
    out_of_its_group = subprocess.Popen(["sleep", "600"], start_new_session=True).pid
    daemon = int(subprocess.check_output(["sh", "-c", "setsid sleep 600 >&- 2>&- & echo $!"]))
    return {"pids": [os.getpid(), in_its_group, out_of_its_group, daemon], "scratch": tempfile.gettempdir()}
"""

WHO = """
import os, tempfile
def handler(event, context):
    return {"pids": [os.getpid()], "scratch": tempfile.gettempdir()}
"""


def assert_gone(seen: dict[str, Any]) -> None:
    def nothing_left() -> bool:
        return not any(map(process_is_alive, seen["pids"])) and not Path(str(seen["scratch"])).exists()

    poll(nothing_left, seconds=15, waiting_for=f"the end of {seen}")


def warm(stack: Stack, preimport: str, source: str = FAMILY) -> dict[str, Any]:
    seen: dict[str, Any] = stack.functions(preimport).make(source).invoke().payload
    assert all(map(process_is_alive, seen["pids"]))
    return seen


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_nothing_is_left_when_localstack_ends(start_stack: Callable[..., Stack], number: int, preimport: str) -> None:
    stack = start_stack()
    seen = warm(stack, preimport)
    launcher = parent_of(seen["pids"][0])
    fork_servers = fork_servers_of(launcher)
    assert len(fork_servers) == (1 if preimport else 0)

    stack.end(number)

    # The launcher too, as it goes when it has removed its folder.
    assert_gone(seen | {"pids": [*seen["pids"], *fork_servers, launcher]})
    assert not Path(str(seen["scratch"])).parent.exists()


def test_an_idle_process_is_ended_and_the_next_invocation_gets_another(functions: Functions) -> None:
    function = functions.make(WHO)
    seen = function.invoke().payload

    assert_gone(seen)

    assert function.invoke().payload["pids"] != seen["pids"]


def test_what_a_killed_launcher_left_behind_is_removed_at_the_next_start(
    start_stack: Callable[..., Stack], preimport: str
) -> None:
    stack = start_stack()
    seen = warm(stack, preimport, WHO)
    launcher = parent_of(seen["pids"][0])
    stack.process.send_signal(signal.SIGSTOP)
    os.kill(launcher, signal.SIGKILL)
    stack.end(signal.SIGKILL)
    poll(lambda: not process_is_alive(seen["pids"][0]), seconds=10, waiting_for="the kernel to end the process")
    assert Path(seen["scratch"]).exists()

    again = warm(start_stack(), preimport, WHO)

    assert not Path(seen["scratch"]).exists()
    assert Path(again["scratch"]).exists()


def test_a_launcher_that_is_lost_is_replaced(functions: Functions) -> None:
    function = functions.make(WHO)
    seen = function.invoke().payload

    os.kill(parent_of(seen["pids"][0]), signal.SIGKILL)
    poll(lambda: not process_is_alive(seen["pids"][0]), seconds=10, waiting_for="the kernel to end the process")

    answer = function.invoke()
    assert answer.error is None
    assert answer.payload["pids"] != seen["pids"]
