"""The weights of the ensemble, and that it is the same mean wherever it is worked out."""

from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit, logit
from sklearn.pipeline import Pipeline

from functions.core.data.chosen_rows import ChosenTable
from functions.core.data.frames import Frame
from functions.core.data.tables import LabelledTable
from functions.core.training.blending import Blend, Blended, blend, pool_weights, pooled
from functions.core.training.calibration import SigmoidCalibrator
from functions.core.training.crossfit import CrossFitted, cross_fit, rotating_folds
from functions.core.training.flagging import FlaggingClassifier
from functions.core.training.models import train
from functions.core.training.persistence import dump_model, load_model
from tests.tables import transactions


def likelihood(probabilities: np.ndarray, weights: np.ndarray, y: np.ndarray) -> float:
    mixed = probabilities @ weights
    return float(np.log(np.where(y == 1, mixed, 1 - mixed)).sum())


def members(seed: int, rows: int = 500) -> tuple[np.ndarray, np.ndarray]:
    """Draw three models of which each sees another part of what decides, and a fourth that says the share."""
    rng = np.random.default_rng(seed)
    parts = rng.normal(size=(rows, 3))
    y = (rng.random(rows) < expit(2 * parts.sum(axis=1) - 3)).astype(int)
    return np.column_stack((expit(2 * parts - 3), np.full(rows, y.mean()))), y


