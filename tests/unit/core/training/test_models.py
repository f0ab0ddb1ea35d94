import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score

from functions.core.data.tables import Kind, LabelledTable
from functions.core.errors import InvalidDatasetError, InvalidSettingsError
from functions.core.features.plan import FeatureSettings
from functions.core.histories.history_plan import HistoryColumn, HistoryPlan
from functions.core.histories.table_histories import with_histories
from functions.core.training.algorithms import ALGORITHMS
from functions.core.training.calibration import SigmoidCalibrator
from functions.core.training.crossfit import CrossFitted
from functions.core.training.flagging import FlaggingClassifier
from functions.core.training.imbalance import Imbalance
from functions.core.training.models import parameters, strategy, train
from functions.core.training.threads import threads_of, use_threads

IMBALANCES: tuple[Imbalance, Imbalance] = ("none", "class_weights")
KINDS: dict[str, Kind] = {"a": "numeric", "b": "numeric", "shop": "categorical"}


def fraud_table(rows: int, fraud_rate: float, seed: int = 0) -> tuple[pd.DataFrame, pd.Series]:
    rng = np.random.default_rng(seed)
    y = pd.Series((np.arange(rows) < rows * fraud_rate), dtype="int8", name="fraud")
    X = pd.DataFrame({"a": rng.normal(size=rows) + 3 * y, "b": rng.lognormal(3, 1, rows) * (1 + y)})
    return X.assign(shop=pd.Series(rng.choice(["x", "y"], rows), dtype="str")), y


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize(
    ("rows", "fraud_rate"),
    [
        (100, 0.1),
        pytest.param(2_000, 0.03, marks=pytest.mark.thorough),
        pytest.param(10_000, 0.002, marks=pytest.mark.thorough),
    ],
)
def test_fraud_is_ranked_well_above_chance_in_small_and_in_imbalanced_tables(
    algorithm: str, rows: int, fraud_rate: float
) -> None:
    X, y = fraud_table(rows, fraud_rate)
    new_X, new_y = fraud_table(rows, fraud_rate, seed=1)
    scores = train(X, y, algorithm=algorithm, kinds=KINDS, seed=1).predict_proba(new_X)[:, 1]
    # A logistic regression that knows how the table was made reaches 0.6 to 0.9, chance the fraud rate. A forest that
    # sees no labels can't know which outliers are meant.
    floor = 5 * fraud_rate if algorithm == "isolation_forest" else 0.25
    assert average_precision_score(new_y, scores) > floor


