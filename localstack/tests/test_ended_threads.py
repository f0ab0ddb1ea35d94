"""Threads of state machines that have ended are let go, and no others."""

import subprocess
from pathlib import Path

import pytest

PYTHON = Path(__file__).parents[1] / ".venv" / "bin" / "python"
PROGRAM = """
import threading, weakref
from localstack.services.stepfunctions.backend.execution_worker import ExecutionWorker
from localstack.utils.threads import TMP_THREADS
from fraudflow_localstack.patches import ended_threads
ended_threads.install()

class Worker(ExecutionWorker):
    def __init__(self): pass
    def _execution_logic(self): pass

running, end = threading.Event(), threading.Event()
waiting, alive, pool = threading.Thread(target=print), threading.Thread(target=end.wait), object()
alive.start()
TMP_THREADS.extend([waiting, alive, pool])
ended = []
for _ in range(50):
    Worker().start()
    TMP_THREADS[-1].join()
    ended.append(weakref.ref(TMP_THREADS[-1]))
kept = sum(each() is not None for each in ended)
print(len(TMP_THREADS), all(each in TMP_THREADS for each in (waiting, alive, pool)), kept)
end.set()
"""


@pytest.mark.thorough
def test_a_thread_that_has_ended_is_let_go_and_one_that_waits_or_runs_is_kept() -> None:
    done = subprocess.run([PYTHON, "-c", PROGRAM], capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["4", "True", "1"], done.stderr
