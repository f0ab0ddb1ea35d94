"""Tasks that a machine leads back to when what they had begun has failed: told as one, which was tried again."""

from collections.abc import Mapping
from typing import Any

from functions.telemetry.state_runs import StateRun


class RepeatedTasks:
    """Which task came before which, as each event names the one before it; a task is known by its entering event."""

    def __init__(self, tasks: dict[int, StateRun]) -> None:
        self._tasks = tasks
        self._latest_of_event: dict[int, int] = {}
        self._before: dict[int, int] = {}
        self._failed_before: dict[int, int] = {}

    def follow(self, event: Mapping[str, Any]) -> None:
        """Note which task an event belongs to, or comes after."""
        latest = self._latest_of_event.get(event.get("previousEventId", 0))
        if event["id"] in self._tasks:
            if latest is not None:
                self._enter(event["id"], latest)
            latest = event["id"]
        if latest is not None:
            self._latest_of_event[event["id"]] = latest

    def _enter(self, task: int, before: int) -> None:
        self._before[task] = before
        earlier = self._failed_before.get(before)
        if earlier is not None and self._is_of_one_name(task, earlier):
            self._take_over(task, earlier)
        elif before in self._tasks and self._tasks[before].status == "failed":
            first = self._before.get(before)
            if first is not None and self._is_of_one_name(task, first):
                self._failed_before[task] = before
                self._take_over(task, first)

    def _is_of_one_name(self, task: int, earlier: int) -> bool:
        return earlier in self._tasks and self._tasks[task].name == self._tasks[earlier].name

    def _take_over(self, task: int, earlier: int) -> None:
        known = self._tasks.pop(earlier)
        self._tasks[task] = self._tasks[task].model_copy(update={"entered": known.entered, "attempts": known.attempts})
