"""A plain model at random and on the latest rows: they disagree where frauds change with time, and only there."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from functions.core.data.tables import LabelledTable
from functions.core.evaluation.intervals import Interval, apart
from functions.core.evaluation.latest_rows import LatestRows, Limit, compare, proposal, sample, sentence
from functions.core.features.plan import FeatureSettings

WEEK = 604_800.0
FRACTIONS = (0.6, 0.2, 0.2)


def table(*, waves: bool, rows: int = 3_000) -> LabelledTable:
    """Build 40 weeks of rows, of which a tenth are frauds; in waves, each week's frauds have a price of their own."""
    rng = np.random.default_rng(0)
    week = np.sort(rng.integers(0, 40, rows))
    y = pd.Series(rng.random(rows) < 0.1, dtype="int8", name="fraud")
    price = rng.uniform(0, 100, rows)
    price[y == 1] = (rng.uniform(0, 100, 40)[week] if waves else np.full(rows, 50.0))[y == 1]
    X = pd.DataFrame({"paid": 1.4e9 + week * WEEK + rng.uniform(0, WEEK, rows), "price": price})
    # A wave is told by its price and its day: by the day of the month that a careless model might be given.
    X["number"] = week + rng.normal(0, 0.1, rows)
    return LabelledTable(X, y, dict.fromkeys(map(str, X), "numeric"), {"paid": "time"})


def compared(rows: LabelledTable) -> LatestRows | None:
    return compare(
        sample([rows], rows=len(rows.y), seed=1),
        clock="paid",
        features=FeatureSettings(roles=rows.roles),
        fractions=FRACTIONS,
        seed=1,
    )


def test_waves_of_fraud_are_found_at_random_and_not_on_the_latest_rows() -> None:
    found = compared(table(waves=True))
    assert found is not None
    assert found.at_random.estimate > 0.7
    assert found.latest.estimate < 0.4
    assert found.disagree
    told = sentence(found, by_time=False)
    assert told is not None
    assert "is worse on the latest rows by 'paid' than on rows at random, beyond the noise" in told
    assert told.endswith("FRAUDFLOW_SPLIT=time with FRAUDFLOW_TIME_COLUMN='paid' measures on the latest.")
    assert str(sentence(found, by_time=True)).endswith("The metrics of this run are those of the latest rows.")


def test_frauds_that_stay_as_they_are_tell_the_same_at_random_and_on_the_latest_rows() -> None:
    found = compared(table(waves=False))
    assert found is not None
    assert not found.disagree
    assert sentence(found, by_time=False) is None


def test_another_share_of_frauds_is_no_disagreement() -> None:
    rows = table(waves=False)
    rng = np.random.default_rng(1)
    late = rows.X["paid"] > rows.X["paid"].quantile(0.75)
    # Nine of ten late frauds are gone: at their own share, average precision would fall.
    kept = pd.Series(~(late & (rows.y == 1) & (rng.random(len(rows.y)) < 0.9)))
    found = compared(rows.take(kept))
    assert found is not None
    assert found.frauds_latest < found.frauds_at_random / 2
    assert not found.disagree


def test_too_few_frauds_are_no_error() -> None:
    rows = table(waves=False)
    early = rows.X["paid"] < rows.X["paid"].quantile(0.5)
    assert compared(rows.take(pd.Series(early | (rows.y == 0)))) is None


def test_a_sample_keeps_frauds_and_the_share_of_each_part() -> None:
    rows = table(waves=False)
    parts = [rows.part(0, 2_000), rows.part(2_000, None)]
    drawn = sample(parts, rows=3_000, seed=1, limit=Limit(cells=10**6, rows=400))
    assert drawn.fraud_share == pytest.approx(rows.frauds / 3_000)
    assert len(drawn.table.y) == pytest.approx(400, abs=2)
    assert 0.45 < drawn.table.frauds / len(drawn.table.y) <= 0.5
    assert (drawn.table.X["paid"] < rows.X["paid"].iloc[2_000]).mean() == pytest.approx(2 / 3, abs=0.02)
    # A small table is taken whole.
    assert len(sample([rows], rows=3_000, seed=1).table.y) == 3_000


def test_a_clock_is_proposed_and_a_table_without_one_is_left_alone() -> None:
    rows = table(waves=False)
    assert proposal(rows, None) == (
        "'paid' tells when a transaction took place (a guess by its role); FRAUDFLOW_SPLIT=time with "
        "FRAUDFLOW_TIME_COLUMN='paid' trains on the earlier rows and measures on the latest, as the model will be used."
    )
    assert "took place; FRAUDFLOW_SPLIT" in str(proposal(rows, "paid"))
    assert proposal(replace(rows, roles={}), None) is None


def test_the_difference_of_two_estimates_is_less_certain_than_either() -> None:
    found = apart(Interval(0.6, 0.5, 0.7), Interval(0.3, 0.2, 0.4))
    assert found.estimate == pytest.approx(0.3)
    assert (found.low, found.high) == pytest.approx((0.3 - 0.1 * 2**0.5, 0.3 + 0.1 * 2**0.5))
