"""What counted decisions came to: as without weights, weighted by exploring, and bounded where alarms are unknown."""

from dataclasses import replace

import numpy as np
import pytest

from functions.core.evaluation.costs import Costs
from functions.core.evaluation.intervals import Interval
from functions.core.evaluation.realised import RealisedSums
from functions.core.loop.maturity import DAY, MaturityRule, mature
from functions.core.loop.outcomes import Outcomes, ShadowScores
from functions.core.loop.realised_performance import RealisedWorth, realise, realise_pair
from tests.made_outcomes import NOW, decided

COSTS = Costs(missed_fraud=100.0, false_alarm=2.0)
RULE = MaturityRule(NOW, NOW, 5)
FRAUD = {"label": 1.0, "labelled_at": NOW - DAY}
HONEST = {"label": 0.0, "labelled_at": NOW - DAY}
ALARM = {"score": 0.9, "passed": False}


def worth(outcomes: Outcomes) -> RealisedWorth:
    found = realise(mature(outcomes, RULE), COSTS).worth
    assert found is not None
    return found


def random_decisions(seed: int, rows: int = 400) -> Outcomes:
    rng = np.random.default_rng(seed)
    fraud, score = rng.random(rows) < 0.1, rng.random(rows)
    return replace(
        decided(*({} for _ in range(rows))),
        score=score,
        passed=score < 0.5,
        missed_cost=rng.lognormal(4, 1, rows).round(2),
        label=fraud.astype(float),
        labelled_at=np.full(rows, NOW - DAY),
    )


@pytest.mark.parametrize("seed", range(5))
def test_without_weights_it_is_what_labelled_rows_come_to(seed: int) -> None:
    rows = random_decisions(seed)
    expected = RealisedSums.of(rows.label, rows.flagged, COSTS, rows.missed_cost).measure(COSTS)
    found = worth(rows)
    assert (found.precision, found.recall) == (expected.precision, expected.recall)
    assert _close(found.cost, expected.cost)
    assert _close(found.saved, expected.saved)


def _close(one: Interval, other: Interval) -> bool:
    return np.allclose((one.estimate, one.low, one.high), (other.estimate, other.low, other.high))


def test_counts_and_money_of_four_decisions() -> None:
    found = realise(mature(decided(ALARM | FRAUD, ALARM | HONEST, FRAUD | {"missed_cost": 70.0}, {}), RULE), COSTS)
    assert found.worth is not None
    assert (found.decisions, found.alarms, found.frauds, found.missed, found.false_alarms) == (4, 2, 2, 1, 1)
    assert (found.worth.lost.estimate, found.worth.cost.estimate) == (70.0, 72.0)
    # Alarms on all four would cost 4 on two honest ones, less than the frauds' 170.
    assert found.worth.saved.estimate == 4 - 72


def test_explored_alarms_count_for_those_they_stand_for() -> None:
    explored = {"score": 0.9, "passed": True, "weight": 10.0}
    found = realise(mature(decided(explored | FRAUD, explored, *[{}] * 6, FRAUD, FRAUD), RULE), COSTS)
    assert found.worth is not None
    assert found.worth.precision is not None
    assert found.worth.recall is not None
    assert (found.frauds, found.false_alarms) == (12, 10)
    assert found.worth.precision.estimate == pytest.approx(0.5)
    assert found.worth.recall.estimate == pytest.approx(10 / 12)
    assert found.worth.cost.estimate == pytest.approx(220.0)
    # One fraud and one honest row in truth: their share may be nearly anything.
    assert found.worth.precision.low < 0.02
    assert found.worth.precision.high > 0.98


