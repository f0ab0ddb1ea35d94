"""Estimates without labels: they are sums of scores, and their intervals hold the truth as often as they say."""

from dataclasses import fields

import numpy as np
import pytest
from scipy.special import expit, logit

from functions.core.evaluation.costs import Costs, business_impact
from functions.core.evaluation.curves import ReliabilityBin, reliability_curve
from functions.core.evaluation.estimates import Estimates, estimate
from functions.core.evaluation.intervals import Interval
from functions.core.evaluation.score_sums import BANDS, ScoreSums, bands
from functions.core.evaluation.scored import Scored

COSTS = Costs(missed_fraud=100, false_alarm=2)
THRESHOLD = 0.02


def scored(rows: int = 5_000, seed: int = 3) -> Scored:
    random = np.random.default_rng(seed)
    return Scored(expit(random.normal(-6, 2, rows)), THRESHOLD)


def checked(off: float = 0.0, *, rows: int = 200_000) -> tuple[ReliabilityBin, ...]:
    """Return the reliability of scores whose log-odds are off by so much."""
    random = np.random.default_rng(8)
    scores = scored(rows, seed=9).scores
    return reliability_curve(random.random(rows) < expit(logit(scores) + off), scores, spacing="log")


def test_the_sums_of_parts_are_those_of_the_whole() -> None:
    rows = scored()
    amounts = np.random.default_rng(1).gamma(1, 50, len(rows.scores))
    parts = [
        ScoreSums.of(Scored(rows.scores[part], THRESHOLD), COSTS, amounts[part])
        for part in (slice(0, 700), slice(700, 701), slice(701, None))
    ]
    whole, added = ScoreSums.of(rows, COSTS, amounts), parts[0] + parts[1] + parts[2]
    assert added.rows == whole.rows
    assert added.scores == pytest.approx(whole.scores)
    assert added.losses == pytest.approx(whole.losses)
    assert added.squares == pytest.approx(whole.squares)
    assert (whole.count, whole.alarms) == (5_000, int(rows.flagged.sum()))
    assert whole.by_band.tolist() == np.bincount(bands(rows.scores), minlength=BANDS).tolist()


def test_an_amount_that_is_none_costs_nothing_and_is_counted() -> None:
    sums = ScoreSums.of(Scored(np.full(4, 0.01), THRESHOLD), COSTS, [np.nan, -1.0, np.inf, 30.0])
    assert (sums.unpriced, sum(sums.losses)) == (3, pytest.approx(0.3))


def test_scores_that_are_known_to_be_right_are_added_up() -> None:
    rows = scored()
    found = estimate(ScoreSums.of(rows, COSTS), COSTS, checked())
    caught, missed = rows.scores[rows.flagged].sum(), rows.scores[~rows.flagged].sum()
    assert found.caught.estimate == pytest.approx(caught, rel=0.06)
    assert found.missed.estimate == pytest.approx(missed, rel=0.1)
    assert found.frauds.estimate == pytest.approx(found.caught.estimate + found.missed.estimate)
    assert found.precision is not None
    assert found.precision.estimate == pytest.approx(caught / rows.flagged.sum(), rel=0.06)
    cost = found.missed.estimate * 100 + found.false_alarms.estimate * 2
    assert found.cost.estimate == pytest.approx(cost)


def test_scores_that_were_off_on_the_test_split_are_corrected() -> None:
    sums = ScoreSums.of(scored(), COSTS)
    twice, right = estimate(sums, COSTS, checked(0.7)), estimate(sums, COSTS, checked())
    assert twice.missed.estimate == pytest.approx(right.missed.estimate * np.exp(0.7), rel=0.15)


def test_without_a_test_split_to_vouch_for_the_scores_intervals_are_wider() -> None:
    sums = ScoreSums.of(scored(), COSTS)
    alone, vouched = estimate(sums, COSTS), estimate(sums, COSTS, checked())
    assert alone.frauds.high - alone.frauds.low > 1.5 * (vouched.frauds.high - vouched.frauds.low)


def test_the_same_rows_have_the_same_estimate() -> None:
    sums = ScoreSums.of(scored(), COSTS)
    assert estimate(sums, COSTS, checked()) == estimate(sums, COSTS, checked())


def test_nothing_is_said_of_shares_of_nothing() -> None:
    found = estimate(ScoreSums.of(Scored(np.full(200, 1e-6), THRESHOLD), COSTS), COSTS)
    assert (found.precision, found.recall) == (None, None)
    assert found.cost.high <= 100


def test_scores_of_zero_and_one_are_scores() -> None:
    found = estimate(ScoreSums.of(Scored(np.repeat([0.0, 1.0], [500, 20]), THRESHOLD), COSTS), COSTS, checked())
    assert found.caught.estimate == pytest.approx(20, rel=0.05)
    assert found.caught.high <= 20
    for field in fields(Estimates):
        each = getattr(found, field.name)
        assert each is None or np.isfinite([each.estimate, each.low, each.high]).all()


@pytest.mark.thorough
@pytest.mark.parametrize("varied", [False, True])
def test_intervals_hold_the_truth_in_95_of_100_batches(*, varied: bool) -> None:
    """Of models whose scores are off as those are that were calibrated on some hundred frauds."""
    held: dict[str, list[bool]] = {}
    for seed in range(200):
        for name, holds in _batch(seed, varied=varied).items():
            held.setdefault(name, []).append(holds)
    shares = {name: round(float(np.mean(each)), 3) for name, each in held.items()}
    # Of 200 batches that each hold with a probability of 0.95, fewer than 181 do in one of 500 such tests.
    assert min(shares.values()) >= 0.905, shares


def _batch(seed: int, *, varied: bool) -> dict[str, bool]:
    random = np.random.default_rng(seed)
    shift, slope = random.normal(0, 0.2), random.normal(0, 0.07)

    def draw(rows: int) -> tuple[np.ndarray, np.ndarray]:
        odds = random.normal(-6.5, 2, rows)
        return random.random(rows) < expit(odds), expit(odds + shift + slope * (odds + 2))

    tested = reliability_curve(*draw(30_000), spacing="log")
    y, scores = draw(30_000)
    amounts = np.exp(random.normal(4, 1, len(y))) if varied else None
    rows = Scored(scores, THRESHOLD)
    found = estimate(ScoreSums.of(rows, COSTS, amounts), COSTS, tested)
    impact, caught = business_impact(y, rows.flagged, COSTS, amounts), int(np.sum(y & rows.flagged))
    truth = {
        "frauds": y.sum(),
        "missed": y.sum() - caught,
        "false_alarms": rows.flagged.sum() - caught,
        "precision": caught / rows.flagged.sum(),
        "recall": caught / y.sum(),
        "cost": impact.total_cost,
        "saved": impact.saved,
    }
    return {name: _holds(getattr(found, name), float(value)) for name, value in truth.items()}


def _holds(interval: Interval, value: float) -> bool:
    return interval.low <= value <= interval.high
