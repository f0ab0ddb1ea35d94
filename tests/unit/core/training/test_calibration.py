"""Scores become probabilities, and rows keep their order."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.special import expit, logit

from functions.core.training.calibration import SigmoidCalibrator

LABELLED_SCORES = st.integers(2, 40).flatmap(
    lambda n: st.tuples(
        hnp.arrays(np.int8, n, elements=st.integers(0, 1)).filter(lambda y: 0 < y.sum() < len(y)),
        hnp.arrays(float, n, elements=st.sampled_from([0.0, 0.1, 0.5, 1.0]) | st.floats(0, 1)),
    )
)


def probabilities(rows: int = 40_000, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Draw probabilities, and labels that come true as often as they say."""
    rng = np.random.default_rng(seed)
    drawn = expit(rng.normal(-4, 2, rows))
    return drawn, (rng.random(rows) < drawn).astype(int)


def test_the_formula() -> None:
    calibrator = SigmoidCalibrator()
    calibrator.slope_, calibrator.intercept_ = 2.0, -1.0
    # logit(0.5) is 0, logit(0.9) is ln 9.
    np.testing.assert_allclose(calibrator.calibrate([0.5, 0.9]), [1 / (1 + np.e), 81 / (81 + np.e)])


def test_probabilities_are_left_as_they_are() -> None:
    drawn, y = probabilities()
    calibrator = SigmoidCalibrator().fit(drawn, y)
    assert (calibrator.slope_, calibrator.intercept_) == pytest.approx((1, 0), abs=0.1)


@pytest.mark.parametrize("shift", [-4.0, 3.0])
def test_odds_that_another_share_of_frauds_has_shifted_are_put_right(shift: float) -> None:
    """As resampling leaves them: all odds out by one factor."""
    drawn, y = probabilities()
    calibrator = SigmoidCalibrator().fit(expit(logit(drawn) + shift), y)
    assert calibrator.slope_ == pytest.approx(1, abs=0.1)
    assert calibrator.intercept_ == pytest.approx(-shift, abs=0.3)
    assert calibrator.calibrate(expit(logit(drawn) + shift)).mean() == pytest.approx(y.mean(), rel=1e-3)


@settings(max_examples=40)
@given(LABELLED_SCORES)
def test_rows_keep_their_order_and_the_mean_is_the_share_of_frauds(pair: tuple[np.ndarray, np.ndarray]) -> None:
    y, scores = pair
    calibrated = SigmoidCalibrator().fit(scores, y).calibrate(scores)
    assert np.isfinite(calibrated).all()
    assert (np.diff(calibrated[np.argsort(scores)]) >= 0).all()
    assert calibrated.mean() == pytest.approx(y.mean(), abs=0.01)


def test_scores_that_rank_worse_than_chance_all_become_the_share_of_frauds() -> None:
    drawn, y = probabilities(rows=2_000)
    np.testing.assert_allclose(SigmoidCalibrator().fit(1 - drawn, y).calibrate([0.0, 0.3, 1.0]), y.mean())


def test_scores_that_part_the_classes_do_not_run_away() -> None:
    calibrator = SigmoidCalibrator().fit([0.1, 0.2, 0.8, 0.9], [0, 0, 1, 1])
    low, high = calibrator.calibrate([0.2, 0.8])
    assert (low, high) == pytest.approx((0, 1), abs=0.01)
