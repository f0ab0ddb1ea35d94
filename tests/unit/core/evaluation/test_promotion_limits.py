"""Decisions of a comparison just at its limits, where one cent more or less decides otherwise."""

from dataclasses import replace

import numpy as np
import pytest

from functions.core.evaluation.certainty import PricedRows
from functions.core.evaluation.costs import Costs
from functions.core.evaluation.intervals import Interval
from functions.core.evaluation.promotion import Comparison, Contender, compare, decide
from functions.core.evaluation.scored import Scored

Y = np.repeat([1, 0], [100, 9900])
ROWS = PricedRows(Y, Costs(missed_fraud=100, false_alarm=2))
SCORES = np.where(np.arange(len(Y)) < 80, 0.9, 0.1)
CENT = 0.01


@pytest.fixture(scope="module")
def alike() -> Comparison:
    """Two models that decide alike, to give a difference of their own."""
    against = compare(ROWS, Scored(SCORES, 0.5), Scored(SCORES, 0.5))
    assert isinstance(against, Comparison)
    return against


def promoted(against: Comparison, cost: Interval, *, margin: float = 500.0, drifted: bool = False) -> bool:
    weighed = replace(against, paired=replace(against.paired, cost=cost), margin=margin)
    return decide(weighed, against.challenger, drifted=drifted).promote


@pytest.mark.parametrize(("high", "moves"), [(-CENT, True), (0.0, False), (CENT, False)])
def test_cheaper_beyond_the_noise_is_an_interval_that_ends_below_zero(
    alike: Comparison, high: float, *, moves: bool
) -> None:
    assert promoted(alike, Interval(-300.0, -600.0, high)) is moves


@pytest.mark.parametrize(
    ("estimate", "high", "moves"),
    [
        (0.0, 500.0, True),
        (0.0, 500.0 + CENT, False),
        (CENT, 500.0, False),
        (-300.0, 500.0, True),
        (-300.0, 500.0 + CENT, False),
    ],
)
def test_after_drift_no_worse_is_no_dearer_here_and_an_interval_within_the_margin(
    alike: Comparison, estimate: float, high: float, *, moves: bool
) -> None:
    cost = Interval(estimate, -600.0, high)
    assert promoted(alike, cost, drifted=True) is moves
    assert not promoted(alike, cost)


@pytest.mark.parametrize(
    ("margin", "said"),
    [(1234.4, "Not certain to cost at most 1,234 more"), (0.6, "Not certain to cost at most 1 more")],
)
def test_the_margin_is_said_where_it_is_not_kept(alike: Comparison, margin: float, said: str) -> None:
    weighed = replace(alike, paired=replace(alike.paired, cost=Interval(0.0, -9e4, 9e4)), margin=margin)
    assert decide(weighed, alike.challenger, drifted=True).reason.startswith(
        f"{said} than the champion, whose data has drifted, on the same 10,000 test rows: the cost differs by +0 "
        "(95 % interval -90,000 to +90,000)."
    )


@pytest.mark.parametrize(("frauds", "margin"), [(100, 500.0), (74, 370.0), (73, 368.89), (10, 368.89)])
def test_the_margin_is_a_twentieth_of_what_is_at_stake_and_never_less_than_what_can_be_told(
    frauds: int, margin: float
) -> None:
    """Of rows that both decide alike, one event of 100 more may always come: -ln(0.025) x 100 = 368.89."""
    y = np.repeat([1, 0], [frauds, 10_000 - frauds])
    against = compare(PricedRows(y, ROWS.costs), Scored(SCORES, 0.5), Scored(SCORES, 0.5))
    assert isinstance(against, Comparison)
    assert against.margin == pytest.approx(margin, abs=0.005)


def saving(contender: Contender, estimate: float, low: float) -> Contender:
    return replace(contender, saved=Interval(estimate, low, 900.0))


@pytest.mark.parametrize(("low", "moves"), [(CENT, True), (0.0, False), (-CENT, False)])
def test_cheaper_than_no_model_is_an_interval_that_begins_above_zero(
    alike: Comparison, low: float, *, moves: bool
) -> None:
    assert decide(None, saving(alike.challenger, 300.0, low)).promote is moves


@pytest.mark.parametrize(("estimate", "noise"), [(CENT, " beyond the noise. On"), (0.0, ". On"), (-CENT, ". On")])
def test_the_noise_is_named_where_something_was_saved(alike: Comparison, estimate: float, noise: str) -> None:
    reason = decide(None, saving(alike.challenger, estimate, -5.0)).reason
    assert reason.startswith(f"Not promoted: the model is no better than no model{noise} the 10,000 test rows")
    assert reason.endswith("More rows would tell.") is (estimate > 0)


@pytest.mark.parametrize(("average_precision", "moves"), [(0.01, False), (0.0101, True)])
def test_as_good_as_chance_is_not_good_enough(alike: Comparison, average_precision: float, *, moves: bool) -> None:
    evaluation = alike.challenger.evaluation
    metrics = replace(evaluation.metrics, test_average_precision=average_precision)
    ranked = replace(alike.challenger, evaluation=replace(evaluation, metrics=metrics))
    assert decide(None, ranked).promote is moves
