"""Starts of a function's process as Lambda makes them: within a share of a core, until the function is ready."""

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

from embedded import cpu_seconds

PERIOD_MICROSECONDS = 20_000  # short, so that a process is not stopped for long at once
HANGS_AFTER_SECONDS = 120
MEGABYTE = 1e6


@dataclass(frozen=True)
class Start:
    """One start: seconds until it was ready, of the clock and of the processor, and MB read from the disk."""

    clock: float
    processor: float
    read: float


class RuntimeApi(HTTPServer):
    """A stand-in for Lambda's Runtime API that notes when it is asked for an invocation, and has none."""

    timeout = HANGS_AFTER_SECONDS
    asked: float | None = None
    processor = read = 0.0
    pid = 0


class Asked(BaseHTTPRequestHandler):
    """What the runtime client asks: for an invocation once it is ready; before that, to be told why it is not."""

    server: RuntimeApi

    def do_GET(self) -> None:
        """Note the time, and end the process, which asks again otherwise."""
        self.server.asked = time.perf_counter()
        self.server.processor = cpu_seconds(self.server.pid)
        self.server.read = read_megabytes(self.server.pid)
        os.kill(self.server.pid, signal.SIGKILL)

    def do_POST(self) -> None:
        """Stop: the function can't be imported."""
        sys.exit(self.rfile.read(int(self.headers["Content-Length"])).decode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Throttle:
    """A control group of one core's share at most; of none where it can't be made."""

    def __init__(self) -> None:
        self.kind = "computed"
        self._group = self._processes = None
        for kind, base in (("cgroup v2", "/sys/fs/cgroup"), ("cgroup v1", "/sys/fs/cgroup/cpu")):
            group = Path(base, f"fraudflow-init-{os.getpid()}")
            limit = group / ("cpu.max" if kind.endswith("2") else "cpu.cfs_quota_us")
            try:
                group.mkdir()
            except OSError:
                continue
            if limit.exists():
                self.kind, self._group = kind, group
                return
            group.rmdir()

    @property
    def works(self) -> bool:
        """Return whether processes can be held to a share."""
        return self._group is not None

    def words(self, share: float, *command: str) -> list[str]:
        """Return a command that starts another within its share, on one core."""
        core = max(os.sched_getaffinity(0))
        pinned = ["taskset", "--cpu-list", str(core), *command]
        if self._group is None:
            return pinned
        quota = int(share * PERIOD_MICROSECONDS)
        if self.kind == "cgroup v2":
            (self._group / "cpu.max").write_text(f"{quota} {PERIOD_MICROSECONDS}")
            (self._group / "cpu.weight").write_text("10000")
        else:
            (self._group / "cpu.cfs_period_us").write_text(str(PERIOD_MICROSECONDS))
            (self._group / "cpu.cfs_quota_us").write_text(str(quota))
            (self._group / "cpu.shares").write_text("262144")
        return ["sh", "-c", 'echo $$ > "$0" && exec "$@"', str(self._group / "cgroup.procs"), *pinned]

    def end(self) -> None:
        """Remove the group, whose processes have ended."""
        if self._group is not None:
            self._group.rmdir()


def start(function: str, task: Path, words: list[str], api: RuntimeApi) -> Start:
    """Start a function's process and return what it took until it was ready.

    Raises:
        SystemExit: when it can't be imported, or hangs.
    """
    address = f"127.0.0.1:{api.server_port}"
    variables = {"AWS_LAMBDA_RUNTIME_API": address, "AWS_LAMBDA_FUNCTION_NAME": function, "HOME": tempfile.gettempdir()}
    api.asked = None
    began = time.perf_counter()
    process = subprocess.Popen(words, cwd=task, env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8", **variables})
    api.pid = process.pid
    try:
        api.handle_request()
    finally:
        process.kill()
        process.wait()
    if api.asked is None:
        sys.exit(f"{function} was not ready after {HANGS_AFTER_SECONDS} s")
    return Start(api.asked - began, api.processor, api.read)


def read_megabytes(pid: int) -> float:
    """Return what a process has had read from the disk."""
    told = re.search(r"^read_bytes: (\d+)$", Path(f"/proc/{pid}/io").read_text(), re.MULTILINE)
    return int(told.group(1)) / MEGABYTE if told else 0.0


def forget(task: Path) -> None:
    """Have the system forget the files that it keeps in memory."""
    for path in task.rglob("*"):
        if path.is_file():
            opened = os.open(path, os.O_RDONLY)
            os.posix_fadvise(opened, 0, 0, os.POSIX_FADV_DONTNEED)
            os.close(opened)
