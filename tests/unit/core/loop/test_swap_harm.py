"""Harm after a swap: found within a few hundred transactions, and hardly ever where there is none."""

from collections import Counter

import numpy as np
import pytest
from numpy.typing import NDArray

from functions.core.loop.swap_harm import ALPHA, Made, SwapHarm, evidence, harm
from functions.core.loop.swap_limits import LIMITS

RANDOM = np.random.default_rng


def pairs_of(new: NDArray[np.bool_], other: NDArray[np.bool_], event: Made = "alarm") -> Counter[tuple[Made, Made]]:
    names: tuple[Made, Made] = ("pass", event)
    return Counter((names[int(one)], names[int(two)]) for one, two in zip(new, other, strict=True))


def first_harm(new: NDArray[np.bool_], other: NDArray[np.bool_], event: Made = "alarm") -> tuple[int, SwapHarm | None]:
    """Look after each ten transactions."""
    counted: Counter[tuple[Made, Made]] = Counter()
    for start in range(0, len(new), 10):
        counted += pairs_of(new[start : start + 10], other[start : start + 10], event)
        if (found := harm(counted)) is not None:
            return start + 10, found
    return len(new), None


@pytest.mark.parametrize(
    ("rate", "alarms", "rule", "within"),
    [
        (0.01, 0.10, "more_alarms", 1500),
        (0.01, 1.0, "more_alarms", 60),
        (0.02, 0.0, "fewer_alarms", 2500),
    ],
)
def test_alarms_on_far_more_or_far_less_are_found_soon(rate: float, alarms: float, rule: str, within: int) -> None:
    taken = []
    for seed in range(20):
        random = RANDOM(seed)
        drawn = random.random((2, 4000))
        after, found = first_harm(drawn[0] < alarms, drawn[1] < rate)
        assert found is not None
        assert found.rule == rule
        taken.append(after)
    assert np.quantile(taken, 0.9) <= within


def test_a_version_that_can_not_score_what_the_former_one_can_is_found_at_once() -> None:
    after, found = first_harm(np.ones(100, bool), np.zeros(100, bool), "failed")
    assert found == SwapHarm("failures", of=after, new=after, other=0)
    assert after <= 20


def test_what_neither_can_score_is_no_harm_of_the_new_one() -> None:
    assert harm(Counter({("failed", "failed"): 10_000, ("pass", "pass"): 100})) is None


def test_alarms_that_change_places_or_double_are_no_harm() -> None:
    assert harm(Counter({("alarm", "pass"): 300, ("pass", "alarm"): 300, ("pass", "pass"): 20_000})) is None
    assert harm(Counter({("alarm", "pass"): 200, ("alarm", "alarm"): 200, ("pass", "pass"): 20_000})) is None


def test_at_the_limit_hardly_any_swap_is_taken_back_with_a_look_after_each_ten_transactions() -> None:
    """The worst that is no harm: an alarm rate of exactly three times the other's and the margin."""
    limit = LIMITS["more_alarms"]
    swaps, rows, rate = 1000, 5000, 0.02
    random = RANDOM(7)
    kinds = random.choice(4, (swaps, rows // 10, 10), p=_joint(rate * limit.factor + limit.margin, rate))
    counts = np.stack([(kinds == kind).sum(2).cumsum(1) for kind in range(4)], axis=2)
    names: list[tuple[Made, Made]] = [("alarm", "alarm"), ("alarm", "pass"), ("pass", "alarm"), ("pass", "pass")]
    taken_back = sum(
        any(harm(dict(zip(names, look, strict=True))) is not None for look in swap.tolist()) for swap in counts[:, ::20]
    )
    assert taken_back / swaps <= ALPHA


def test_equal_versions_gather_no_evidence() -> None:
    random = RANDOM(3)
    flagged = random.random(50_000) < 0.01
    found = evidence(pairs_of(flagged, flagged))
    assert set(found.values()) == {0.0}


def _joint(new: float, other: float) -> list[float]:
    both = new * other
    return [both, new - both, other - both, 1 - new - other + both]
