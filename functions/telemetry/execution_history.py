"""Read an execution's history: its states, the duration of each, and its status."""

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from functions.telemetry.part_runs import PartsOf, folded
from functions.telemetry.repeated_tasks import RepeatedTasks
from functions.telemetry.state_runs import StateRun, StateStatus

# What they do only explains: the state machines go on where they fail.
EXPLAINING = frozenset({"DetectDrift", "ExplainModel", "MeasureTraffic"})
ExecutionStatus = Literal["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"]
_FAILURES = frozenset({"TaskFailed", "TaskTimedOut", "LambdaFunctionFailed", "LambdaFunctionTimedOut"})
_SUCCESSES = frozenset({"TaskSucceeded", "LambdaFunctionSucceeded"})
_ATTEMPTS = frozenset({"TaskScheduled", "LambdaFunctionScheduled"})
# Lambda's answer when as many functions run as may.
NO_ROOM = "Lambda.TooManyRequestsException"
_END_OF_EXECUTION = frozenset({"ExecutionSucceeded", "ExecutionFailed", "ExecutionTimedOut", "ExecutionAborted"})


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
    return folded(history.tasks, history.parts, has_ended=history.has_ended)


class _History:
    """The tasks of the events so far. A task is known by the id of the event that entered it."""

    def __init__(self) -> None:
        self.tasks: dict[int, StateRun] = {}
        self.parts: dict[int, PartsOf] = {}
        self.has_ended = False
        self._repeated = RepeatedTasks(self.tasks)
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
            self.has_ended |= kind in _END_OF_EXECUTION
            self._end_open_tasks(at)
        elif task:
            self._continue(task, event, kind)
        self._repeated.follow(event)

    def _enter(self, number: int, details: Mapping[str, Any], at: dt.datetime) -> None:
        given = _input(details)
        self.tasks[number] = StateRun(
            name=details["name"], candidate=given.get("candidate"), status="running", entered=at, attempts=0
        )
        if parts := PartsOf.told(details["name"], given):
            self.parts[number] = parts
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


def _input(details: Mapping[str, Any]) -> dict[str, Any]:
    """Return a task's input; nothing where it is not told."""
    try:
        given = json.loads(details.get("input") or "{}")
    except ValueError:
        return {}
    return given if isinstance(given, dict) else {}
