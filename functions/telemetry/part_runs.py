"""Tasks that work on the parts of a large upload, or of its histories, told as one: there may be hundreds of them."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Self

from functions.telemetry.state_runs import StateRun, StateStatus


class PartsOf(NamedTuple):
    """Which task works on a part, and how many parts there are."""

    name: str
    total: int

    @classmethod
    def told(cls, name: str, given: Mapping[str, Any]) -> Self | None:
        """Return what a task's input tells of parts, or of histories; None where it is not about one of several."""
        match given:
            case {"number": int(), "histories": {"numbers": list(numbers)}}:
                return cls(name, len(numbers))
            case {"number": int(), "parts": {"numbers": list(numbers)}}:
                return cls(name, len(numbers))
        return None


def folded(tasks: Mapping[int, StateRun], parts: Mapping[int, PartsOf], *, has_ended: bool) -> list[StateRun]:
    """Return the tasks in their order, those of one name that work on parts as one, where the first of them was.

    Args:
        tasks: by the event that entered them.
        parts: of those that work on parts.
        has_ended: whether the execution has.
    """
    of_parts: dict[PartsOf, list[StateRun]] = {}
    for number, whole in parts.items():
        of_parts.setdefault(whole, []).append(tasks[number])
    told: dict[object, StateRun] = {}
    for number, task in tasks.items():
        known = parts.get(number)
        told.setdefault(known or number, task if known is None else _together(known, of_parts[known], has_ended))
    return list(told.values())


def _together(parts: PartsOf, tasks: Sequence[StateRun], has_ended: bool) -> StateRun:  # noqa: FBT001
    done = sum(each.status == "succeeded" for each in tasks)
    status = _status(parts, tasks, done, has_ended)
    ends = [each.left for each in tasks if each.left is not None]
    return StateRun(
        name=parts.name,
        candidate=f"{done:,} of {parts.total:,} parts",
        status=status,
        entered=min(each.entered for each in tasks),
        left=None if status == "running" else max(ends, default=None),
        attempts=_attempts(tasks),
    )


def _status(parts: PartsOf, tasks: Sequence[StateRun], done: int, has_ended: bool) -> StateStatus:  # noqa: FBT001
    found = {each.status for each in tasks}
    if "failed" in found:
        return "failed"
    if done == parts.total:
        return "succeeded"
    return "stopped" if has_ended or "stopped" in found else "running"


def _attempts(tasks: Sequence[StateRun]) -> int:
    """Return 1 and how often any was tried again; 0 while all wait for room."""
    return min(1, max(each.attempts or 0 for each in tasks)) + sum(each.retries for each in tasks)
