"""A state machine's definition as a nest of lanes: what a page shows as lists within lists.

The main lane follows ``Next`` from the start; of a choice, its default. What leaves it (a caught error, another choice)
hangs beside the state that it leaves. A state that several lead to, such as the one that records a failure, has a lane
of its own. So each state is in one place.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

type Definition = Mapping[str, Any]
type StateKind = Literal["Task", "Parallel", "Map", "Choice", "Pass", "Wait", "Succeed", "Fail"]
_ANY_ERROR = "States.ALL"
_WORDS = {
    "BooleanEquals": "is",
    "StringEquals": "is",
    "NumericEquals": "is",
    "IsPresent": "is there",
    "IsNull": "is null",
}


@dataclass(frozen=True)
class Lane:
    """States one after another, and which state they lead to where that one is in another lane."""

    nodes: "tuple[StateNode, ...]" = ()
    then: str | None = None


@dataclass(frozen=True)
class SidePath:
    """A way that leaves a lane, and when."""

    when: str
    lane: Lane


@dataclass(frozen=True)
class StateNode:
    """A state; ``branches`` are those of a Parallel, or the one of a Map, which runs for each item."""

    name: str
    kind: StateKind
    comment: str
    branches: tuple[Lane, ...] = ()
    sides: tuple[SidePath, ...] = ()

    def tasks(self) -> Iterator[str]:
        """Return the tasks in it, itself included, without those beside it."""
        if self.kind == "Task":
            yield self.name
        for branch in self.branches:
            yield from (node.name for node in _nodes(branch) if node.kind == "Task")


@dataclass(frozen=True)
class MachineGraph:
    """A whole machine: its main lane, and the lanes that several states lead to."""

    comment: str
    main: Lane
    shared: tuple[Lane, ...]


def read_machine(definition: Definition) -> MachineGraph:
    """Parse a definition in the Amazon States Language."""
    main, shared = _Scope(definition).lanes()
    return MachineGraph(str(definition.get("Comment", "")), main, shared)


def nodes_of(graph: MachineGraph) -> Iterator[StateNode]:
    """Return every state of a machine, at any depth."""
    for lane in (graph.main, *graph.shared):
        yield from _nodes(lane)


def _nodes(lane: Lane) -> Iterator[StateNode]:
    for node in lane.nodes:
        yield node
        for inner in (*node.branches, *(side.lane for side in node.sides)):
            yield from _nodes(inner)


class _Scope:
    """The states of one level: a machine, or a branch."""

    def __init__(self, definition: Definition) -> None:
        self._start: str = definition["StartAt"]
        self._states: Mapping[str, Definition] = definition["States"]
        self._placed: set[str] = set()
        self._apart: list[str] = []

    def lanes(self) -> tuple[Lane, tuple[Lane, ...]]:
        """Return the main lane, and those that several states lead to."""
        names, _ = self._follow(self._start)
        led_to = Counter(target for state in self._states.values() for target in _targets(state))
        self._apart = [name for name, number in led_to.items() if number > 1 and name not in names]
        self._placed.clear()
        main = self._lane(self._start)
        return main, tuple(self._lane(name) for name in self._apart if name not in self._placed)

    def branch(self) -> Lane:
        """Return a branch's only lane: what several of its states lead to hangs beside the first of them."""
        return self._lane(self._start)

    def _follow(self, start: str) -> tuple[list[str], str | None]:
        """Return the states from one on that have no place yet, and where they lead after that."""
        names: list[str] = []
        name: str | None = start
        while name is not None and name not in self._placed and (name == start or name not in self._apart):
            self._placed.add(name)
            names.append(name)
            name = self._next(self._states[name])
        return names, name

    def _next(self, state: Definition) -> str | None:
        """Return which state follows; of a choice the default, unless that leads back."""
        if state["Type"] != "Choice":
            return state.get("Next")
        ways = [state.get("Default"), *(choice["Next"] for choice in state["Choices"])]
        fresh = [way for way in ways if way is not None and way not in self._placed]
        return fresh[0] if fresh else None

    def _lane(self, start: str) -> Lane:
        names, then = self._follow(start)
        followed = dict(zip(names, [*names[1:], then], strict=True))
        return Lane(tuple(self._node(name, followed[name]) for name in names), then)

    def _node(self, name: str, following: str | None) -> StateNode:
        state = self._states[name]
        inner = [*state.get("Branches", ()), *(state[key] for key in ("ItemProcessor", "Iterator") if key in state)]
        sides = tuple(SidePath(when, self._side(to)) for when, to in _ways(state) if to != following)
        branches = tuple(_Scope(each).branch() for each in inner)
        return StateNode(name, state["Type"], str(state.get("Comment", "")), branches, sides)

    def _side(self, target: str) -> Lane:
        """Return a lane that begins with a state, or only leads to it where it has a place elsewhere."""
        return Lane(then=target) if target in self._placed or target in self._apart else self._lane(target)


def _targets(state: Definition) -> list[str]:
    following = [state["Next"]] if "Next" in state else []
    return [*following, *(to for _, to in _ways(state))]


def _ways(state: Definition) -> list[tuple[str, str]]:
    """Return the ways out of a state other than ``Next``: when, and where to."""
    caught = [(_errors(each["ErrorEquals"]), each["Next"]) for each in state.get("Catch", ())]
    chosen = [(_condition(each), each["Next"]) for each in state.get("Choices", ())]
    default = [("otherwise", state["Default"])] if "Default" in state else []
    return [*caught, *chosen, *default]


def _errors(names: list[str]) -> str:
    return "on any error" if _ANY_ERROR in names else f"on {' or '.join(names)}"


def _condition(choice: Definition) -> str:
    """Return a comparison in words; one of another kind as its operator."""
    variable = str(choice.get("Variable", "")).removeprefix("$.")
    for operator, value in choice.items():
        if operator not in {"Variable", "Next", "Comment"}:
            said = f" {value}".lower() if isinstance(value, bool) else f" {value}"
            word = _WORDS.get(operator, operator)
            known = "" if word != operator and operator.startswith("Is") and value is True else said
            return f"if {variable} {word}{known}" if variable else "if its conditions hold"
    return "if"
