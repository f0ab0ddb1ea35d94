"""The names that Step Functions gives to Lambda's own errors.

LocalStack calls each of them ``Exception``, AWS ``Lambda.TooManyRequestsException`` and so on: only by that name can a
state tell that there is no room for its function yet, and wait for its turn.
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


@patch(StateTaskLambda._from_error)  # type: ignore[untyped-decorator]  # noqa: SLF001 - it has no other seam
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
