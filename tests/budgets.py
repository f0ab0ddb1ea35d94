"""Budgets of work: what a run may ask for, in ``budget.toml``."""

import tomllib
from collections.abc import Mapping
from pathlib import Path

# How much of a budget is to be used at least: more room would let work grow unseen.
LEAST_USED = 0.75


def budget(name: str) -> dict[str, float]:
    """Read a budget."""
    return dict(tomllib.loads(Path(__file__).with_name("budget.toml").read_text())[name])


def check(name: str, used: Mapping[str, float]) -> None:
    """Compare what was used with a budget, one way and the other.

    Raises:
        AssertionError: naming what is exceeded, or no longer needed.
    """
    allowed = budget(name)
    assert used.keys() == allowed.keys()
    exceeded = {item: f"{used[item]:g} of {limit:g}" for item, limit in allowed.items() if used[item] > limit}
    assert not exceeded, f"more than tests/budget.toml allows: {exceeded}"
    slack = {item: f"{used[item]:g} of {limit:g}" for item, limit in allowed.items() if used[item] < limit * LEAST_USED}
    assert not slack, f"less than tests/budget.toml allows by far, so lower it: {slack}"
