"""A decision counts when it is old enough, labels came since, and its truth is known."""

from dataclasses import replace

import numpy as np
import pytest

from functions.core.loop.maturity import DAY, MaturityRule, SilentAlarms, mature
from tests.made_outcomes import NOW, decided

ALARM = {"score": 0.9, "passed": False}
EXPLORED = {"score": 0.9, "passed": True, "weight": 20.0}
BLOCKED_WHILE_EXPLORING = {"score": 0.9, "passed": False, "weight": 1 / 0.95}


def rule(*, heard: float = 0.0, delay: float = 5, silent: SilentAlarms = "unknown") -> MaturityRule:
    return MaturityRule(NOW, round(NOW - heard * DAY), delay, silent)


def test_a_label_that_came_early_does_not_count_before_its_days_are_over() -> None:
    found = mature(decided({"at": NOW - DAY, "label": 1.0, "labelled_at": NOW}, {}), rule())
    assert found.places.tolist() == [1]
    assert found.young == 1


def test_silence_of_what_passed_is_legitimate() -> None:
    found = mature(decided({}, {"label": 1.0, "labelled_at": NOW - DAY}), rule())
    assert found.outcomes.label.tolist() == [0.0, 1.0]
    assert found.by_silence == 1


def test_silence_says_nothing_when_no_labels_were_received_since() -> None:
    """Ten days old, five days' delay: a label received six days ago is too old to know of it."""
    found = mature(decided({}), rule(heard=6))
    assert (len(found.outcomes), found.unheard) == (0, 1)
    assert mature(decided({}), rule(heard=5)).places.tolist() == [0]


def test_a_label_that_is_known_later_does_not_exist_yet() -> None:
    found = mature(decided({"label": 1.0, "labelled_at": NOW + 1}), rule())
    assert found.outcomes.label.tolist() == [0.0]


def test_a_blocked_alarm_without_a_label_is_unknown_unless_all_are_checked() -> None:
    rows = decided(ALARM, ALARM | {"label": 1.0, "labelled_at": NOW - DAY})
    found = mature(rows, rule())
    assert (found.places.tolist(), found.unknown_places.tolist()) == ([1], [0])
    checked = mature(rows, rule(silent="legitimate"))
    assert checked.outcomes.label.tolist() == [0.0, 1.0]


def test_explored_alarms_stand_for_the_blocked_ones_and_those_are_left_out() -> None:
    labelled = BLOCKED_WHILE_EXPLORING | {"label": 1.0, "labelled_at": NOW - DAY}
    found = mature(decided(EXPLORED, labelled, BLOCKED_WHILE_EXPLORING), rule())
    assert found.outcomes.weight.tolist() == [20.0]
    assert (found.represented_places.tolist(), len(found.unknown), found.count) == ([1, 2], 0, 3)


def test_no_alarm_stands_for_another_where_all_are_checked() -> None:
    found = mature(decided(EXPLORED, BLOCKED_WHILE_EXPLORING), rule(silent="legitimate"))
    assert found.outcomes.weight.tolist() == [1.0, 1.0]


def test_weighted_frauds_are_right_on_average() -> None:
    """500 alarms, 30 % fraud, one in ten let through at random: the weighted sum estimates all of them."""
    rng = np.random.default_rng(0)
    sums = []
    for _ in range(200):
        fraud, through = rng.random(500) < 0.3, rng.random(500) < 0.1
        rows = replace(
            decided(*({"score": 0.9} for _ in range(500))),
            passed=through,
            weight=np.where(through, 10.0, 1 / 0.9),
            label=np.where(fraud & through, 1.0, np.nan),
            labelled_at=np.full(500, NOW - DAY),
        )
        found = mature(rows, rule()).outcomes
        sums.append(float(np.sum(found.weight * found.label)))
    assert np.mean(sums) == pytest.approx(150, rel=0.06)


def test_it_is_said_when_labels_stopped_arriving() -> None:
    assert rule(heard=7).quiet is None
    assert "for 20 days: decisions of the last 25 days" in str(rule(heard=20).quiet)
    assert "No label has been received yet" in str(MaturityRule(NOW, 0, 5).quiet)


def test_versions_and_rows_are_selected_with_what_is_unknown_of_them() -> None:
    rows = decided({"version": "2"}, {}, ALARM, ALARM | {"version": "2"})
    found = mature(rows, rule())
    assert (found.version("2").places.tolist(), found.version("2").unknown_places.tolist()) == ([0], [3])
    half = found.where(np.array([False, True, True, False]))
    assert (half.places.tolist(), half.unknown_places.tolist()) == ([1], [2])
