"""Executions that are stopped: aborted at once and for good, as on AWS.

In LocalStack an execution stays RUNNING until the function that is under way answers. What has been pruned by then
raises, and the execution ends as FAILED, with an error of LocalStack's own.
"""

import datetime as dt
from typing import Any

from localstack.aws.api.stepfunctions import ExecutionStatus
from localstack.services.stepfunctions.asl.eval.environment import Environment
from localstack.services.stepfunctions.asl.eval.program_state import ProgramStopped
from localstack.services.stepfunctions.backend.execution import Execution
from localstack.utils.patch import patch


def install() -> None:
    """Install the final stop of executions."""

    @patch(Environment.set_error)  # type: ignore[untyped-decorator]
    def _set_error(original: Any, environment: Any, error: Any) -> None:  # noqa: ANN401 - LocalStack publishes no types
        """Keep an error that comes after the stop from replacing it."""
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
