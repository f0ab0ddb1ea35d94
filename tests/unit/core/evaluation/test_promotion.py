import json
import math
from dataclasses import asdict

import numpy as np
import pytest

from functions.core.evaluation.certainty import PricedRows
from functions.core.evaluation.costs import Costs
from functions.core.evaluation.promotion import (
    CannotScore,
    Comparison,
    Contender,
    TooFewUnseen,
    compare,
    decide,
    measure,
)
from functions.core.evaluation.scored import Scored

COSTS = Costs(missed_fraud=100, false_alarm=2)
Y = np.repeat([1, 0], [100, 9900])
ROWS = PricedRows(Y, COSTS)


def model(*, missed: int, false_alarms: int, first_missed: int = 0) -> Scored:
    """Make a model that misses frauds from ``first_missed`` on, and flags the first legitimate rows."""
    scores = np.linspace(0.2, 0.1, len(Y))
    scores[:100] += 0.7
    scores[first_missed : first_missed + missed] -= 0.7
    scores[100 : 100 + false_alarms] += 0.6
    return Scored(scores, 0.5)


def contender(scored: Scored) -> Contender:
    return measure(ROWS, scored)


def versus(champion: Scored, challenger: Scored) -> Comparison:
    against = compare(ROWS, champion, challenger)
    assert isinstance(against, Comparison)
    return against


CHAMPION = model(missed=20, false_alarms=20)


def test_the_first_model_becomes_champion() -> None:
    decision = decide(None, contender(CHAMPION))
    assert (decision.promote, decision.alias) == (True, "champion")
    assert decision.reason == "First champion: cost 2,040, fraud F1 0.800, 20 of 100 frauds missed, 20 false alarms."


@pytest.mark.parametrize(
    ("frauds", "said"),
    [
        (
            1,
            "0 of 1 fraud missed, 0 false alarms. This rests on 1 fraud in the test split: upload more",
        ),
        (
            3,
            "0 of 3 frauds missed, 0 false alarms. This rests on 3 frauds in the test split: upload more",
        ),
        (10, "0 of 10 frauds missed, 0 false alarms."),
    ],
)
def test_a_first_champion_on_few_frauds_is_said_to_rest_on_them(frauds: int, said: str) -> None:
    y = np.repeat([1, 0], [frauds, 5000])
    decision = decide(None, measure(PricedRows(y, COSTS), Scored(y.astype(float), 0.5)))
    assert decision.alias == "champion"
    assert said in decision.reason
    assert decision.reason.endswith("rely on it." if frauds < 10 else "alarms.")


BUSY = PricedRows(np.repeat([1, 0], [95, 905]), COSTS)


@pytest.mark.parametrize("against", [None, versus(CHAMPION, CHAMPION)])
@pytest.mark.parametrize(
    ("passed", "missed", "said"),
    [
        # It flags every row; it passes some as chance would have it; it passes many, with a few frauds among them.
        (
            0,
            0,
            "no better than no model. On the 1,000 test rows its mistakes cost 1,810, and alarming on",
        ),
        (20, 2, "no better than no model. On the 1,000 test rows its mistakes cost 1,970, and alarming on"),
        (
            300,
            4,
            "no better than no model beyond the noise. On the 1,000 test rows its mistakes cost 1,610, and alarming on",
        ),
    ],
)
def test_a_model_that_is_no_better_than_no_model_is_never_promoted(
    against: Comparison | None, passed: int, missed: int, said: str
) -> None:
    scores = np.linspace(1.0, 0.9, 1000)
    scores[:missed] -= 0.8
    scores[len(scores) - passed :] -= 0.8
    decision = decide(against, measure(BUSY, Scored(scores, 0.5)), drifted=True)
    assert decision.alias == "challenger"
    assert decision.reason.startswith(f"Not promoted: the model is {said}")
    assert "the saving is " in decision.reason


def test_a_model_that_spares_enough_alarms_is_promoted_where_alarming_on_everything_is_cheap() -> None:
    scores = np.linspace(1.0, 0.9, 1000)
    scores[[0, *range(200, 1000)]] -= 0.8
    decision = decide(None, measure(BUSY, Scored(scores, 0.5)))
    assert decision.reason.startswith("First champion: cost 310, fraud F1 0.639, 1 of 95 frauds missed, 105 false")


def test_it_takes_being_cheaper_than_no_model_to_follow_a_champion_that_is_not() -> None:
    """Both are dearer than alarming on everything; the challenger is the cheaper one, which is no merit."""
    champion, challenger = (Scored(np.where(np.arange(1000) < found, 0.9, 0.1), 0.5) for found in (10, 60))
    against = compare(BUSY, champion, challenger)
    assert isinstance(against, Comparison)
    assert against.paired.cost.high < 0
    decision = decide(against, measure(BUSY, challenger))
    assert decision.alias == "challenger"
    assert "its mistakes cost 3,500, and alarming on everything costs 1,810: the saving is -1,690" in decision.reason


@pytest.mark.parametrize("against", [None, versus(CHAMPION, CHAMPION)])
def test_a_model_that_finds_no_fraud_is_never_promoted(against: Comparison | None) -> None:
    decision = decide(against, contender(model(missed=100, false_alarms=5)), drifted=True)
    assert (decision.promote, decision.alias) == (False, "challenger")
    assert decision.reason == "Not promoted: the model finds none of the 100 frauds of the test split."


def test_a_model_that_ranks_no_better_than_chance_is_never_promoted() -> None:
    decision = decide(None, contender(Scored(np.full(len(Y), 0.7), 0.5)))
    assert not decision.promote
    assert "average precision 0.0100, share of frauds 0.0100" in decision.reason


