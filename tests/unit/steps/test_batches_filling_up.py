"""Histories of a batch that are still filling up: no row of it has drifted for that."""

import numpy as np
import pandas as pd
import pytest

from functions.core.drift.reference import ReferenceProfile, build_reference
from functions.core.histories.events import read_events
from functions.core.histories.events_file import to_parquet
from tests.unit.core.histories.steady_world import PLAN, ROLES, steady, with_past
from tests.unit.steps.measured_batches import Stack

DAYS = 60
MONTHLY = [
    "transactions of card in the last 30 days",
    "sum of amount of card in the last 30 days",
    "time since the last transaction of card",
]


@pytest.fixture(scope="module")
def profile() -> ReferenceProfile:
    X = with_past(steady(DAYS), steady(DAYS))
    return build_reference(X, np.zeros(len(X)), [], ROLES, PLAN.document())


def pinned(X: pd.DataFrame) -> bytes:
    return to_parquet(PLAN, read_events(PLAN, {name: X[name] for name in PLAN.sources}))


def measured(profile: ReferenceProfile, X: pd.DataFrame, events: bytes | None) -> tuple[str, int, list[str]]:
    """Return the verdict on a batch, how many columns have drifted, and which were still filling up."""
    stack = Stack(profile=profile, events=events)
    found = stack.measure(X)
    document = stack.document("drift.json")
    return found.verdict, document["n_drifted_features"], document["filling"]


def test_a_batch_whose_versions_events_are_gone_is_compared_by_its_full_windows(profile: ReferenceProfile) -> None:
    week = steady(7, begin=DAYS)
    assert measured(profile, with_past(week, week), None) == ("stable", 0, MONTHLY)


def test_a_batch_that_knows_the_training_data_is_compared_by_all_of_its_rows(profile: ReferenceProfile) -> None:
    known = pinned(steady(DAYS))
    assert measured(profile, with_past(steady(7, begin=DAYS), steady(DAYS)), known) == ("stable", 0, [])
    # Of what was trained on, too: its first rows count there as little as they did then.
    assert measured(profile, with_past(steady(DAYS), steady(DAYS)), known) == ("stable", 0, [])


def test_a_batch_of_other_habits_has_drifted_all_the_same(profile: ReferenceProfile) -> None:
    busy = pd.concat([steady(7, begin=DAYS, seed=seed) for seed in (1, 2, 3)], ignore_index=True)
    assert measured(profile, with_past(busy, busy), None)[0] == "retrain"
