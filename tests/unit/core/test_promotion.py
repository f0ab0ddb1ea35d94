import numpy as np
import pytest

from functions.core.costs import Costs, business_impact
from functions.core.evaluation import evaluate
from functions.core.promotion import CannotScore, Contender, PromotionPolicy, decide

Y = np.repeat([1, 0], [10, 990])


def contender(*, detected: int, false_alarms: int) -> Contender:
    scores = np.zeros(1000)
    scores[:detected] = 0.9
    scores[10 : 10 + false_alarms] = 0.8
    result = evaluate(Y, scores, threshold=0.5)
    return Contender(result, business_impact(result.confusion, Costs(missed_fraud=100, false_alarm=2)))


def test_the_first_model_becomes_champion() -> None:
    decision = decide(None, contender(detected=8, false_alarms=5))
    assert (decision.promote, decision.alias) == (True, "champion")
    assert decision.reason == ("First champion: cost 210, fraud F1 0.696, 2 of 10 frauds missed, 5 false alarms.")


def test_a_model_that_finds_no_fraud_is_never_promoted() -> None:
    decision = decide(None, contender(detected=0, false_alarms=5))
    assert (decision.promote, decision.alias) == (False, "challenger")
    assert decision.reason == "Not promoted: the model finds none of the 10 frauds of the test split."


def test_a_model_that_ranks_no_better_than_chance_is_never_promoted() -> None:
    result = evaluate(Y, np.full(1000, 0.7), threshold=0.5)
    decision = decide(None, Contender(result, business_impact(result.confusion, Costs())))
    assert not decision.promote
    assert "average precision 0.0100, share of frauds 0.0100" in decision.reason


def test_a_cheaper_challenger_becomes_champion_and_both_figures_are_recorded() -> None:
    decision = decide(contender(detected=7, false_alarms=3), contender(detected=9, false_alarms=20))
    assert decision.alias == "champion"
    assert decision.reason.startswith("Better than the champion by cost on the same test rows: cost 140,")
    assert "the champion has cost 306," in decision.reason


@pytest.mark.parametrize("detected", [7, 8])
def test_a_challenger_that_is_no_better_stays_challenger(detected: int) -> None:
    decision = decide(contender(detected=8, false_alarms=3), contender(detected=detected, false_alarms=3))
    assert decision.alias == "challenger"
    assert decision.reason.startswith(("Not better than", "No better than and equal to"))


def test_the_criterion_decides_what_better_means() -> None:
    """One more fraud for 40 more alarms saves money and ruins F1."""
    champion, challenger = contender(detected=8, false_alarms=0), contender(detected=9, false_alarms=40)
    assert decide(champion, challenger).promote
    assert not decide(champion, challenger, PromotionPolicy(criterion="fraud_f1")).promote


def test_a_champion_that_cannot_score_the_new_data_stays_and_it_is_said() -> None:
    decision = decide(CannotScore("column V3 is missing."), contender(detected=9, false_alarms=0))
    assert decision.alias == "challenger"
    assert "can't score the new data (column V3 is missing)" in decision.reason