def test_a_challenger_that_is_cheaper_beyond_the_noise_becomes_champion_and_its_figures_are_recorded() -> None:
    challenger = model(missed=10, false_alarms=30)
    decision = decide(versus(CHAMPION, challenger), contender(challenger))
    assert decision.alias == "champion"
    assert decision.reason.startswith(
        "Cheaper than the champion beyond the noise on the same 10,000 test rows: the cost differs by -980 (95 % "
    )
    assert "The challenger has cost 1,060," in decision.reason
    assert "the champion has cost 2,040," in decision.reason


@pytest.mark.parametrize("drifted", [False, True])
def test_an_advantage_within_the_noise_moves_nothing_unless_the_champions_data_has_drifted(*, drifted: bool) -> None:
    """One fraud more is found: a difference that another draw of the rows may well not show."""
    challenger = model(missed=19, false_alarms=20)
    decision = decide(versus(CHAMPION, challenger), contender(challenger), drifted=drifted)
    assert decision.promote is drifted
    assert decision.reason.startswith("No worse than the champion, whose data" if drifted else "Not cheaper than")


@pytest.mark.parametrize("drifted", [False, True])
def test_a_challenger_that_scores_alike_moves_the_alias_only_after_drift(*, drifted: bool) -> None:
    decision = decide(versus(CHAMPION, CHAMPION), contender(CHAMPION), drifted=drifted)
    assert decision.promote is drifted


def test_a_challenger_that_costs_more_stays_one_even_after_drift() -> None:
    challenger = model(missed=21, false_alarms=20)
    decision = decide(versus(CHAMPION, challenger), contender(challenger), drifted=True)
    assert decision.alias == "challenger"
    assert decision.reason.startswith("Not certain to cost at most 500 more than the champion, whose data has drifted,")


def test_a_challenger_that_may_be_far_worse_stays_one_even_after_drift() -> None:
    """It costs as much as the champion here, by missing other frauds: a difference from -1,200 to 1,200 or so."""
    challenger = model(missed=20, false_alarms=20, first_missed=50)
    decision = decide(versus(CHAMPION, challenger), contender(challenger), drifted=True)
    assert decision.comparison is not None
    assert decision.reason.startswith("Not certain to cost at most 500 more")


def test_only_rows_that_the_champion_was_not_trained_on_are_compared() -> None:
    """The champion finds the frauds that it has seen, the first 60, and misses half of the others."""
    champion, challenger = model(missed=20, false_alarms=0, first_missed=60), model(missed=60, false_alarms=0)
    unseen = np.arange(len(Y)) >= 60
    everything = compare(ROWS, champion, challenger)
    fair = compare(ROWS, champion, challenger, unseen=unseen)
    assert isinstance(everything, Comparison)
    assert isinstance(fair, Comparison)
    assert (fair.paired.rows, fair.paired.frauds, fair.rows_left_out) == (9940, 40, 60)
    assert fair.champion.evaluation.confusion.frauds_missed == 20
    # What two models that decide alike on 40 frauds may differ by is more than a twentieth of what these cost.
    assert fair.margin == pytest.approx(-math.log(0.025) * 100)
    assert everything.margin == 0.05 * 100 * 100
    assert decide(fair, contender(challenger)).promote
    assert not decide(everything, contender(challenger)).promote


@pytest.mark.parametrize(("frauds", "comparable"), [(9, False), (10, True)])
def test_too_few_frauds_that_the_champion_has_not_seen_leave_it_in_place(*, frauds: int, comparable: bool) -> None:
    unseen = np.arange(len(Y)) >= 100 - frauds
    challenger = model(missed=0, false_alarms=0)
    against = compare(ROWS, model(missed=100, false_alarms=0), challenger, unseen=unseen)
    decision = decide(against, contender(challenger), drifted=True)
    assert isinstance(against, TooFewUnseen) is not comparable
    assert decision.promote is comparable
    if not comparable:
        assert "trained on 91 of the test rows: the 9,909 others hold 9 frauds, and 10 are needed" in decision.reason


def test_amounts_decide_what_is_cheaper() -> None:
    """The challenger finds one fraud in place of twenty small ones, and it is the one that costs."""
    amounts = np.ones(len(Y))
    amounts[:20], amounts[20:30] = 1.0, 1000.0
    champion, challenger = model(missed=10, false_alarms=0, first_missed=20), model(missed=20, false_alarms=0)
    by_amount = compare(PricedRows(Y, COSTS, amounts), champion, challenger)
    assert decide(by_amount, contender(challenger)).promote
    assert not decide(versus(champion, challenger), contender(challenger)).promote


def test_a_champion_that_cannot_score_the_new_data_stays_and_it_is_said() -> None:
    decision = decide(CannotScore("column V3 is missing."), contender(CHAMPION), drifted=True)
    assert decision.alias == "challenger"
    assert "can't score the new data (column V3 is missing)" in decision.reason


def test_a_decision_is_kept_as_json_with_its_figures() -> None:
    challenger = model(missed=19, false_alarms=20)
    kept = json.loads(json.dumps(asdict(decide(versus(CHAMPION, challenger), contender(challenger)))))
    difference = kept["comparison"]["paired"]["cost"]
    assert difference["estimate"] == -100.0
    assert difference["low"] <= -100 <= difference["high"]
    assert (kept["drifted"], kept["comparison"]["paired"]["frauds"]) == (False, 100)
