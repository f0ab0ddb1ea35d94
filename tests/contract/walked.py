"""The branches of the state machine."""

from collections.abc import Iterator
from typing import Any


def branches(states: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the states of each branch of the parallel ones."""
    for state in states.values():
        for branch in state.get("Branches", []):
            yield branch["States"]