@pytest.mark.thorough
def test_the_same_seed_gives_the_same_model_and_another_seed_another() -> None:
    X, y = fraud_table(300, 0.1)
    first, again, other = (train(X, y, algorithm="mlp", kinds=KINDS, seed=seed).predict_proba(X) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_the_largest_seed_is_a_seed(algorithm: str) -> None:
    X, y = fraud_table(100, 0.1)
    train(X, y, algorithm=algorithm, kinds=KINDS, seed=2**32 - 1)


def test_an_unknown_algorithm_is_refused_with_the_known_ones() -> None:
    X, y = fraud_table(100, 0.1)
    with pytest.raises(InvalidSettingsError, match="'magic'; there are: mlp"):
        train(X, y, algorithm="magic", kinds=KINDS, seed=1)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("imbalance", ["smote", "focal_loss"])
def test_a_strategy_is_named_for_every_candidate_or_refused_with_those_that_can(
    algorithm: str, imbalance: Imbalance
) -> None:
    if imbalance == "focal_loss" and algorithm in ("mlp", "catboost", "hist_gradient_boosting", "logistic_regression"):
        with pytest.raises(InvalidSettingsError, match=f"'{algorithm}' .* focal loss.*: xgboost, lightgbm"):
            strategy(algorithm, imbalance)
    else:
        assert strategy(algorithm, imbalance) == ("none" if algorithm == "isolation_forest" else imbalance)


@pytest.mark.parametrize(
    "algorithm",
    [
        pytest.param("mlp", marks=pytest.mark.thorough),
        "xgboost",
        "lightgbm",
        "hist_gradient_boosting",
        "logistic_regression",
    ],
)
def test_class_weights_raise_the_scores_of_a_rare_class(algorithm: str) -> None:
    X, y = fraud_table(500, 0.05)
    plain, weighted = (
        train(X, y, algorithm=algorithm, kinds=KINDS, seed=1, imbalance=imbalance).predict_proba(X)[:, 1].mean()
        for imbalance in IMBALANCES
    )
    assert weighted > plain


def test_the_isolation_forest_sees_no_labels() -> None:
    X, y = fraud_table(300, 0.1)
    first, other = (
        train(X, labels, algorithm="isolation_forest", kinds=KINDS, seed=1, imbalance="undersampling").predict_proba(X)
        for labels in (y, 1 - y)
    )
    np.testing.assert_array_equal(first, other)


@pytest.mark.parametrize(
    ("algorithm", "name", "value", "recorded"),
    [
        ("mlp", "alpha", 0.5, "mlp_2__alpha"),
        ("xgboost", "max_depth", 2, "max_depth"),
        ("lightgbm", "num_leaves", 3, "num_leaves"),
        ("hist_gradient_boosting", "max_iter", 7, "max_iter"),
        ("logistic_regression", "C", 3.0, "C"),
        ("isolation_forest", "n_estimators", 9, "forest__n_estimators"),
    ],
)
def test_given_parameters_replace_the_defaults_and_unknown_ones_are_refused(
    algorithm: str, name: str, value: float, recorded: str
) -> None:
    X, y = fraud_table(100, 0.1)
    model = train(X, y, algorithm=algorithm, kinds=KINDS, seed=1, params={name: value})
    assert parameters(model)[recorded] == value
    with pytest.raises(InvalidSettingsError, match=f"'{algorithm}' has no parameter 'magic'"):
        train(X, y, algorithm=algorithm, kinds=KINDS, seed=1, params={"magic": 1})


def test_a_fraud_that_only_the_history_of_its_card_tells_is_found() -> None:
    rng = np.random.default_rng(0)
    usual = np.exp(rng.normal(4, 2, 300))
    card = rng.integers(0, 300, 4_000)
    y = pd.Series(np.arange(4_000) % 40 == 0, dtype="int8", name="fraud")
    amounts = usual[card] * np.exp(rng.normal(0, 0.2, 4_000)) * (1 + 4 * y)
    X = pd.DataFrame({"card": card.astype(float), "day": np.arange(4_000.0), "amount": amounts})
    kinds: dict[str, Kind] = dict.fromkeys(map(str, X), "numeric")
    columns = [HistoryColumn(f"card_{aggregate}", "card", aggregate) for aggregate in ("count", "mean", "ratio")]
    plan = HistoryPlan("day", None, "amount", None, (0, 6), 1_000, tuple(columns))
    with_past, _ = with_histories(LabelledTable(X, y, kinds), plan)
    features = FeatureSettings(amount="amount", entity="card", time="day")
    found = []
    for table, own in ((LabelledTable(X, y, kinds), None), (with_past, features)):
        known, new = table.part(0, 2_000), table.part(2_000, None)
        model = train(known.X, known.y, algorithm="lightgbm", kinds=table.kinds, seed=1, features=own)
        found.append(average_precision_score(new.y, model.predict_proba(new.X)[:, 1]))
    assert found[0] < 0.3
    assert found[1] > 0.8


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_features_of_a_column_that_is_not_there_are_refused(algorithm: str) -> None:
    X, y = fraud_table(100, 0.1)
    with pytest.raises(InvalidSettingsError, match="amount_column names 'amount', but the dataset has no such feature"):
        train(X, y, algorithm=algorithm, kinds=KINDS, seed=1, features=FeatureSettings(amount="amount"))


def test_a_table_without_a_varying_column_is_refused() -> None:
    X, y = fraud_table(100, 0.1)
    with pytest.raises(InvalidDatasetError, match="one value only"):
        train(X.assign(a=1.0), y, algorithm="mlp", kinds={"a": "numeric"}, seed=1)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_parameters_are_plain_values(algorithm: str) -> None:
    X, y = fraud_table(100, 0.1)
    values = parameters(train(X, y, algorithm=algorithm, kinds=KINDS, seed=7))
    json.dumps(values, allow_nan=False)
    # The logistic regression's solver draws nothing.
    seeded = [value for name, value in values.items() if name.endswith(("random_state", "random_seed"))]
    assert 7 in seeded or algorithm == "logistic_regression"


@given(
    trained=st.sets(st.sampled_from(sorted(ALGORITHMS)), min_size=1),
    at_once=st.integers(1, 8),
    cores=st.integers(1, 16),
)
def test_candidates_that_are_trained_at_once_have_no_more_threads_than_there_are_cores(
    trained: set[str], at_once: int, cores: int
) -> None:
    threads = [threads_of(each, trained, at_once=at_once, cores=cores) for each in trained]
    meeting = min(at_once, len(trained))
    assert sum(sorted(threads)[-meeting:]) <= max(cores, meeting)


@pytest.mark.parametrize(
    ("trained", "at_once", "cores", "threads"),
    [
        (("lightgbm",), 2, 4, 4),
        (("lightgbm", "logistic_regression"), 2, 4, 3),
        (("lightgbm", "logistic_regression"), 1, 4, 4),
        (("lightgbm", "xgboost", "mlp"), 2, 4, 2),
        (("lightgbm", "xgboost", "mlp"), 3, 8, 3),
        (("lightgbm", "logistic_regression"), 2, 1, 1),
    ],
)
def test_trees_get_the_cores_that_others_have_no_use_for(
    trained: tuple[str, ...], at_once: int, cores: int, threads: int
) -> None:
    assert threads_of("lightgbm", trained, at_once=at_once, cores=cores) == threads
    assert all(
        threads_of(each, trained, at_once=at_once, cores=cores) == 1
        for each in trained
        if each in ("mlp", "logistic_regression")
    )


@pytest.mark.parametrize("algorithm", ["lightgbm", "xgboost", "logistic_regression"])
def test_the_threads_that_a_fitted_model_scores_by_change_none_of_its_scores(algorithm: str) -> None:
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"a": rng.normal(size=400), "b": rng.normal(size=400)})
    y = pd.Series((X["a"] + rng.normal(size=400) > 1).astype(int), name="fraud")
    fitted = train(X, y, algorithm=algorithm, kinds=dict.fromkeys(map(str, X), "numeric"), seed=0, threads=1)
    whole = FlaggingClassifier(CrossFitted([fitted], SigmoidCalibrator().fit(fitted.predict_proba(X)[:, 1], y)), 0.5)
    before = whole.predict_proba(X)
    use_threads(whole, 2)
    np.testing.assert_array_equal(whole.predict_proba(X), before)
    assert getattr(fitted["model"], "n_jobs", None) == (2 if algorithm != "logistic_regression" else None)
