"""The trial of a challenger: which decisions count, how they are paid, and its verdicts; the rollback that is alike."""

from dataclasses import replace

import numpy as np
import pytest

from functions.core.loop.maturity import DAY, Matured, MaturityRule, mature
from functions.core.loop.outcomes import Outcomes, ShadowScores
from functions.core.loop.rollback_rule import judge_new_champion
from functions.core.loop.shadow_trial import Pair, judge_trial, pair_gains

PAIR = Pair("1", "2", 5.0)
ALL = MaturityRule(now=10**15, heard_until=10**15, delay_days=0)
FRAUD, HONEST, UNSAID = 1.0, 0.0, np.nan


def decisions(
    rows: list[tuple[bool, bool, float]], price: float = 100.0, version: str = "1"
) -> tuple[Outcomes, dict[str, ShadowScores]]:
    """Return decisions, an hour apart: whether champion and challenger alarm on each, and its label."""
    champion, challenger = (np.array([row[place] for row in rows]) * 0.9 for place in (0, 1))
    other = "2" if version == "1" else "1"
    decided, shadow = (champion, challenger) if version == "1" else (challenger, champion)
    n, label = len(rows), np.array([row[2] for row in rows])
    outcomes = Outcomes(
        transaction_id=np.arange(n).astype(str).astype(object),
        at=np.arange(n) * DAY // 24 + 1,
        version=np.full(n, version, dtype=object),
        score=decided,
        threshold=np.full(n, 0.5),
        passed=decided < 0.5,
        weight=np.ones(n),
        missed_cost=np.full(n, price),
        label=label,
        labelled_at=np.where(np.isnan(label), 0, 1),
    )
    return outcomes, {other: ShadowScores(other, shadow, np.full(n, 0.5))}


def matured(outcomes: Outcomes) -> Matured:
    return mature(outcomes, ALL)


CAUGHT_BY_BOTH = [(True, True, FRAUD)] * 10
CAUGHT_BY_CHALLENGER = [(False, True, FRAUD)] * 30


def test_each_disagreement_is_paid_by_what_the_two_would_have_cost() -> None:
    rows = [
        (False, True, FRAUD),
        (False, True, HONEST),
        (True, False, FRAUD),
        (True, False, HONEST),
        (True, True, FRAUD),
    ]
    outcomes, shadows = decisions(rows)
    paired = pair_gains(matured(outcomes), shadows, PAIR)
    assert paired.gains.tolist() == [100.0, -5.0, -100.0, 5.0, 0.0]
    assert paired.disagreements == 4
    assert (paired.rows, paired.frauds, paired.unknown) == (5, 3, 0)


def test_a_challenger_that_finds_more_is_promoted_and_one_that_finds_less_is_stopped() -> None:
    outcomes, shadows = decisions(CAUGHT_BY_BOTH + CAUGHT_BY_CHALLENGER)
    verdict = judge_trial(matured(outcomes), shadows, PAIR)
    assert verdict.outcome == "promote"
    assert verdict.metrics["saved"] == 3000.0
    assert verdict.reason.startswith("Version 2 costs less than version 1 beyond the noise. On the same 40 decisions")
    swapped = Pair("2", "1", 5.0)
    others, scores = decisions(CAUGHT_BY_BOTH + CAUGHT_BY_CHALLENGER, version="2")
    assert judge_trial(matured(others), scores, swapped).outcome == "stop"


def test_the_lead_is_above_zero_at_its_lower_end_exactly_where_it_is_promoted() -> None:
    for more in range(1, 31):
        outcomes, shadows = decisions(CAUGHT_BY_BOTH + CAUGHT_BY_CHALLENGER[:more])
        verdict = judge_trial(matured(outcomes), shadows, PAIR)
        assert verdict.metrics["lead"] == pytest.approx(100 * more / (10 + more))
        assert (verdict.outcome == "promote") == (verdict.metrics.get("lead_low", -1) > 0)


def test_a_few_frauds_more_are_not_enough() -> None:
    outcomes, shadows = decisions(CAUGHT_BY_BOTH + CAUGHT_BY_CHALLENGER[:2])
    verdict = judge_trial(matured(outcomes), shadows, PAIR)
    assert verdict.outcome == "wait"
    assert 1 < verdict.metrics["evidence"] < 20


