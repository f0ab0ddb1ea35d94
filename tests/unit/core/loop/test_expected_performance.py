"""What a window is expected to come to, and how right scores are by now."""

from dataclasses import replace

import numpy as np
import pytest

from functions.core.evaluation.costs import Costs
from functions.core.evaluation.curves import reliability_curve
from functions.core.evaluation.score_sums import ScoreSums
from functions.core.evaluation.scored import Scored
from functions.core.loop.expected_performance import LATEST_FRAUDS, MIN_ROWS, decided_sums, expect, reliability_now
from functions.core.loop.maturity import DAY, MaturityRule, mature
from functions.core.loop.outcomes import Outcomes
from tests.made_outcomes import NOW, decided

COSTS = Costs()
RULE = MaturityRule(NOW, NOW, 5)
ALARM = {"score": 0.9, "passed": False}


def calibrated(rows: int, factor: float = 1.0, seed: int = 0) -> Outcomes:
    """Return decisions whose frauds are so many times as frequent as their scores say; alarms are all labelled."""
    rng = np.random.default_rng(seed)
    score = np.exp(rng.uniform(np.log(1e-4), np.log(0.3), rows))
    fraud = rng.random(rows) < score * factor
    flagged = score >= 0.1
    return replace(
        decided(*({} for _ in range(rows))),
        score=score,
        threshold=np.full(rows, 0.1),
        passed=~flagged,
        label=np.where(fraud | flagged, fraud, np.nan).astype(float),
        labelled_at=np.full(rows, NOW - DAY),
    )


def test_frauds_are_expected_as_the_scores_add_up() -> None:
    rows = calibrated(4000)
    found = expect(rows, COSTS, ())
    assert found.estimates is not None
    assert found.estimates.frauds.estimate == pytest.approx(rows.score.sum(), rel=0.15)
    assert found.estimates.frauds.low < np.nansum(rows.label) < found.estimates.frauds.high


def test_nothing_is_known_of_few_rows_or_outside_of_what_the_version_knew() -> None:
    few = expect(calibrated(MIN_ROWS - 1), COSTS, ())
    assert few.estimates is None
    assert str(few.not_known).startswith("What 499 decisions come to can't be known without labels")
    outside = expect(calibrated(MIN_ROWS), COSTS, (), outside="The traffic has moved.")
    assert (outside.estimates, outside.not_known) == (None, "The traffic has moved.")


def test_each_threshold_decides_on_its_own_rows() -> None:
    rows = decided({"score": 0.3, "threshold": 0.5}, {"score": 0.3, "threshold": 0.2, "passed": False})
    assert decided_sums(rows, COSTS).alarms == 1
    together = ScoreSums.of(Scored(np.array([0.3, 0.3]), 0.5), COSTS, rows.missed_cost)
    assert decided_sums(rows, COSTS).by_band.tolist() == together.by_band.tolist()


def test_counted_decisions_replace_the_test_split_where_they_hold_enough_frauds() -> None:
    before = calibrated(6000)
    test_split = reliability_curve(np.nan_to_num(before.label), before.score, spacing="log")
    assert reliability_now(mature(calibrated(300), RULE), test_split) == test_split
    thrice = calibrated(6000, factor=3.0)
    now = reliability_now(mature(thrice, RULE), test_split)
    by_now, by_test = (expect(thrice, COSTS, each).estimates for each in (now, test_split))
    assert by_now is not None
    assert by_test is not None
    truth = np.nansum(thrice.label)
    assert by_now.frauds.low < truth < by_now.frauds.high
    assert by_test.frauds.high < truth


def test_the_test_split_answers_for_scores_that_no_decision_had() -> None:
    test_split = reliability_curve(np.ones(50), np.full(50, 0.9), spacing="log")
    assert reliability_now(mature(calibrated(6000), RULE), test_split)[-1] == test_split[0]


def test_only_the_latest_frauds_say_how_right_scores_are() -> None:
    old, new = calibrated(6000, factor=1.0), calibrated(6000, factor=3.0, seed=1)
    both = Outcomes(
        *(np.concatenate((getattr(old, name), getattr(new, name))) for name in Outcomes.__dataclass_fields__)
    )
    found = reliability_now(mature(both, RULE), ())
    assert sum(each.frauds for each in found) == LATEST_FRAUDS
    assert found == reliability_now(mature(new, RULE), ())


def test_alarms_that_people_chose_to_label_do_not_say_how_right_scores_are() -> None:
    labelled = ALARM | {"label": 1.0, "labelled_at": NOW - DAY}
    passed = {"score": 0.01, "label": 1.0, "labelled_at": NOW - DAY}
    found = reliability_now(mature(decided(*[passed] * 40, *[labelled] * 40, ALARM), RULE), ())
    assert [(each.rows, each.frauds) for each in found] == [(40, 40)]
