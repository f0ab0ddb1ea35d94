"""The write-ahead log is emptied although another process is at it."""

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from functions.decisions.local_log import DecisionLogError, LocalLog
from functions.decisions.write_ahead_log import is_emptied
from tests.decided import decided

CARD = "h:fedcba9876543210"
# What copies the log holds this byte of the index beside it (SQLite's WAL_CKPT_LOCK).
HOLD = """
import fcntl, sys
with open(sys.argv[1], "r+b") as index:
    fcntl.lockf(index, fcntl.LOCK_EX, 1, 121)
    print("held", flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "decisions.sqlite"


@pytest.fixture
def held(path: Path) -> Iterator["subprocess.Popen[str]"]:
    """Yield a process that behaves as if it copied the log, until it reads a line."""
    with LocalLog(path) as log:
        log.add([decided("of-the-card", features={"card": CARD})])
        command = [sys.executable, "-c", HOLD, f"{path}-shm"]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "held\n"
            yield process
            if process.poll() is None:
                process.communicate("go on\n")


def test_what_is_removed_is_gone_though_another_process_copies_the_log(
    path: Path, held: "subprocess.Popen[str]", monkeypatch: pytest.MonkeyPatch
) -> None:
    def pause(_: float) -> None:
        if held.poll() is None:
            held.communicate("go on\n")

    monkeypatch.setattr("functions.decisions.write_ahead_log.time.sleep", pause)
    with LocalLog(path) as log:
        assert log.remove(["of-the-card"]) == 1
        assert CARD.encode() not in Path(f"{path}-wal").read_bytes()
        assert CARD.encode() not in path.read_bytes()


@pytest.mark.usefixtures("held")
def test_it_is_said_when_it_can_not_be_emptied(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(sqlite3.connect(path)) as database:
        assert not is_emptied(database, 0)
    monkeypatch.setattr("functions.decisions.local_log.is_emptied", lambda _: False)
    with LocalLog(path) as log, pytest.raises(DecisionLogError, match=r"-wal is in use"):
        log.remove(["of-the-card"])
