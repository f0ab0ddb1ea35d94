"""From the events of an execution to its states and how long each took."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

StateStatus = Literal["running", "succeeded", "failed"]
_END_OF_EXECUTION = frozenset({"ExecutionSucceeded", "ExecutionFailed", "ExecutionTimedOut", "ExecutionAborted"})


class StateRun(BaseModel):
    """One task of an execution."""

    model_config = ConfigDict(frozen=True)

    name: str
    status: StateStatus
    entered: dt.datetime
    left: dt.datetime | None = None

    def seconds(self, now: dt.datetime) -> float:
        """How long it took, or has taken so far."""
        return max(0.0, ((self.left or now) - self.entered).total_seconds())


def states(events: Sequence[Mapping[str, Any]]) -> list[StateRun]:
    """List the tasks that were entered, in that order.

    A task that failed has no exit of its own when its whole branch was given up: the next event ended it.
    """
    runs: dict[str, StateRun] = {}
    failed: set[str] = set()
    current: dict[int, str] = {}
    for event in events:
        kind, at = event["type"], event["timestamp"]
        if kind == "TaskStateEntered":
            name = event["stateEnteredEventDetails"]["name"]
            runs[name] = StateRun(name=name, status="running", entered=at)
            current[event["id"]] = name
            continue
        task = current.get(event.get("previousEventId", 0))
        if task:
            current[event["id"]] = task
        if kind == "TaskStateExited":
            name = event["stateExitedEventDetails"]["name"]
            status: StateStatus = "failed" if name in failed else "succeeded"
            runs[name] = runs[name].model_copy(update={"left": at, "status": status})
        elif task and kind in {"TaskFailed", "TaskTimedOut", "LambdaFunctionFailed", "LambdaFunctionTimedOut"}:
            failed.add(task)
        elif task and kind in {"TaskSucceeded", "LambdaFunctionSucceeded"}:
            failed.discard(task)  # a retry made it
        elif kind == "ParallelStateExited" or kind in _END_OF_EXECUTION:
            _give_up(runs, at)
    return list(runs.values())


def _give_up(runs: dict[str, StateRun], at: dt.datetime) -> None:
    for name, run in runs.items():
        if run.left is None:
            runs[name] = run.model_copy(update={"left": at, "status": "failed"})
