"""Names that Step Functions gives to errors of Lambda itself.

LocalStack calls each of them ``Exception``, AWS ``Lambda.TooManyRequestsException`` and so on. By that name a state
knows that its function is throttled, and retries.
"""

from typing import Any

from botocore.exceptions import ClientError
from localstack.aws.api.stepfunctions import LambdaFunctionFailedEventDetails
from localstack.services.stepfunctions.asl.component.common.error_name.custom_error_name import CustomErrorName
from localstack.services.stepfunctions.asl.component.common.error_name.failure_event import FailureEvent
from localstack.services.stepfunctions.asl.component.state.state_execution.state_task.state_task_lambda import (
    StateTaskLambda,
)
from localstack.services.stepfunctions.asl.eval.event.event_detail import EventDetails
from localstack.utils.patch import patch


def install() -> None:
    """Name errors of Lambda as AWS does."""

    @patch(StateTaskLambda._from_error)  # type: ignore[untyped-decorator]
    def _from_error(original: Any, task: StateTaskLambda, env: Any, ex: Exception) -> FailureEvent:  # noqa: ANN401
        event = original(task, env, ex)
        if not isinstance(ex, ClientError):
            return event
        name = f"Lambda.{ex.response['Error']['Code']}"
        details = LambdaFunctionFailedEventDetails(error=name, cause=ex.response["Error"]["Message"])
        return FailureEvent(
            env=env,
            error_name=CustomErrorName(name),
            event_type=event.event_type,
            event_details=EventDetails(lambdaFunctionFailedEventDetails=details),
        )