def test_before_a_decision_counts_the_trial_waits() -> None:
    outcomes, shadows = decisions(CAUGHT_BY_BOTH)
    young = mature(outcomes, MaturityRule(now=10**15, heard_until=10**15, delay_days=10**5))
    verdict = judge_trial(young, shadows, PAIR)
    assert verdict.outcome == "wait"
    assert verdict.reason.startswith("No decision that version 2 and version 1 have both scored counts yet.")
    assert judge_trial(matured(outcomes), {}, PAIR).metrics["decisions"] == 0


def test_two_that_do_not_differ_in_sixty_days_end_their_trial() -> None:
    outcomes, shadows = decisions([(False, False, HONEST)] * (24 * 60 + 2))
    verdict = judge_trial(matured(outcomes), shadows, PAIR)
    assert verdict.outcome == "stop"
    assert "does not differ from version 1 beyond the noise in 60 days" in verdict.reason


def test_decisions_of_others_and_those_that_one_did_not_score_are_left_out() -> None:
    outcomes, shadows = decisions(CAUGHT_BY_CHALLENGER)
    version, score = outcomes.version.copy(), shadows["2"].score.copy()
    version[:10], score[10:25] = "0", np.nan
    paired = pair_gains(matured(replace(outcomes, version=version)), {"2": replace(shadows["2"], score=score)}, PAIR)
    assert (paired.rows, paired.disagreements) == (5, 5)


def test_decisions_that_the_challenger_has_made_count_too() -> None:
    outcomes, shadows = decisions([(False, True, FRAUD), (True, False, HONEST)], version="2")
    assert pair_gains(matured(outcomes), shadows, PAIR).gains.tolist() == [100.0, 5.0]


def test_weights_count_for_gains_and_for_what_may_be_lost() -> None:
    outcomes, shadows = decisions([*CAUGHT_BY_BOTH, (False, True, FRAUD)])
    weight = np.ones(11)
    weight[-1] = 20.0
    paired = pair_gains(matured(replace(outcomes, weight=weight)), shadows, PAIR)
    assert (paired.gains[-1], paired.bounds[-1]) == (2000.0, pytest.approx(2000.0))


def test_alarms_that_nobody_knows_of_count_as_the_champion_expects_and_never_for_the_challenger() -> None:
    outcomes, shadows = decisions([*CAUGHT_BY_BOTH, (True, False, UNSAID), (False, True, FRAUD)])
    paired = pair_gains(matured(outcomes), shadows, PAIR)
    assert paired.gains[10:].tolist() == [pytest.approx(-(0.9 * 100 - 0.1 * 5)), 100.0]
    assert paired.unknown == 1
    assert "Of 1 alarm among them nobody knows" in judge_trial(matured(outcomes), shadows, PAIR).reason
    cheap, shadows = decisions([*CAUGHT_BY_BOTH, (True, False, UNSAID)], price=0.1)
    assert pair_gains(matured(cheap), shadows, PAIR).gains.tolist() == [0.0] * 11


def test_a_challenger_that_lets_all_pass_gains_nothing_by_what_nobody_knows() -> None:
    outcomes, shadows = decisions(CAUGHT_BY_BOTH + [(True, False, UNSAID)] * 100)
    assert judge_trial(matured(outcomes), shadows, PAIR).outcome == "stop"


def test_an_amount_that_is_missing_costs_nothing() -> None:
    outcomes, shadows = decisions([(False, True, FRAUD)] * 2)
    unpriced = replace(outcomes, missed_cost=np.array([np.nan, -3.0]))
    assert pair_gains(matured(unpriced), shadows, PAIR).gains.tolist() == [0.0, 0.0]


def test_a_new_champion_that_misses_what_the_former_one_finds_is_taken_back() -> None:
    outcomes, shadows = decisions(CAUGHT_BY_BOTH + CAUGHT_BY_CHALLENGER)
    verdict = judge_new_champion(matured(outcomes), shadows, PAIR)
    assert verdict.roll_back
    assert "Version 2 costs less than version 1" in verdict.reason


def test_a_new_champion_is_judged_by_its_own_decisions_alone() -> None:
    outcomes, shadows = decisions(CAUGHT_BY_BOTH + CAUGHT_BY_CHALLENGER, version="2")
    verdict = judge_new_champion(matured(outcomes), shadows, PAIR)
    assert not verdict.roll_back
    assert verdict.metrics["decisions"] == 0
