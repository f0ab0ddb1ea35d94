"""The decision to retrain is one of money, and held back by guards."""

from dataclasses import replace

import pytest

from functions.core.evaluation.intervals import Interval
from functions.core.loop.retraining import DriftEpisode, Situation, weigh
from functions.core.loop.retraining_guards import RetrainingHistory, RetrainingRules

AUTO = RetrainingRules(mode="auto")
HARMED = Situation(
    version="3",
    champion_days=30,
    decisions_a_day=1000,
    counted=7000,
    cost=0.9,
    excess=Interval(0.4, 0.2, 0.7),
    trained_frauds=200,
    fresh_frauds=80,
)
SHIFTED = DriftEpisode("2026-05-01", "shifted")


def test_harm_beyond_the_noise_that_costs_more_than_training_is_retrained() -> None:
    """Half of the excess of 0.4 over 1,000 decisions a day for 30 days is 6,000."""
    decision = weigh(HARMED, AUTO)
    assert decision.outcome == "retrain"
    assert decision.pays
    assert decision.figures["expected_gain"] == pytest.approx(6000)
    assert "expected to save 6,000 and costs 50" in decision.reason


def test_harm_that_costs_less_than_training_waits() -> None:
    """The same harm is no reason where training costs more than it saves."""
    decision = weigh(HARMED, replace(AUTO, cost=7000))
    assert (decision.outcome, decision.pays) == ("wait", False)
    assert "would save 6,000 and costs 7,000" in decision.reason


def test_asking_is_the_default_and_off_is_off() -> None:
    """Who starts a retraining is a setting; that it pays is said in each case."""
    assert weigh(HARMED, RetrainingRules()).outcome == "ask"
    off = weigh(HARMED, RetrainingRules(mode="off"))
    assert (off.outcome, off.pays) == ("wait", True)
    assert "FRAUDFLOW_RETRAIN=off" in off.reason


def test_drift_alone_costs_nothing() -> None:
    """A covariate shift without harm is no reason to retrain, and the reason says so."""
    decision = weigh(replace(HARMED, excess=Interval(0.01, -0.2, 0.3), episode=SHIFTED), AUTO)
    assert decision.outcome == "wait"
    assert "drifted (2026-05-01), which costs nothing yet" in decision.reason


def test_harm_just_beyond_its_noise_is_not_enough_with_a_drift_either() -> None:
    """Looking again and again, chance exceeds its noise; and most drift is harmless."""
    barely = replace(HARMED, excess=Interval(0.4, 0.02, 0.9))
    assert weigh(barely, AUTO).outcome == "wait"
    assert weigh(replace(barely, episode=SHIFTED), AUTO).outcome == "wait"


def test_harm_that_rests_on_too_few_mistakes_waits_for_more() -> None:
    """A training on a handful of the new frauds would learn nothing of them."""
    decision = weigh(replace(HARMED, surprises=29.9), AUTO)
    assert (decision.outcome, decision.pays) == ("wait", True)
    assert "29 new frauds" in decision.reason
    assert weigh(replace(HARMED, surprises=30.0), AUTO).outcome == "retrain"


def test_each_retraining_in_vain_doubles_the_cooldown() -> None:
    """Those since the champion came have led to no other; those before it have led to it."""
    twice = replace(HARMED, champion_days=30, history=RetrainingHistory(days_ago=(13.9, 29)))
    assert "none within 14" in weigh(twice, AUTO).reason
    assert weigh(replace(twice, champion_days=20), AUTO).outcome == "retrain"
    assert weigh(replace(twice, history=RetrainingHistory(days_ago=(14.1, 29))), AUTO).outcome == "retrain"


def test_a_broken_column_is_never_a_reason_to_retrain() -> None:
    """However much it costs: a model trained on a broken column would be worse."""
    broken = DriftEpisode("2026-05-01", "broken", "amount is missing in 80 % of the rows")
    decision = weigh(replace(HARMED, excess=Interval(9, 8, 10), episode=broken), AUTO)
    assert (decision.outcome, decision.pays) == ("wait", False)
    assert "amount is missing in 80 % of the rows. Mend it there" in decision.reason


