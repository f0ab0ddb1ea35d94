"""Step Functions behind the ``Executions`` port."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, get_args

from botocore.exceptions import BotoCoreError, ClientError

from functions.contracts import Execution
from functions.runtime.io_wait import waiting
from functions.telemetry.execution_history import ExecutionSnapshot, ExecutionStatus, states
from functions.telemetry.state_runs import StateRun

if TYPE_CHECKING:
    from types_boto3_stepfunctions import SFNClient

_PAGE = 1000  # the most that the API gives at once
# A run has some hundred events; of executions, Step Functions keeps those of 90 days.
_PAGES = 5
_REASON_LENGTH = 300
_GOING_ON = {"RUNNING", "PENDING_REDRIVE"}
# LocalStack forgets executions and, until it has been deployed to again, their state machine.
_UNKNOWN = {"ExecutionDoesNotExist", "StateMachineDoesNotExist"}


class StepFunctionsExecutions:
    """Asks Step Functions, within bounds: the first 5,000 events of an execution, the newest 5,000 executions."""

    def __init__(self, *, client: "SFNClient") -> None:
        self._client = client

    def snapshot(self, execution: Execution) -> ExecutionSnapshot:
        """Return an execution's states and the execution counts; unavailable parts are empty, with a warning."""
        warnings: list[str] = []
        runs: list[StateRun] = []
        known: Mapping[str, str] = {}
        counts: Mapping[str, int] = {}
        try:
            with waiting("executions"):
                runs = self._states(execution.arn)
        except (ClientError, BotoCoreError) as error:
            warnings.append(f"The durations of the states are not known: {_reason(error)}")
        try:
            with waiting("executions"):
                items = list(self._items(state_machine_of(execution.arn)))
                known = {item["name"]: item["status"] for item in items}
                counts = _by_status(item["status"] for item in items)
        except (ClientError, BotoCoreError) as error:
            warnings.append(f"The number of executions is not known: {_reason(error)}")
        return ExecutionSnapshot(states=runs, executions=counts, known=known, warnings=tuple(warnings))

    def is_running(self, execution: Execution) -> bool:
        """Return whether an execution is there and has not ended; True where that can't be known."""
        try:
            with waiting("executions"):
                return self._client.describe_execution(executionArn=execution.arn)["status"] in _GOING_ON
        except ClientError as error:
            return error.response["Error"]["Code"] not in _UNKNOWN
        except BotoCoreError:
            return True

    def _states(self, arn: str) -> list[StateRun]:
        pages = self._client.get_paginator("get_execution_history").paginate(
            executionArn=arn,
            includeExecutionData=False,
            PaginationConfig={"PageSize": _PAGE, "MaxItems": _PAGES * _PAGE},
        )
        return states([event for page in pages for event in page["events"]])

    def _items(self, machine: str) -> Iterator[Mapping[str, Any]]:
        pages = self._client.get_paginator("list_executions").paginate(
            stateMachineArn=machine, PaginationConfig={"PageSize": _PAGE, "MaxItems": _PAGES * _PAGE}
        )
        for page in pages:
            yield from page["executions"]


def _by_status(statuses: Iterable[str]) -> dict[str, int]:
    """Count the executions of each status; one that has none is a zero, as all of them were looked at."""
    counts = Counter(statuses)
    return {status: counts[status] for status in get_args(ExecutionStatus)}


def state_machine_of(execution_arn: str) -> str:
    """Name the state machine of an execution: ``...:execution:NAME:ID`` is of ``...:stateMachine:NAME``.

    A setting could not say it: the state machine's definition names the functions, so it is made after them.
    """
    before, _, named = execution_arn.partition(":execution:")
    return f"{before}:stateMachine:{named.partition(':')[0]}"


def _reason(error: Exception) -> str:
    return " ".join(str(error).split())[:_REASON_LENGTH] or type(error).__name__
