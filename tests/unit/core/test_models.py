import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import average_precision_score

from functions.core.errors import InvalidSettingsError
from functions.core.models import ALGORITHMS, parameters, train
from functions.core.preprocessing import Kind

KINDS: dict[str, Kind] = {"a": "numeric", "b": "numeric", "shop": "categorical"}


def fraud_table(rows: int, fraud_rate: float, seed: int = 0) -> tuple[pd.DataFrame, pd.Series]:
    rng = np.random.default_rng(seed)
    y = pd.Series((np.arange(rows) < rows * fraud_rate), dtype="int8", name="fraud")
    X = pd.DataFrame({"a": rng.normal(size=rows) + 3 * y, "b": rng.lognormal(3, 1, rows) * (1 + y)})
    return X.assign(shop=pd.Series(rng.choice(["x", "y"], rows), dtype="str")), y


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize(("rows", "fraud_rate"), [(100, 0.1), (2_000, 0.03), (10_000, 0.002)])
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


def test_parameters_are_plain_values() -> None:
    X, y = fraud_table(100, 0.1)
    values = parameters(train(X, y, algorithm="mlp", kinds=KINDS, seed=7))
    assert values["mlp_0__random_state"] == 7
    assert all(value is None or isinstance(value, str | int | float | bool) for value in values.values())
