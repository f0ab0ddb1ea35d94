import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from functions.core.evaluation.costs import Costs
from functions.core.evaluation.cuts import Cuts


def cut(scores: list[float]) -> Cuts:
    return Cuts.of([1] + [0] * (len(scores) - 1), scores, Costs())


@given(hnp.arrays(float, st.integers(1, 30), elements=st.sampled_from([0.0, 0.1, 0.5, 0.9, 1.0]) | st.floats(0, 1)))
def test_the_threshold_of_a_cut_makes_that_cut_and_no_other(scores: np.ndarray) -> None:
    cuts = cut(scores.tolist())
    for number in range(len(cuts.cost)):
        threshold = cuts.threshold(number)
        assert cuts.at(threshold) == number
        assert np.sum(scores >= threshold) == cuts.detected[number] + cuts.false_alarms[number]


def test_equal_scores_allow_one_cut() -> None:
    assert len(cut([0.5, 0.5, 0.5, 0.2]).cost) == 3


def test_flagging_everybody_puts_the_threshold_at_the_lowest_score_and_nobody_above_the_highest() -> None:
    cuts = cut([0.9, 0.5, 0.2])
    assert cuts.threshold(3) == 0.2
    assert cuts.threshold(0) == pytest.approx(0.9)
    assert cuts.threshold(0) > 0.9


def test_finding_all_frauds_and_no_more_is_free() -> None:
    cuts = Cuts.of([1, 0, 1], [0.9, 0.1, 0.8], Costs(missed_fraud=1, false_alarm=2), [0.1, 9.0, 0.2])
    assert cuts.cost.tolist() == pytest.approx([0.3, 0.2, 0.0, 2.0])
