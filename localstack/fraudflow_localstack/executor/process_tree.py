"""Process trees: start, find and kill processes below another one."""

import contextlib
import ctypes
import os
import resource
import signal
from collections.abc import Iterator
from pathlib import Path

PR_SET_PDEATHSIG = 1
CANNOT_EXECUTE = 127

_prctl = ctypes.CDLL(None, use_errno=True).prctl


def children_of(pid: int) -> Iterator[int]:
    """Yield the processes that ``pid`` started and that are its own; none when it has ended."""
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            yield from map(int, children.read_text().split())


def descendants(pid: int) -> Iterator[int]:
    """Yield the processes below ``pid``, parents first. Those that end meanwhile are left out."""
    for child in children_of(pid):
        yield child
        yield from descendants(child)


def kill_tree(pid: int) -> None:
    """Send SIGKILL to a process, its group and everything below it."""
    victims = [pid, *descendants(pid)]
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)
    for victim in victims:
        with contextlib.suppress(ProcessLookupError):
            os.kill(victim, signal.SIGKILL)


def start_child(argv: list[str], env: dict[str, str], cwd: str, output: int, source: int | None = None) -> int:
    """Fork a process that leads a session of its own and dies with its launcher, and execute ``argv`` in it.

    Its standard input is the descriptor ``source``, or nothing.
    """
    launcher = os.getpid()
    pid = os.fork()
    if pid:
        return pid
    try:
        _prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() == launcher:
            _become(argv, env, cwd, (os.open(os.devnull, os.O_RDONLY) if source is None else source, output))
    except OSError as error:
        os.write(output, f"Cannot start {argv[0]}: {error}\n".encode())
    finally:
        os._exit(CANNOT_EXECUTE)


def _become(argv: list[str], env: dict[str, str], cwd: str, streams: tuple[int, int]) -> None:
    os.setsid()
    for number in (signal.SIGPIPE, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    source, output = streams
    for descriptor, target in ((source, 0), (output, 1), (output, 2)):
        os.dup2(descriptor, target)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.chdir(cwd)
    os.execve(argv[0], argv, env)  # noqa: S606 - a shell is what we do not want