def test_nothing_is_weighed_where_labels_have_stopped() -> None:
    """Silence flatters or blackens: a figure that rests on it decides nothing."""
    decision = weigh(replace(HARMED, labels_missing="No label has arrived for 12 days"), AUTO)
    assert decision.outcome == "wait"
    assert decision.reason.startswith("No label has arrived for 12 days.")


def test_a_champion_without_counted_decisions_waits() -> None:
    """A new champion is not judged before labels of its own decisions are complete."""
    decision = weigh(replace(HARMED, counted=0, cost=None, excess=None), AUTO)
    assert decision.outcome == "wait"
    assert "none of its decisions counts" in decision.reason


def test_a_champion_with_too_few_counted_decisions_says_how_many() -> None:
    """Fewer than a window of traffic has are not weighed."""
    decision = weigh(replace(HARMED, counted=1500, cost=None, excess=None, trained_frauds=0), AUTO)
    assert decision.outcome == "wait"
    assert "as only 1,500 of its decisions count, and" in decision.reason


def test_three_times_the_frauds_pay_where_the_cost_is_large() -> None:
    """A model trained on a third of the frauds there are is expected to learn from the others."""
    unharmed = replace(HARMED, excess=Interval(0, -0.1, 0.1))
    assert weigh(replace(unharmed, fresh_frauds=399), AUTO).outcome == "wait"
    learns = weigh(replace(unharmed, fresh_frauds=400), AUTO)
    assert learns.outcome == "retrain"
    assert learns.figures["expected_gain"] == pytest.approx(0.1 * (1 - (1 / 3) ** 0.5) * 0.9 * 30_000)
    assert weigh(replace(unharmed, fresh_frauds=400, trained_frauds=0), AUTO).outcome == "wait"


@pytest.mark.parametrize(
    ("history", "fresh", "said"),
    [
        (RetrainingHistory(under_way="training"), 80, "under way"),
        (RetrainingHistory(under_way="trial"), 80, "on trial"),
        (RetrainingHistory(), 29, "29 new frauds"),
        (RetrainingHistory(days_ago=(20, 6.9)), 80, "6.9 days ago"),
        (RetrainingHistory(answered=frozenset({"2026-05-01"})), 80, "answered the drift 2026-05-01"),
    ],
)
def test_each_guard_holds_back_what_pays(history: RetrainingHistory, fresh: int, said: str) -> None:
    """What held it back is in the reason, after what it was worth."""
    decision = weigh(replace(HARMED, fresh_frauds=fresh, history=history, episode=SHIFTED), AUTO)
    assert (decision.outcome, decision.pays) == ("wait", True)
    assert said in decision.reason
    assert "expected to save" in decision.reason


def test_the_weekly_budget_holds_back_without_a_cooldown() -> None:
    """Two retrainings within seven days are two, however short the cooldown is; older ones are forgotten."""
    rules = replace(AUTO, cooldown_days=1, weekly_budget=2)
    spent = replace(HARMED, history=RetrainingHistory(days_ago=(2, 6.5)))
    assert "budget of 2 retrainings" in weigh(spent, rules).reason
    assert weigh(replace(HARMED, history=RetrainingHistory(days_ago=(2, 7.5))), rules).outcome == "retrain"


def test_a_question_waits_for_its_answer_unless_nobody_is_asked_any_more() -> None:
    """Hourly looks ask once; a stack that was set to `auto` meanwhile goes on by itself."""
    asked = replace(HARMED, history=RetrainingHistory(under_way="asked"))
    assert "asked for already" in weigh(asked, RetrainingRules(mode="ask")).reason
    assert weigh(asked, AUTO).outcome == "retrain"


def test_too_few_examples_of_what_is_new_hold_back() -> None:
    """A hundred new frauds of the known kind teach nothing about the few that were missed."""
    few = weigh(replace(HARMED, surprises=29.9), AUTO)
    assert (few.outcome, few.pays, few.figures["surprises"]) == ("wait", True, 29.9)
    assert "29 new frauds" in few.reason
    assert weigh(replace(HARMED, surprises=30), AUTO).outcome == "retrain"
    unsure = replace(HARMED, excess=Interval(0, -0.1, 0.1), fresh_frauds=400)
    assert weigh(replace(unsure, surprises=0), AUTO).outcome == "retrain"
