"""Processes, identified by pid and start time: a pid alone may belong to somebody else by now."""

import ctypes
import os
import signal
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from pydantic import BaseModel, ConfigDict

_PR_SET_PDEATHSIG = 1
_POLL_SECONDS = 0.05
PROC = Path("/proc")


class ProcessId(BaseModel):
    """One process and no later one with the same pid."""

    model_config = ConfigDict(frozen=True)

    pid: int
    started: str


def identify(pid: int, proc: Path = PROC) -> ProcessId | None:
    """Return the identity of a live process; None when there is none, or only a zombie."""
    try:
        stat = (proc / str(pid) / "stat").read_text("utf-8", errors="replace")
        boot = (proc / "sys/kernel/random/boot_id").read_text("utf-8").strip()
    except OSError:
        return None
    # The command's name is in parentheses and may hold spaces and parentheses itself.
    fields = stat[stat.rindex(")") + 2 :].split()
    state, ticks = fields[0], fields[19]
    return None if state in "ZX" else ProcessId(pid=pid, started=f"{boot}:{ticks}")


def is_alive(process: ProcessId | None, proc: Path = PROC) -> bool:
    """Return whether this very process still runs."""
    return process is not None and identify(process.pid, proc) == process


def die_with_parent(signal_number: int) -> Callable[[], None]:
    """Return a function that a child calls before it executes a server, to get the signal when its parent dies."""
    libc = ctypes.CDLL(None, use_errno=True)

    def arrange() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, signal_number, 0, 0, 0)

    return arrange


def signal_group(process: ProcessId, signal_number: int) -> None:
    """Signal a process that leads its group, and the whole group with it."""
    try:
        os.killpg(process.pid, signal_number)
    except (ProcessLookupError, PermissionError):
        return


def group_is_alive(pid: int, proc: Path = PROC) -> bool:
    """Return whether any live process is left in a group, its leader or another."""
    return any(_group_of(entry) == pid for entry in proc.iterdir() if entry.name.isdigit())


def _group_of(entry: Path) -> int | None:
    try:
        stat = (entry / "stat").read_text("utf-8", errors="replace")
    except OSError:
        return None
    state, _parent, group = stat[stat.rindex(")") + 2 :].split()[:3]
    return None if state in "ZX" else int(group)


def stop_groups(processes: Iterable[ProcessId], timeout: float, reap: Callable[[], None] = lambda: None) -> None:
    """Terminate whole process groups; kill those that are left after the timeout.

    Args:
        processes: the groups' leaders; a leader that is gone may have left others behind.
        timeout: seconds to end by themselves.
        reap: called while waiting, for a parent to collect its children.
    """
    groups = list(processes)
    for process in groups:
        signal_group(process, signal.SIGTERM)
    if not wait_until(lambda: not _any_left(groups, reap), timeout):
        for process in groups:
            signal_group(process, signal.SIGKILL)
        wait_until(lambda: not _any_left(groups, reap), timeout)


def _any_left(groups: list[ProcessId], reap: Callable[[], None]) -> bool:
    reap()
    return any(group_is_alive(process.pid) for process in groups)


def wait_until(condition: Callable[[], bool], timeout: float, pause: float = _POLL_SECONDS) -> bool:
    """Wait for a condition with a deadline; return whether it was met."""
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() >= deadline:
            return False
        time.sleep(pause)
    return True
