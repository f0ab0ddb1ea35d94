"""How far each state of a machine is, for its graph: from an execution's history."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from console.machine_graph import MachineGraph, StateNode, nodes_of
from functions.telemetry.state_runs import StateRun

_WORDS = {"left_out": "left out"}
# Of the tasks in a state, the first of these that any has is what the whole is called.
_WHOLE = ("failed", "running", "stopped", "left_out", "succeeded")


@dataclass(frozen=True)
class StateTurn:
    """One time that a state ran: for a candidate, or once."""

    word: str
    status: str
    candidate: str | None
    since: dt.datetime | None
    seconds: float | None
    retries: int

    @classmethod
    def of(cls, run: StateRun) -> "StateTurn":
        """Return what is shown of a run of a state; its seconds once it has ended."""
        word = "waits for a free function" if run.waits else _WORDS.get(run.status, run.status)
        seconds = None if run.left is None else run.seconds(run.left)
        since = run.entered if run.left is None else None
        return cls(word, run.status, run.candidate, since, seconds, run.retries)


@dataclass(frozen=True)
class StateMark:
    """How far a state is; a task that ran several times has several turns."""

    word: str
    status: str
    turns: tuple[StateTurn, ...] = ()


def marks(graph: MachineGraph, runs: Sequence[StateRun], *, is_running: bool) -> Mapping[str, StateMark]:
    """Return a mark for each task, and for each state that has tasks in it."""
    of_task: dict[str, list[StateRun]] = {}
    for run in runs:
        of_task.setdefault(run.name, []).append(run)
    never = StateMark("to come" if is_running else "not reached", "")
    apart = {node.name for lane in graph.shared for node in lane.nodes}
    # Of a choice, what is not its default.
    ways = [side.lane for way in nodes_of(graph) if way.kind == "Choice" for side in way.sides]
    aside = {node.name for lane in ways for node in lane.nodes} - apart
    unasked = StateMark("only if needed" if is_running else "not reached", "")
    return {
        node.name: _mark(
            node,
            [run for name in node.tasks() for run in of_task.get(name, ())],
            StateMark("only on an error", "") if node.name in apart else unasked if node.name in aside else never,
            aside,
        )
        for node in nodes_of(graph)
        if node.kind in {"Task", "Parallel", "Map"}
    }


def _mark(node: StateNode, runs: Sequence[StateRun], never: StateMark, aside: AbstractSet[str]) -> StateMark:
    if not runs:
        return never
    turns = tuple(StateTurn.of(run) for run in runs)
    if node.kind == "Task":
        status = turns[-1].status if all(turn.candidate is None for turn in turns) else _whole(turns)
        return StateMark(_WORDS.get(status, status), status, turns)
    status = _whole(turns)
    begun = {run.name for run in runs}
    if status in {"succeeded", "left_out"}:
        # What failed within it and was left out is said there; the whole goes on while tasks of it are to come.
        needed = set(node.tasks()) - aside - set(_passed_by(node, begun))
        status = "succeeded" if begun >= needed or never.word != "to come" else "running"
    return StateMark(_WORDS.get(status, status), status)


def _passed_by(node: StateNode, begun: AbstractSet[str]) -> Iterator[str]:
    """Return tasks in a state that follow a choice by default, where another of its ways was taken."""
    for branch in node.branches:
        for place, each in enumerate(branch.nodes):
            yield from _passed_by(each, begun)
            others = {beside.name for side in each.sides for beside in side.lane.nodes}
            if each.kind == "Choice" and begun & others:
                following = branch.nodes[place + 1 :]
                yield from (name for later in following for name in later.tasks())


def _whole(turns: Iterable[StateTurn]) -> str:
    found = {turn.status for turn in turns}
    return next(status for status in _WHOLE if status in found)
