"""An execution that is stopped is aborted, at once and for good, as on AWS.

LocalStack goes on calling it running until the function that is under way answers; what it has pruned by then raises,
and the execution ends as failed, with an error of LocalStack's own.
"""

import datetime as dt
from typing import Any

from localstack.aws.api.stepfunctions import ExecutionStatus
from localstack.services.stepfunctions.asl.eval.environment import Environment
from localstack.services.stepfunctions.asl.eval.program_state import ProgramStopped
from localstack.services.stepfunctions.backend.execution import Execution
from localstack.utils.patch import patch


@patch(Environment.set_error)  # type: ignore[untyped-decorator]
def _set_error(original: Any, environment: Any, error: Any) -> None:  # noqa: ANN401 - LocalStack's own
    """Let nothing that fails afterwards take the place of the stop."""
    if not isinstance(environment.program_state(), ProgramStopped):
        original(environment, error)


@patch(Execution.stop)  # type: ignore[untyped-decorator]
def _stop(original: Any, execution: Any, stop_date: dt.datetime, error: str | None, cause: str | None) -> None:  # noqa: ANN401
    original(execution, stop_date, error, cause)
    worker = execution.exec_worker
    # One that has ended by itself keeps its end.
    if worker is not None and isinstance(worker.env.program_state(), ProgramStopped):
        execution.exec_status = ExecutionStatus.ABORTED
        execution.stop_date, execution.error, execution.cause = stop_date, error, cause
