"""The rows of a retraining: by the time of the decision, the newest block for the gate."""

import numpy as np
import pytest

from functions.core.errors import TooFewFraudsError
from functions.core.evaluation.promotion import MIN_FRAUDS
from functions.core.loop.outcomes import Outcomes
from functions.core.loop.training_rows import MOST_GATE_FRAUDS, Window, training_rows

DAY = 24 * 60 * 60 * 1_000_000


def outcomes(label: list[int], *, a_day: int = 10) -> Outcomes:
    """Make decisions that count, so many a day."""
    n = len(label)
    return Outcomes(
        transaction_id=np.array([str(place) for place in range(n)], dtype=object),
        at=np.arange(n, dtype=np.int64) * (DAY // a_day),
        version=np.full(n, "1", dtype=object),
        score=np.full(n, 0.1),
        threshold=np.full(n, 0.5),
        passed=np.ones(n, dtype=np.bool_),
        weight=np.ones(n),
        missed_cost=np.full(n, 100.0),
        label=np.array(label, dtype=np.float64),
        labelled_at=np.zeros(n, dtype=np.int64),
    )


def every(step: int, n: int) -> list[int]:
    return [int(place % step == 0) for place in range(n)]


def test_the_gate_is_the_newest_block_and_holds_a_fifth_of_the_frauds() -> None:
    counted = outcomes(every(10, 1000))
    rows = training_rows(counted, window="all")
    assert counted.at[rows.training].max() < counted.at[rows.gate].min()
    assert counted.label[rows.gate].sum() == 20
    np.testing.assert_array_equal(rows.places, np.arange(1000))
    train, validation, test = rows.fractions()
    assert test == pytest.approx(len(rows.gate) / 1000)
    assert train + validation + test == pytest.approx(1)


def test_the_gate_has_as_many_frauds_as_a_comparison_needs_where_a_fifth_has_fewer() -> None:
    counted = outcomes(every(10, 250))
    assert counted.label[training_rows(counted, window="all").gate].sum() == MIN_FRAUDS


def test_the_gate_does_not_grow_beyond_what_says_enough() -> None:
    """A fifth of a year's frauds would be months: what is new would be kept from training."""
    counted = outcomes(every(10, 10_000))
    assert counted.label[training_rows(counted, window="all").gate].sum() == MOST_GATE_FRAUDS


def test_earlier_rows_make_the_gates_share_smaller_and_not_the_gate() -> None:
    rows = training_rows(outcomes(every(10, 1000)), window="all")
    assert rows.fractions(1000)[2] * 2000 == pytest.approx(len(rows.gate))


@pytest.mark.parametrize(
    ("window", "began", "first_day"),
    [("all", 80 * DAY, 0), ("sliding", None, 69), ("since_drift", 60 * DAY, 60), ("since_drift", None, 0)],
)
def test_a_window_begins_where_it_says(window: Window, began: int | None, first_day: int) -> None:
    counted = outcomes(every(4, 1000))
    rows = training_rows(counted, window=window, days=30, drift_began=began)
    assert counted.at[rows.places[0]] // DAY == first_day
    assert "earlier ones" not in rows.reason


def test_a_drift_whose_labels_are_still_to_come_takes_earlier_rows_until_there_are_enough_frauds() -> None:
    """Drift is seen within days, and a label counts after weeks."""
    counted = outcomes(every(10, 1000))
    rows = training_rows(counted, window="since_drift", drift_began=99 * DAY)
    assert counted.label[rows.places].sum() == 2 * MIN_FRAUDS
    assert rows.reason == (
        "The decisions that count since the drift began, and earlier ones until there were enough frauds."
    )


def test_too_few_frauds_are_refused_with_how_many_are_needed() -> None:
    with pytest.raises(TooFewFraudsError, match="19 frauds among the 190 decisions that count, and 20 are needed"):
        training_rows(outcomes(every(10, 190)), window="all")
    with pytest.raises(TooFewFraudsError, match="0 frauds among the 0 decisions"):
        training_rows(outcomes([]), window="sliding")


def test_decisions_of_one_moment_are_not_cut_apart() -> None:
    counted = outcomes(every(10, 1000))
    counted.at[:] //= DAY
    rows = training_rows(counted, window="all")
    assert counted.at[rows.training].max() < counted.at[rows.gate].min()
    counted.at[:] = 0
    with pytest.raises(TooFewFraudsError, match="0 frauds among the 0"):
        training_rows(counted, window="all")
