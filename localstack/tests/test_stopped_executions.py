"""An execution that is stopped is aborted, whatever fails in it afterwards."""

import subprocess
from pathlib import Path

import pytest

PYTHON = Path(__file__).parents[1] / ".venv" / "bin" / "python"
PROGRAM = """
import datetime as dt, threading
from types import SimpleNamespace
from localstack.services.stepfunctions.asl.eval.environment import Environment
from localstack.services.stepfunctions.asl.eval.program_state import ProgramRunning
from localstack.services.stepfunctions.backend.execution import Execution
from localstack.services.stepfunctions.backend.execution_worker import ExecutionWorker
from fraudflow_localstack.patches import stopped_executions
stopped_executions.install()

def running():
    environment = Environment.__new__(Environment)
    environment._program_state, environment._frames = ProgramRunning(), []
    environment._state_mutex, environment.program_state_event = threading.RLock(), threading.Event()
    execution = Execution.__new__(Execution)
    execution.exec_worker = ExecutionWorker.__new__(ExecutionWorker)
    execution.exec_worker.env = environment
    execution.exec_status = "RUNNING"
    return execution, environment

now = dt.datetime.now(dt.UTC)
execution, environment = running()
execution.stop(stop_date=now, error="Aborted", cause="By hand.")
environment.set_error(error={"error": "States.Runtime"})
print(type(environment.program_state()).__name__, execution.exec_status, execution.error, execution.cause)
execution, environment = running()
environment.set_error(error={"error": "TargetError"})
execution.stop(stop_date=now, error="Aborted", cause="By hand.")
print(type(environment.program_state()).__name__, execution.exec_status)
"""


@pytest.mark.thorough
def test_a_stop_is_not_replaced_by_what_fails_after_it_nor_a_failure_by_a_stop() -> None:
    done = subprocess.run([PYTHON, "-c", PROGRAM], capture_output=True, text=True, check=False)
    assert done.stdout.splitlines() == ["ProgramStopped ABORTED Aborted By hand.", "ProgramError RUNNING"], done.stderr
