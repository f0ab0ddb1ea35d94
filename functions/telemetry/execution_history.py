"""Read an execution's history: its states, the duration of each, and its status."""

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

StateStatus = Literal["running", "succeeded", "failed", "left_out", "stopped"]
# What they do only explains: the state machines go on where they fail.
EXPLAINING = frozenset({"DetectDrift", "ExplainModel", "MeasureTraffic"})
ExecutionStatus = Literal["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"]
_FAILURES = frozenset({"TaskFailed", "TaskTimedOut", "LambdaFunctionFailed", "LambdaFunctionTimedOut"})
_SUCCESSES = frozenset({"TaskSucceeded", "LambdaFunctionSucceeded"})
_ATTEMPTS = frozenset({"TaskScheduled", "LambdaFunctionScheduled"})
# Lambda's answer when as many functions run as may.
NO_ROOM = "Lambda.TooManyRequestsException"
_END_OF_EXECUTION = frozenset({"ExecutionSucceeded", "ExecutionFailed", "ExecutionTimedOut", "ExecutionAborted"})


class StateRun(BaseModel):
    """One task of an execution; ``candidate`` is what it was about where there is one task for each candidate."""

    model_config = ConfigDict(frozen=True)

    name: str
    candidate: str | None = None
    status: StateStatus
    entered: dt.datetime
    left: dt.datetime | None = None
    attempts: int | None = None
    """How often its function ran, refusals for want of room left out; None where an earlier release did not count."""

    def seconds(self, now: dt.datetime) -> float:
        """Return its duration, up to ``now`` while it is running."""
        return max(0.0, ((self.left or now) - self.entered).total_seconds())

    @property
    def label(self) -> str:
        """Return its name for people."""
        return f"{self.name} ({self.candidate})" if self.candidate else self.name

    @property
    def retries(self) -> int:
        """Return how often it was tried again, as far as is known."""
        return max(0, (self.attempts or 0) - 1)

    @property
    def waits(self) -> bool:
        """Return whether it has been refused so far, as all functions are busy."""
        return self.status == "running" and self.attempts == 0


@dataclass(frozen=True)
class ExecutionSnapshot:
    """States of an execution and counts of its machine's, at one time; ``warnings`` say what is not known, and why.

    ``executions`` counts the state machine's by status, ``known`` gives the status of each that Step Functions still
    knows, by its name. What is not known is missing here, never zero.
    """

    states: Sequence[StateRun] = ()
    executions: Mapping[str, int] = field(default_factory=dict)
    known: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


def states(events: Sequence[Mapping[str, Any]]) -> list[StateRun]:
    """Return the tasks that were entered, in that order.

    Each event names the one before it: tasks of one name run side by side, and this tells whose an event is.
    """
    history = _History()
    for event in events:
        history.add(event)
    return list(history.tasks.values())


class _History:
    """The tasks of the events so far. A task is known by the id of the event that entered it."""

    def __init__(self) -> None:
        self.tasks: dict[int, StateRun] = {}
        self._failed: set[int] = set()
        self._task_of_event: dict[int, int] = {}

    def add(self, event: Mapping[str, Any]) -> None:
        """Apply the next event."""
        kind, at = event["type"], event["timestamp"]
        task = self._task_of_event.get(event.get("previousEventId", 0))
        if kind == "TaskStateEntered":
            self._enter(event["id"], event["stateEnteredEventDetails"], at)
        elif task and kind == "TaskStateExited":
            self._exit(task, at)
        elif kind == "ParallelStateExited" or kind in _END_OF_EXECUTION:
            self._end_open_tasks(at)
        elif task:
            self._continue(task, event, kind)

    def _enter(self, number: int, details: Mapping[str, Any], at: dt.datetime) -> None:
        self.tasks[number] = StateRun(
            name=details["name"], candidate=_candidate(details), status="running", entered=at, attempts=0
        )
        self._task_of_event[number] = number

    def _continue(self, task: int, event: Mapping[str, Any], kind: str) -> None:
        """Note what an event within a task says of its current attempt."""
        self._task_of_event[event["id"]] = task
        refused = event.get("lambdaFunctionFailedEventDetails", {}).get("error") == NO_ROOM
        more = 1 if kind in _ATTEMPTS else -1 if refused else 0
        known = self.tasks[task]
        self.tasks[task] = known.model_copy(update={"attempts": max(0, (known.attempts or 0) + more)})
        if kind in _FAILURES:
            self._failed.add(task)
        elif kind in _SUCCESSES:
            self._failed.discard(task)  # a retry succeeded

    def _exit(self, task: int, at: dt.datetime) -> None:
        """End one task; events that follow are the next state's."""
        failure: StateStatus = "left_out" if self.tasks[task].name in EXPLAINING else "failed"
        self._end(task, failure if task in self._failed else "succeeded", at)

    def _end_open_tasks(self, at: dt.datetime) -> None:
        """End the tasks without an exit of their own: the failed ones, and those stopped because of them.

        Where no failure is known, all of them failed.
        """
        open_tasks = {task for task, run in self.tasks.items() if run.left is None}
        failed = open_tasks & self._failed or open_tasks
        for task in open_tasks:
            self._end(task, "failed" if task in failed else "stopped", at)

    def _end(self, task: int, status: StateStatus, at: dt.datetime) -> None:
        self.tasks[task] = self.tasks[task].model_copy(update={"left": at, "status": status})


def _candidate(details: Mapping[str, Any]) -> str | None:
    """Return the candidate that a task's input names, if any."""
    try:
        candidate: str | None = json.loads(details.get("input") or "{}").get("candidate")
    except (ValueError, AttributeError):
        return None
    return candidate
