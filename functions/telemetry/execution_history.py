"""From what Step Functions tells of an execution to its states, how long each took and how it ended."""

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

StateStatus = Literal["running", "succeeded", "failed", "left_out", "stopped"]
# What they do only explains: the state machine goes on where they fail.
EXPLAINING = frozenset({"DetectDrift", "ExplainModel"})
ExecutionStatus = Literal["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"]
_FAILURES = frozenset({"TaskFailed", "TaskTimedOut", "LambdaFunctionFailed", "LambdaFunctionTimedOut"})
_SUCCESSES = frozenset({"TaskSucceeded", "LambdaFunctionSucceeded"})
_END_OF_EXECUTION = frozenset({"ExecutionSucceeded", "ExecutionFailed", "ExecutionTimedOut", "ExecutionAborted"})


class StateRun(BaseModel):
    """One task of an execution; ``candidate`` is what it was about where there is one task for each candidate."""

    model_config = ConfigDict(frozen=True)

    name: str
    candidate: str | None = None
    status: StateStatus
    entered: dt.datetime
    left: dt.datetime | None = None

    def seconds(self, now: dt.datetime) -> float:
        """How long it took, or has taken so far."""
        return max(0.0, ((self.left or now) - self.entered).total_seconds())

    @property
    def label(self) -> str:
        """Its name, for people."""
        return f"{self.name} ({self.candidate})" if self.candidate else self.name


@dataclass(frozen=True)
class Standing:
    """How an execution and its state machine stood at one moment; ``troubles`` say what could not be told, and why.

    ``executions`` counts the state machine's by status, ``known`` gives the status of each that Step Functions still
    knows, by its name. What is not known is missing here, never zero.
    """

    states: Sequence[StateRun] = ()
    executions: Mapping[str, int] = field(default_factory=dict)
    known: Mapping[str, str] = field(default_factory=dict)
    troubles: tuple[str, ...] = ()


def states(events: Sequence[Mapping[str, Any]]) -> list[StateRun]:
    """List the tasks that were entered, in that order.

    A task that failed has no exit of its own when its whole branch was given up: the next event ended it, and stopped
    the tasks beside it. Events are followed by the id of the one before, since tasks of one name run side by side.
    """
    runs: dict[int, StateRun] = {}
    failed: set[int] = set()
    current: dict[int, int] = {}
    for event in events:
        kind, at = event["type"], event["timestamp"]
        if kind == "TaskStateEntered":
            runs[event["id"]] = _entered(event["stateEnteredEventDetails"], at)
            current[event["id"]] = event["id"]
            continue
        task = current.get(event.get("previousEventId", 0))
        if task:
            current[event["id"]] = task
        if task and kind == "TaskStateExited":
            lacking: StateStatus = "left_out" if runs[task].name in EXPLAINING else "failed"
            status: StateStatus = lacking if task in failed else "succeeded"
            runs[task] = runs[task].model_copy(update={"left": at, "status": status})
            del current[event["id"]]  # what follows is the next state's
        elif task and kind in _FAILURES:
            failed.add(task)
        elif task and kind in _SUCCESSES:
            failed.discard(task)  # a retry made it
        elif kind == "ParallelStateExited" or kind in _END_OF_EXECUTION:
            _give_up(runs, failed, at)
    return list(runs.values())


def _entered(details: Mapping[str, Any], at: dt.datetime) -> StateRun:
    try:
        candidate = json.loads(details.get("input") or "{}").get("candidate")
    except (ValueError, AttributeError):
        candidate = None
    return StateRun(name=details["name"], candidate=candidate, status="running", entered=at)


def _give_up(runs: dict[int, StateRun], failed: set[int], at: dt.datetime) -> None:
    """End what has not ended; without a failure that is known, whatever was under way is what failed."""
    open_tasks = {task for task, run in runs.items() if run.left is None}
    guilty = open_tasks & failed or open_tasks
    for task in open_tasks:
        status: StateStatus = "failed" if task in guilty else "stopped"
        runs[task] = runs[task].model_copy(update={"left": at, "status": status})