def pool(probabilities: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the calibrated pool of all the columns."""
    names = [str(place) for place in range(probabilities.shape[1])]
    scores = dict(zip(names, probabilities.T, strict=True))
    mean = pooled(scores, dict(zip(names, pool_weights(probabilities, y).weights, strict=True)), "log_odds")
    return SigmoidCalibrator().fit(mean, y).calibrate(mean)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000))
def test_no_member_and_no_plain_mean_makes_the_labels_likelier(seed: int) -> None:
    probabilities, y = members(seed)
    weights = pool_weights(probabilities, y).weights
    assert weights.sum() == pytest.approx(1)
    assert weights.min() >= 0
    reached = likelihood(pool(probabilities, y)[:, np.newaxis], np.ones(1), y)
    for other in (*np.eye(4), np.full(4, 0.25)):
        mean = expit(logit(probabilities) @ other)
        calibrated = SigmoidCalibrator().fit(mean, y).calibrate(mean)
        assert reached >= likelihood(calibrated[:, np.newaxis], np.ones(1), y) - 0.05


def test_what_three_models_each_see_a_third_of_is_put_together() -> None:
    """The log-odds of the truth are the sum of theirs: no mean of probabilities comes near."""
    probabilities, y = members(3, rows=20_000)
    weights = pool_weights(probabilities, y).weights
    assert weights[:3] / weights[:3].sum() == pytest.approx(1 / 3, abs=0.02)
    best_of_means = likelihood(probabilities[:, :3], np.full(3, 1 / 3), y)
    assert likelihood(pool(probabilities[:, :3], y)[:, np.newaxis], np.ones(1), y) > best_of_means + 1_000


def test_a_member_that_says_the_opposite_has_no_weight() -> None:
    truth = expit(np.random.default_rng(0).normal(-2, 2, 5_000))
    y = (np.random.default_rng(1).random(5_000) < truth).astype(int)
    assert pool_weights(np.column_stack((truth, 1 - truth)), y).weights == pytest.approx([1, 0], abs=1e-3)


@pytest.mark.parametrize("certain", [0.0, 1.0])
def test_members_that_are_certain_and_wrong_do_not_break_the_search(certain: float) -> None:
    y = np.array([1, 0, 1, 0])
    weights = pool_weights(np.column_stack((np.full(4, certain), [0.8, 0.1, 0.7, 0.2])), y).weights
    assert weights == pytest.approx([0, 1], abs=0.01)


def test_members_no_better_than_chance_count_alike() -> None:
    truth = expit(np.random.default_rng(0).normal(-2, 2, 500))
    y = (np.random.default_rng(1).random(500) < truth).astype(int)
    assert pool_weights(np.column_stack((1 - truth, 1 - truth)), y).weights == pytest.approx([0.5, 0.5])


def test_a_pool_by_hand() -> None:
    scores = {"a": np.array([0.1, 0.2]), "b": np.array([0.5, 0.6]), "left out": np.array([1.0, 1.0])}
    weights = {"a": 0.75, "b": 0.25}
    np.testing.assert_allclose(pooled(scores, weights, "probabilities"), [0.2, 0.3])
    odds = [np.exp(0.75 * np.log(1 / 9)), np.exp(0.75 * np.log(1 / 4) + 0.25 * np.log(3 / 2))]
    np.testing.assert_allclose(pooled(scores, weights, "log_odds"), [odd / (1 + odd) for odd in odds])


def test_an_ensemble_of_an_earlier_release_stays_a_mean_of_probabilities() -> None:
    calibrator = SigmoidCalibrator().fit(np.array([0.1, 0.6, 0.4, 0.9]), [0, 0, 1, 1])
    old = Blend({}, {"a": 0.75, "b": 0.25}, calibrator)
    del old.pooling  # as it is loaded from a file that has no such attribute
    scores = {"a": np.array([0.1, 0.2]), "b": np.array([0.5, 0.6])}
    np.testing.assert_allclose(old.combine(scores), calibrator.calibrate([0.2, 0.3]))


def _fit(rows: ChosenTable, algorithm: str) -> Pipeline:
    return train(rows.X, rows.y, algorithm=algorithm, kinds=rows.kinds, seed=1)


@pytest.fixture(scope="module")
def blended() -> tuple[Blended, dict[str, np.ndarray], LabelledTable[Frame]]:
    table = transactions(900)
    is_validation = table.y.index.to_series() % 4 == 0
    folds = rotating_folds(table.take(~is_validation), table.take(is_validation), seed=1)
    fitted = {name: cross_fit(folds, partial(_fit, algorithm=name)) for name in ("logistic_regression", "lightgbm")}
    models, scores = {name: each.model for name, each in fitted.items()}, {n: each.scores for n, each in fitted.items()}
    noise = np.random.default_rng(0).random(len(folds.held_out.y))
    useless = SigmoidCalibrator().fit(noise, folds.held_out.y).calibrate(noise)
    models["useless"], scores["useless"] = CrossFitted([], SigmoidCalibrator()), useless
    return blend(models, scores, folds.held_out.y), scores, folds.held_out


def test_a_useless_member_is_left_out(blended: tuple[Blended, dict[str, np.ndarray], LabelledTable[Frame]]) -> None:
    model = blended[0].model
    assert "useless" not in model.members
    assert model.members.keys() == model.weights.keys()
    assert sum(model.weights.values()) == pytest.approx(1)


def test_the_blend_is_calibrated_and_no_likelier_by_any_member(
    blended: tuple[Blended, dict[str, np.ndarray], LabelledTable[Frame]],
) -> None:
    found, scores, held_out = blended
    y = held_out.y.to_numpy()
    assert found.scores.mean() == pytest.approx(y.mean(), abs=1e-3)
    reached = likelihood(found.scores[:, np.newaxis], np.ones(1), y)
    assert all(reached >= likelihood(each[:, np.newaxis], np.ones(1), y) - 0.1 for each in scores.values())


def test_combining_known_scores_is_scoring_the_rows(
    blended: tuple[Blended, dict[str, np.ndarray], LabelledTable[Frame]],
) -> None:
    model, rows = blended[0].model, transactions(100, seed=1).X
    known = {name: member.predict_proba(rows)[:, 1] for name, member in model.members.items()}
    known["another"] = np.zeros(100)
    np.testing.assert_array_equal(model.combine(known), model.predict_proba(rows)[:, 1])


def test_before_validation_it_is_made_of_the_members_that_have_not_seen_it(
    blended: tuple[Blended, dict[str, np.ndarray], LabelledTable[Frame]],
) -> None:
    model = blended[0].model
    early = model.before_validation()
    assert isinstance(early, Blend)
    assert early.weights == model.weights
    for name, member in early.members.items():
        assert member.members == [model.members[name].members[-1]]


def test_it_is_saved_and_loaded_with_and_without_a_threshold(
    blended: tuple[Blended, dict[str, np.ndarray], LabelledTable[Frame]],
) -> None:
    model, rows = blended[0].model, transactions(100, seed=1).X
    expected = model.predict_proba(rows)
    np.testing.assert_allclose(load_model(dump_model(model)).predict_proba(rows), expected, rtol=0, atol=1e-6)
    with_threshold = load_model(dump_model(FlaggingClassifier(model, 0.1)))
    np.testing.assert_allclose(with_threshold.predict_proba(rows), expected, rtol=0, atol=1e-6)
    np.testing.assert_array_equal(with_threshold.predict(rows), expected[:, 1] >= 0.1)
