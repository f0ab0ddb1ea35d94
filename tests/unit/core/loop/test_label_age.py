"""Realised performance by age, and how long labels take."""

import pytest

from functions.core.evaluation.costs import Costs
from functions.core.loop.label_age import MIN_FRAUDS, by_age, label_delays
from functions.core.loop.maturity import DAY, MaturityRule, mature
from tests.made_outcomes import NOW, decided

RULE = MaturityRule(NOW, NOW, 10)
COSTS = Costs()


def fraud(*, age: float, after: float = 1.0) -> dict[str, object]:
    return {"at": round(NOW - age * DAY), "label": 1.0, "labelled_at": round(NOW - (age - after) * DAY)}


def test_young_cohorts_have_reports_but_no_performance() -> None:
    rows = decided(fraud(age=3), {"at": NOW - 8 * DAY}, fraud(age=20), {"at": NOW - 20 * DAY}, {"at": NOW - 400 * DAY})
    cohorts = by_age(mature(rows, RULE), RULE, COSTS)
    assert [(each.youngest, each.oldest, each.decisions) for each in cohorts] == [
        (0, 7, 1),
        (7, 10, 1),
        (14, 30, 2),
        (180, None, 1),
    ]
    assert [each.performance is None for each in cohorts] == [True, True, False, False]
    assert (cohorts[0].frauds, cohorts[0].lost) == (1, 100.0)
    assert cohorts[2].performance is not None
    assert cohorts[2].performance.missed == 1


def test_without_labels_since_an_old_cohort_has_no_performance_either() -> None:
    quiet = MaturityRule(NOW, NOW - 30 * DAY, 10)
    (cohort,) = by_age(mature(decided({"at": NOW - 20 * DAY}), quiet), quiet, COSTS)
    assert cohort.performance is None


def test_the_days_that_labels_take_are_those_of_decisions_old_enough_for_late_ones() -> None:
    early = [fraud(age=30, after=2.0)] * MIN_FRAUDS
    found = label_delays(decided(*early, *[fraud(age=30, after=15.0)] * MIN_FRAUDS, fraud(age=12)), RULE)
    assert found is not None
    assert (found.frauds, found.late) == (2 * MIN_FRAUDS, 0.5)
    assert found.median == pytest.approx(8.5)
    assert label_delays(decided(*early[1:]), RULE) is None