def test_the_interval_of_explored_alarms_holds_the_truth() -> None:
    """1,000 alarms, 30 % fraud, 10 % let through; 60 frauds missed: nominally 95 % of the intervals hold the truth."""
    rng, held = np.random.default_rng(0), []
    plain = decided(*({} for _ in range(3000)))
    for _ in range(300):
        alarm = np.arange(3000) < 1000
        fraud = np.where(alarm, rng.random(3000) < 0.3, rng.random(3000) < 0.03)
        through = ~alarm | (rng.random(3000) < 0.1)
        rows = replace(
            plain,
            score=np.where(alarm, 0.9, 0.01),
            passed=through,
            weight=np.where(alarm, np.where(through, 10.0, 1 / 0.9), 1.0),
            label=np.where(fraud & through, 1.0, np.nan),
            labelled_at=np.full(3000, NOW - DAY),
        )
        found = worth(rows)
        assert found.precision is not None
        assert found.recall is not None
        truth = (np.mean(fraud[alarm]), fraud[alarm].sum() / fraud.sum(), np.sum(~fraud & alarm) * 2.0)
        spent = found.cost.estimate - found.lost.estimate
        held.append(
            [found.precision.low <= truth[0] <= found.precision.high, found.recall.low <= truth[1] <= found.recall.high]
        )
        assert spent == pytest.approx(truth[2], rel=0.6)
    assert (np.mean(held, axis=0) >= 0.92).all()


def test_unknown_alarms_are_taken_for_false_and_widen_the_interval_to_their_best() -> None:
    known = [ALARM | FRAUD] * 40 + [ALARM | HONEST] * 20
    plain, with_unknown = worth(decided(*known, *[{}] * 100)), worth(decided(*known, *[ALARM] * 20, *[{}] * 100))
    all_false = worth(decided(*known, *[ALARM | HONEST] * 20, *[{}] * 100))
    all_frauds = worth(decided(*known, *[ALARM | FRAUD] * 20, *[{}] * 100))
    assert plain.precision is not None
    assert with_unknown.precision is not None
    assert all_frauds.precision is not None
    assert with_unknown.precision.estimate == pytest.approx(0.5)
    assert with_unknown.precision.high == all_frauds.precision.high
    assert _close(Interval(with_unknown.cost.estimate, 0, with_unknown.cost.high), replace(all_false.cost, low=0))
    assert with_unknown.cost.low == all_frauds.cost.low


def test_nothing_is_said_where_most_alarms_are_unknown() -> None:
    found = realise(mature(decided(ALARM | FRAUD, ALARM, ALARM, FRAUD), RULE), COSTS)
    assert found.worth is None
    assert str(found.not_known).startswith("2 of 3 alarms have no label")
    assert (found.frauds, found.missed, found.unknown) == (2, 1, 2)


def test_there_is_no_precision_without_alarms_and_no_recall_without_frauds() -> None:
    found = worth(decided({}, {}))
    assert (found.precision, found.recall) == (None, None)
    assert found.cost.estimate == 0


def test_a_fraud_without_an_amount_is_counted() -> None:
    found = realise(mature(decided(FRAUD | {"missed_cost": np.nan}, {}), RULE), COSTS)
    assert found.worth is not None
    assert (found.unpriced, found.worth.cost.estimate) == (1, 0.0)


def test_two_versions_are_compared_on_what_both_have_scored_whoever_decided() -> None:
    """The champion decided three of four, the challenger one; the fourth has no shadow score of the challenger."""
    rows = decided(FRAUD, ALARM | HONEST, FRAUD | {"version": "2", "missed_cost": 40.0}, {})
    shadows = {
        "2": ShadowScores("2", np.array([0.9, 0.1, np.nan, np.nan]), np.full(4, 0.5)),
        "1": ShadowScores("1", np.array([np.nan, np.nan, 0.9, np.nan]), np.full(4, 0.5)),
    }
    pair = realise_pair(rows, mature(rows, RULE), ("1", "2"), shadows, COSTS)
    assert (pair.first.decisions, pair.disagreements) == (3, 3)
    assert pair.first.worth is not None
    assert pair.second.worth is not None
    assert pair.cost_difference is not None
    assert (pair.first.worth.cost.estimate, pair.second.worth.cost.estimate) == (102.0, 40.0)
    assert pair.cost_difference.estimate == pytest.approx(-62.0)


def test_an_unknown_alarm_that_the_shadow_would_pass_may_be_a_fraud_or_not() -> None:
    rows = decided(*[ALARM | HONEST] * 10, ALARM | {"missed_cost": 1000.0})
    shadow = {"2": ShadowScores("2", np.full(11, 0.1), np.full(11, 0.5))}
    pair = realise_pair(rows, mature(rows, RULE), ("1", "2"), shadow, COSTS)
    assert pair.cost_difference is not None
    assert pair.cost_difference.estimate == pytest.approx(-22.0)
    assert pair.cost_difference.high > 1000 - 20
