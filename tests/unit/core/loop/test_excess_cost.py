"""What a version costs beyond its promise is seen where it began, and chance alone is not taken for it."""

from dataclasses import replace

import numpy as np
import pytest

from functions.core.evaluation.costs import Costs
from functions.core.evaluation.curves import ReliabilityBin, reliability_curve
from functions.core.loop.excess_cost import excess_cost
from functions.core.loop.outcomes import Outcomes
from tests.made_outcomes import NOW, decided

COSTS = Costs(missed_fraud=100.0, false_alarm=2.0)
ROWS, SHORTEST, THRESHOLD = 20_000, 1_000, 0.02


def scored(random: np.random.Generator, rows: int = ROWS) -> Outcomes:
    """Decisions whose labels are drawn from their scores."""
    score = random.beta(0.1, 8.0, rows)
    one = decided({})
    every = one.of(np.zeros(rows, dtype=np.intp))
    return replace(
        every,
        at=NOW - np.arange(rows, 0, -1) * 1_000_000,
        score=score,
        threshold=np.full(rows, THRESHOLD),
        missed_cost=random.lognormal(4.0, 0.8, rows),
        label=(random.random(rows) < score).astype(np.float64),
    )


def split(random: np.random.Generator) -> tuple[ReliabilityBin, ...]:
    rows = scored(random)
    return reliability_curve(rows.label, rows.score, spacing="log")


def test_calibrated_scores_keep_their_promise() -> None:
    """Each interval is a 95 % one, and the surest of several spans is looked for."""
    random = np.random.default_rng(0)
    found = [excess_cost(scored(random), COSTS, split(random), shortest=SHORTEST) for _ in range(20)]
    assert sum(each is not None and each.sureness > 1.3 for each in found) <= 2


def test_a_new_kind_of_fraud_is_seen_in_the_newest_decisions() -> None:
    random = np.random.default_rng(1)
    rows = scored(random)
    label = rows.label.copy()
    label[-SHORTEST:][(rows.score < THRESHOLD)[-SHORTEST:] & (random.random(SHORTEST) < 0.05)] = 1.0
    found = excess_cost(replace(rows, label=label), COSTS, split(random), shortest=SHORTEST)
    assert found is not None
    assert (found.decisions, found.since) == (SHORTEST, rows.at[-SHORTEST])
    assert found.sureness > 2
    assert found.excess.low > 0


def test_a_small_excess_is_seen_in_many_decisions() -> None:
    random = np.random.default_rng(2)
    rows = scored(random)
    label = rows.label.copy()
    label[(rows.score < THRESHOLD) & (random.random(ROWS) < 0.002)] = 1.0
    found = excess_cost(replace(rows, label=label), COSTS, split(random), shortest=SHORTEST)
    assert found is not None
    assert found.decisions > SHORTEST
    assert found.excess.estimate == pytest.approx(0.002 * np.exp(4.0 + 0.32), rel=0.5)


def test_decisions_are_judged_by_the_threshold_that_they_met() -> None:
    """All were alarms under the first threshold: what they cost is their checks, not their frauds."""
    random = np.random.default_rng(3)
    rows = replace(scored(random, SHORTEST), threshold=np.zeros(SHORTEST))
    found = excess_cost(rows, COSTS, split(random), shortest=SHORTEST)
    assert found is not None
    assert found.realised == pytest.approx(2.0 * np.mean(rows.label == 0))
    assert abs(found.excess.estimate) < 0.1


def test_nothing_is_said_of_few_decisions() -> None:
    random = np.random.default_rng(4)
    assert excess_cost(scored(random, SHORTEST - 1), COSTS, (), shortest=SHORTEST) is None
