import io

import numpy as np
import pytest
from matplotlib import image

from functions.core import curves, figures
from functions.core.costs import Costs

Y = np.repeat([1, 0], [20, 980])
SCORES = np.concatenate((np.linspace(0.1, 0.99, 20), np.linspace(0, 0.4, 980)))


def pixels(png: bytes) -> np.ndarray:
    assert png.startswith(b"\x89PNG")
    drawn = image.imread(io.BytesIO(png))
    edges = (drawn[:2], drawn[-2:], drawn[:, :2], drawn[:, -2:])
    assert all((edge == 1).all() for edge in edges), "something is cut off"
    return drawn


@pytest.mark.parametrize("draw", [figures.confusion_matrix, figures.precision_recall_curve, figures.score_distribution])
@pytest.mark.parametrize("threshold", [0.0, 0.45, 2.0])
def test_pictures_of_scores_are_drawn_wherever_the_threshold_is(draw, threshold: float) -> None:  # noqa: ANN001
    drawn = pixels(draw(Y, SCORES, threshold=threshold))
    assert drawn.shape[1] > 600
    assert drawn.std() > 0.05


def test_drift_is_drawn_for_every_feature_up_to_a_limit() -> None:
    few = pixels(figures.drift_by_feature({"a": 0.05, "b": 0.5}, explanation=""))
    many = {f"a feature with quite a long name {i}": i / 200 for i in range(200)}
    bounded = pixels(figures.drift_by_feature(many, explanation=""))
    assert few.shape[0] < bounded.shape[0] < 1500


def test_without_anything_to_compare_the_picture_says_so() -> None:
    said = pixels(figures.drift_by_feature({}, explanation="There is no champion yet."))
    assert said.std() > 0.05


def test_the_same_figures_give_the_same_bytes() -> None:
    assert figures.confusion_matrix(Y, SCORES, threshold=0.5) == figures.confusion_matrix(Y, SCORES, threshold=0.5)


@pytest.mark.parametrize("threshold", [0.0, 0.02, 0.45, 1.5])
def test_the_cost_of_every_threshold_is_drawn_wherever_the_chosen_one_is(threshold: float) -> None:
    curve = curves.cost_curve(Y, SCORES, Costs(), threshold=threshold)
    points = curves.operating_points(Y, SCORES, Costs(), threshold=threshold)
    assert pixels(figures.cost_curve(curve, points)).std() > 0.05


@pytest.mark.parametrize("labels", [Y, np.zeros(1000, dtype=int)], ids=["frauds", "no fraud"])
def test_what_came_of_probabilities_is_drawn_even_where_no_fraud_came(labels: np.ndarray) -> None:
    drawn = pixels(figures.reliability_curve(curves.reliability_curve(labels, SCORES, spacing="log")))
    assert drawn.shape[1] > 600
    assert drawn.std() > 0.02
