from collections.abc import Callable
from dataclasses import astuple, fields

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.metrics import average_precision_score

from functions.core import bootstrap
from functions.core.bootstrap import Intervals, Scored, bootstrap_intervals, paired_bootstrap
from functions.core.confusion import Confusion
from functions.core.costs import Costs, business_impact

COSTS = Costs(missed_fraud=100, false_alarm=2)
FIGURES = [field.name for field in fields(Intervals)]


def figures(y: np.ndarray, scored: Scored, amounts: np.ndarray | None) -> list[float]:
    """Work the five figures out as the rest of the code base and scikit-learn do."""
    flagged = scored.scores >= scored.threshold
    fraud = Confusion.count(y, flagged)
    average_precision = float(average_precision_score(y, scored.scores)) if fraud.frauds else 0.0
    cost = business_impact(y, flagged, COSTS, amounts).total_cost
    return [fraud.recall, fraud.precision, fraud.f1, average_precision, cost]


def row_by_row(statistic: Callable[[np.ndarray], list[float]], rows: int, resamples: int) -> np.ndarray:
    """Resample the plain way: indices with replacement, every figure anew."""
    rng = np.random.default_rng(1)
    return np.array([statistic(rng.integers(0, rows, rows)) for _ in range(resamples)])


def sample(rows: int, frauds: int, seed: int) -> tuple[np.ndarray, Scored, Scored, np.ndarray]:
    """Make rows, two models that agree in part, with many ties, and amounts."""
    rng = np.random.default_rng(seed)
    y = np.zeros(rows, dtype=int)
    y[rng.choice(rows, frauds, replace=False)] = 1
    common = rng.normal(size=rows) + 2.5 * y
    one, other = (1 / (1 + np.exp(2 - common - 0.3 * rng.normal(size=rows))) for _ in range(2))
    amounts = rng.lognormal(4, 1, rows)
    return y, Scored(one.round(2), 0.5), Scored(other.round(2), 0.45), amounts


@given(
    st.integers(1, 30).flatmap(
        lambda n: st.tuples(
            hnp.arrays(np.int8, n, elements=st.integers(0, 1)),
            hnp.arrays(float, n, elements=st.sampled_from([0.0, 0.1, 0.5, 0.9, 1.0]) | st.floats(0, 1)),
            hnp.arrays(float, n, elements=st.integers(0, 500)),
        )
    ),
    st.floats(0, 1),
)
def test_estimates_are_those_of_the_rows_as_they_are(
    rows: tuple[np.ndarray, np.ndarray, np.ndarray], threshold: float
) -> None:
    y, scores, amounts = rows
    scored = Scored(scores, threshold)
    intervals = bootstrap_intervals(y, scored, COSTS, amounts, resamples=1, seed=0)
    assert [getattr(intervals, name).estimate for name in FIGURES] == pytest.approx(figures(y, scored, amounts))


@pytest.mark.parametrize("priced_by_amount", [False, True])
def test_intervals_are_those_of_resampling_row_by_row(*, priced_by_amount: bool) -> None:
    """Both ends agree within the error that so many resamples leave, about a twentieth of the interval's width."""
    y, scored, _, amounts = sample(400, 30, seed=2)
    prices = amounts if priced_by_amount else None
    slow = row_by_row(
        lambda drawn: figures(y[drawn], Scored(scored.scores[drawn], 0.5), None if prices is None else prices[drawn]),
        len(y),
        1000,
    )
    fast = bootstrap_intervals(y, scored, COSTS, prices, resamples=20_000, seed=3)
    for name, low, high in zip(FIGURES, *np.quantile(slow, [0.025, 0.975], axis=0), strict=True):
        interval = getattr(fast, name)
        assert (interval.low, interval.high) == pytest.approx((low, high), abs=0.1 * (high - low)), name


def test_paired_intervals_are_those_of_resampling_row_by_row() -> None:
    y, champion, challenger, amounts = sample(400, 30, seed=4)

    def difference(drawn: np.ndarray) -> list[float]:
        old, new = (
            figures(y[drawn], Scored(each.scores[drawn], each.threshold), amounts[drawn])
            for each in (champion, challenger)
        )
        return (np.array(new) - old).tolist()

    slow = row_by_row(difference, len(y), 800)
    fast = paired_bootstrap(y, champion, challenger, COSTS, amounts, resamples=20_000, seed=5)
    assert fast.p_value == pytest.approx(np.mean(slow[:, -1] >= 0), abs=0.06)
    for name, low, high in zip(FIGURES, *np.quantile(slow, [0.025, 0.975], axis=0), strict=True):
        interval = getattr(fast.difference, name)
        assert (interval.low, interval.high) == pytest.approx((low, high), abs=0.1 * (high - low)), name


def test_a_model_does_not_differ_from_itself() -> None:
    y, scored, _, _ = sample(400, 30, seed=6)
    compared = paired_bootstrap(y, scored, scored, COSTS, seed=0)
    assert all(astuple(getattr(compared.difference, name)) == (0, 0, 0) for name in FIGURES)
    assert (compared.p_value, compared.rows, compared.frauds) == (1.0, 400, 30)


def test_pairing_is_more_certain_than_two_intervals_apart() -> None:
    y, champion, challenger, _ = sample(4000, 60, seed=7)
    apart = [bootstrap_intervals(y, each, COSTS, seed=0).cost for each in (champion, challenger)]
    paired = paired_bootstrap(y, champion, challenger, COSTS, seed=0).difference.cost
    assert paired.high - paired.low < min(each.high - each.low for each in apart)


def test_how_many_resamples_are_drawn_at_a_time_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    y, champion, challenger, amounts = sample(400, 30, seed=8)
    whole = paired_bootstrap(y, champion, challenger, COSTS, amounts, resamples=100, seed=9)
    monkeypatch.setattr(bootstrap, "_DRAWN_AT_A_TIME", 1000)
    parts = paired_bootstrap(y, champion, challenger, COSTS, amounts, resamples=100, seed=9)
    for name in FIGURES:
        assert astuple(getattr(parts.difference, name)) == pytest.approx(astuple(getattr(whole.difference, name)))


def test_the_same_seed_gives_the_same_intervals() -> None:
    y, scored, _, _ = sample(400, 30, seed=10)
    first, again, other = (bootstrap_intervals(y, scored, COSTS, seed=seed) for seed in (1, 1, 2))
    assert first == again != other


def test_scores_that_are_not_numbers_are_refused() -> None:
    with pytest.raises(ValueError, match="finite"):
        Scored(np.array([0.1, np.nan]), 0.5)


def test_a_threshold_between_two_neighbours_in_single_precision_parts_them() -> None:
    low = np.float32(0.5)
    scores = np.array([low, np.nextafter(low, np.float32(1))], dtype=np.float32)
    intervals = bootstrap_intervals([0, 1], Scored(scores, float(scores.astype(float).mean())), COSTS, seed=0)
    assert (intervals.fraud_precision.estimate, intervals.fraud_recall.estimate) == (1.0, 1.0)
