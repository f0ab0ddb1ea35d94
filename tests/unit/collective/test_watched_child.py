"""The watch over a worker's program: what it says, that it ends, that it moves on."""

import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from functions.collective import watched_child
from functions.collective.watched_child import Share, train_share
from functions.contracts.collective_job import WorkerResult
from functions.core.errors import WorkerLostError

SHARE = Share("s3://runs/job.json", "s3://runs/try", 3, "10.0.0.1", 2)
RESULT = '{"result": {"rows": 5, "frauds": 1, "digest": "00000000000000ff"}}'

type Says = Callable[[str], None]


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Says:
    """Replace the worker program by some lines of Python."""

    def write(lines: str) -> None:
        path = tmp_path / "program.py"
        path.write_text(f"import os, sys, time\n{lines}\n")
        monkeypatch.setattr(Share, "command", property(lambda _: [sys.executable, str(path)]))

    monkeypatch.setattr(watched_child, "POLL_SECONDS", 0.01)
    return write


def test_a_share_is_told_to_the_program_by_its_words() -> None:
    words = [SHARE.job_uri, "--folder", SHARE.folder, "--rank", "3", "--host", "10.0.0.1", "--threads", "2"]
    assert SHARE.command[1:] == ["-m", "functions.training_worker", *words]
    assert Share("a", "b", 0, "c", 1, leased=False).command[-1] == "--unleased"


def test_the_result_is_what_the_program_says_last_whatever_libraries_print(program: Says) -> None:
    program(f"print('[LightGBM] hello'); print('{{\"at\": \"tree 1\"}}'); print('{RESULT}')")
    assert train_share(SHARE) == WorkerResult(rows=5, frauds=1, digest="00000000000000ff")


def test_a_program_that_fails_is_told_with_its_last_step_and_last_line(program: Says) -> None:
    program("print('{\"at\": \"tree 7\"}', flush=True); sys.stderr.write('a\\nSocket recv error\\n'); sys.exit(3)")
    with pytest.raises(WorkerLostError, match=r"^Worker 3 failed at 'tree 7': Socket recv error \(exit code 3\)\.$"):
        train_share(SHARE)


def test_a_program_that_is_killed_is_told(program: Says) -> None:
    program("os.kill(os.getpid(), 9)")
    with pytest.raises(WorkerLostError, match=r"failed at 'start': it said nothing \(exit code -9\)"):
        train_share(SHARE)


def test_a_program_that_makes_no_progress_is_killed(program: Says, tmp_path: Path) -> None:
    program(f"open({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid())); time.sleep(600)")
    with pytest.raises(WorkerLostError, match="no progress for 1 s after 'start'"):
        train_share(SHARE, stall_seconds=1)
    assert not psutil.pid_exists(int((tmp_path / "pid").read_text()))


def test_progress_is_all_that_a_slow_program_needs(program: Says) -> None:
    program(f"for n in range(12):\n time.sleep(0.2); print('{{\"at\": \"tree\"}}', flush=True)\nprint('{RESULT}')")
    assert train_share(SHARE, stall_seconds=1.5).rows == 5
