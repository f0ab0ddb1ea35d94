"""A candidate that has learnt next to nothing is named and never selected; of the others the best is."""

import numpy as np
import pytest

from functions.core.data.tables import LabelledTable
from functions.core.errors import NoUsableModelError
from functions.core.training.candidates import (
    MIN_FRAUDS,
    ScoreQuality,
    baseline_average_precision,
    select,
    why_collapsed,
)
from tests.tables import transactions


def qualities(**average_precisions: float) -> dict[str, ScoreQuality]:
    return {name: ScoreQuality(each, 0.001) for name, each in average_precisions.items()}


def test_score_quality_by_hand() -> None:
    # Ranked 1, 0, 1: precision 1 at the first fraud, 2/3 at the second. Squared errors 0.01, 0.64, 0.25 of 3 rows.
    quality = ScoreQuality.of([1, 0, 1], [0.9, 0.8, 0.5])
    assert quality.average_precision == pytest.approx((1 + 2 / 3) / 2)
    assert quality.brier_score == pytest.approx(0.3)


@pytest.mark.parametrize(
    ("average_precision", "frauds", "collapsed"),
    [(0.34, MIN_FRAUDS, True), (0.35, MIN_FRAUDS, False), (0.9, 500, False), (0.002, MIN_FRAUDS - 1, False)],
    ids=["below half of the baseline", "half of it", "above it", "too few frauds to tell"],
)
def test_what_has_collapsed_is_told_by_a_simple_baseline(
    average_precision: float, frauds: int, *, collapsed: bool
) -> None:
    why = why_collapsed(average_precision, baseline=0.7, frauds=frauds)
    assert (why is not None) is collapsed
    if why:
        assert "0.340 on validation is far below the 0.700 of a logistic regression" in why


def parts() -> tuple[LabelledTable, LabelledTable]:
    table = transactions(1200)
    is_validation = table.y.index.to_series() % 3 == 0
    return table.take(~is_validation), table.take(is_validation)


def test_the_baseline_learns_what_there_is_to_learn_and_no_more() -> None:
    training, validation = parts()
    learnt = baseline_average_precision(training, validation, seed=1)
    assert 0.7 < learnt <= 1
    assert learnt == baseline_average_precision(training, validation, seed=1)
    shuffled = training.y.sample(frac=1, random_state=1).reset_index(drop=True)
    nothing = baseline_average_precision(LabelledTable(training.X, shuffled, training.kinds), validation, seed=1)
    assert nothing < 0.5 * learnt


def test_the_baseline_takes_every_fraud_and_few_of_very_many_rows() -> None:
    training, validation = parts()
    many = LabelledTable(
        training.X.loc[np.repeat(training.X.index, 20)].reset_index(drop=True),
        training.y.loc[np.repeat(training.y.index, 20)].reset_index(drop=True),
        training.kinds,
    )
    assert baseline_average_precision(many, validation, seed=1) > 0.7


def test_the_highest_average_precision_is_selected_and_the_second_is_named() -> None:
    best, why = select(qualities(mlp=0.852, lightgbm=0.871, xgboost=0.868), {})
    assert best == "lightgbm"
    assert why == ("lightgbm has the highest average precision on the held-out rows, 0.871 against 0.868 of xgboost.")


def test_of_equals_the_first_is_selected() -> None:
    assert select(qualities(mlp=0.8, xgboost=0.8), {})[0] == "mlp"


def test_figures_that_differ_are_written_so_and_equal_ones_are_called_equal() -> None:
    assert "0.1591 against 0.1588 of mlp" in select(qualities(mlp=0.1588, xgboost=0.1591), {})[1]
    assert select(qualities(mlp=0.8, xgboost=0.8), {})[1] == (
        "mlp and xgboost have the same average precision on the held-out rows, 0.800."
    )


def test_the_one_that_was_asked_for_is_not_said_to_be_the_only_one_that_can_be_used() -> None:
    assert select(qualities(mlp=0.8), {})[1] == (
        "mlp is the candidate that was asked for; its average precision on the held-out rows is 0.800."
    )


def test_one_that_has_collapsed_is_not_selected_even_if_it_ranks_first() -> None:
    best, why = select(qualities(mlp=0.9, xgboost=0.8), {"mlp": "it fell over"})
    assert best == "xgboost"
    assert why == ("xgboost is the only candidate that can be used; its average precision on held-out rows is 0.800.")


def test_where_all_have_collapsed_the_run_ends_and_each_reason_is_told() -> None:
    with pytest.raises(NoUsableModelError, match=r"\(mlp: too low; xgboost: lower\)"):
        select(qualities(mlp=0.01, xgboost=0.002), {"mlp": "too low", "xgboost": "lower"})
