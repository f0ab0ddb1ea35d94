"""A stack of a benchmark's own, and what its processes use."""

import contextlib
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from infra.home.layout import Home
from infra.home.state import read_state
from infra.system.processes import wait_until

BIN = Path(sys.executable).parent
MIB = 1 << 20
TICKS = os.sysconf("SC_CLK_TCK")
QUIET_SECONDS = 2.0
SETTLE_SECONDS = 60.0


@dataclass(frozen=True)
class Embedded:
    """A stack in a home and on ports of its own, driven as a user does it."""

    home: Path
    localstack_port: int
    mlflow_port: int
    scoring_port: int
    extra: Mapping[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Where its AWS API is."""
        return f"http://127.0.0.1:{self.localstack_port}"

    def fraudflow(self, *words: str) -> float:
        """Run a command; return its seconds, the start of the interpreter included.

        Raises:
            SystemExit: with what it said, when it failed.
        """
        variables = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("AWS_", "FRAUDFLOW_")) and name != "PYTHONDONTWRITEBYTECODE"
        }
        own = {
            "FRAUDFLOW_HOME": str(self.home),
            "FRAUDFLOW_LOCALSTACK_PORT": str(self.localstack_port),
            "FRAUDFLOW_MLFLOW_PORT": str(self.mlflow_port),
            "FRAUDFLOW_SCORING_PORT": str(self.scoring_port),
            "FRAUDFLOW_MONITORING": "false",
            "FRAUDFLOW_SCORING": "false",
            "FRAUDFLOW_CONSOLE": "false",
            **self.extra,
        }
        began = time.perf_counter()
        done = subprocess.run(
            [BIN / "fraudflow", *words],
            env=variables | own,
            cwd=self.home.parent,
            capture_output=True,
            text=True,
            check=False,
        )
        seconds = time.perf_counter() - began
        if done.returncode:
            sys.exit(f"fraudflow {' '.join(words)}: {done.stdout}{done.stderr}")
        return seconds

    def processes(self) -> list[int]:
        """List the processes of the stack, the supervisor first; none when it is down."""
        state = read_state(Home(self.home))
        return [state.supervisor.pid, *descendants(state.supervisor.pid)] if state else []

    def settle(self) -> None:
        """Wait until the stack does next to nothing: what was begun in the background is over then."""

        def is_quiet() -> bool:
            before = sum(map(cpu_seconds, self.processes()))
            time.sleep(QUIET_SECONDS)
            return sum(map(cpu_seconds, self.processes())) - before < QUIET_SECONDS / 10

        wait_until(is_quiet, SETTLE_SECONDS)


@contextlib.contextmanager
def embedded(**extra: str) -> Iterator[Embedded]:
    """Yield a stack that is not up yet, with further settings; take it down and remove it in the end."""
    with tempfile.TemporaryDirectory(prefix="fraudflow-benchmark-") as directory:
        stack = Embedded(Path(directory) / "home", free_port(), free_port(), free_port(), extra)
        try:
            yield stack
        finally:
            stack.fraudflow("down")


def cpu_seconds(pid: int) -> float:
    """Return the processor time of a process so far; 0 when it has ended."""
    with contextlib.suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS
    return 0.0


def proportional_memory(pid: int) -> float:
    """Return a process's proportional set size in MiB, in which shared pages are shared out; 0 when it has ended."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024 / MIB
    return 0.0


class Largest:
    """The most resident memory that any process of a stack has had, in MiB, looked at twice a second.

    Args:
        stack: that is up.
    """

    def __init__(self, stack: Embedded) -> None:
        self._stack, self.mb = stack, 0.0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        """Begin to look."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Look no more."""
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(0.5):
            for pid in self._stack.processes():
                with contextlib.suppress(OSError, ValueError):
                    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
                    self.mb = max(self.mb, pages * os.sysconf("SC_PAGE_SIZE") / MIB)


def program(pid: int) -> str:
    """Name a process by what tells it apart in its command line."""
    with contextlib.suppress(OSError):
        words = Path(f"/proc/{pid}/cmdline").read_text().split("\0")
        for word in words[1:]:
            name = Path(word).stem if word.endswith(".py") else word
            if name and not name.startswith("-"):
                return name
    return "?"


def machine() -> dict[str, object]:
    """Describe the machine, and how busy it is with other things."""
    return {
        "cores": os.process_cpu_count(),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
        "load": round(os.getloadavg()[0], 1),
    }


def summary(values: Sequence[float]) -> Mapping[str, float]:
    """Return the median, minimum and maximum of some measurements."""
    rounded = sorted(round(value, 1) for value in values)
    return {"median": round(statistics.median(values), 1), "min": rounded[0], "max": rounded[-1]}


def descendants(pid: int) -> Iterator[int]:
    """Yield the processes that a process has started, and theirs."""
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            for child in map(int, children.read_text().split()):
                yield child
                yield from descendants(child)


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
