"""A worker's training in a process of its own, which is watched and killed: LightGBM itself waits for a lost peer."""

import json
import queue
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from typing import IO

from functions.contracts.collective_job import WorkerResult
from functions.core.errors import WorkerLostError

# A block is read, or a tree grown, in less; peers of one who is lost make no more progress either.
STALL_SECONDS = 90.0
POLL_SECONDS = 0.5
PROGRAM = "functions.training_worker"
# Of what a program said last.
_TOLD = 500


@dataclass(frozen=True, slots=True)
class Share:
    """One worker's part in a job: the job's document, the folder where the workers of this try meet, rank and host."""

    job_uri: str
    folder: str
    rank: int
    host: str
    threads: int
    leased: bool = True

    @property
    def command(self) -> list[str]:
        """The worker program for it."""
        options = {"--folder": self.folder, "--rank": self.rank, "--host": self.host, "--threads": self.threads}
        told = [text for name, value in options.items() for text in (name, str(value))]
        return [sys.executable, "-m", PROGRAM, self.job_uri, *told, *([] if self.leased else ["--unleased"])]


def train_share(share: Share, *, stall_seconds: float = STALL_SECONDS) -> WorkerResult:
    """Run the worker program and return what it trained on.

    It reads the end of its input when this process dies, however that happens, and ends then. It also ends when nobody
    waits for the model any more.

    Args:
        share: the worker's part.
        stall_seconds: without progress, after which it is killed.

    Raises:
        WorkerLostError: when the program fails or makes no progress.
    """
    with (
        tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as said,
        subprocess.Popen(  # noqa: S603 - our own program
            share.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=said, text=True
        ) as process,
    ):
        try:
            return _watch(process, said, share.rank, stall_seconds)
        finally:
            process.kill()


def _watch(process: "subprocess.Popen[str]", said: IO[str], rank: int, stall_seconds: float) -> WorkerResult:
    lines: queue.Queue[str | None] = queue.Queue()
    threading.Thread(target=_follow, args=(process.stdout, lines), name="worker-output", daemon=True).start()
    moved, last = time.monotonic(), "start"
    while True:
        try:
            line = lines.get(timeout=POLL_SECONDS)
        except queue.Empty:
            line = ""
        if line is None:
            raise WorkerLostError(f"Worker {rank} failed at '{last}': {_end_of(said, process.wait())}")
        told = json.loads(line) if line.startswith("{") else {}
        if "result" in told:
            return WorkerResult.model_validate(told["result"])
        if "at" in told:
            moved, last = time.monotonic(), told["at"]
        if time.monotonic() - moved > stall_seconds:
            raise WorkerLostError(f"Worker {rank} has made no progress for {stall_seconds:g} s after '{last}'.")


def _follow(lines: IO[str] | None, into: "queue.Queue[str | None]") -> None:
    for line in lines or ():
        into.put(line)
    into.put(None)


def _end_of(said: IO[str], code: int) -> str:
    said.seek(0)
    lines = said.read().strip().splitlines()
    return f"{lines[-1][:_TOLD] if lines else 'it said nothing'} (exit code {code})."
