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
    # A logistic regression that knows how the table was made reaches 0.6 to 0.9.
    assert average_precision_score(new_y, scores) > 0.4


def test_the_same_seed_gives_the_same_model_and_another_seed_another() -> None:
    X, y = fraud_table(300, 0.1)
    first, again, other = (train(X, y, algorithm="mlp", kinds=KINDS, seed=seed).predict_proba(X) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_scores_do_not_depend_on_row_order_or_batch() -> None:
    X, y = fraud_table(300, 0.1)
    model = train(X, y, algorithm="mlp", kinds=KINDS, seed=1)
    whole = model.predict_proba(X)[:, 1]
    np.testing.assert_allclose(model.predict_proba(X[::-1])[::-1, 1], whole, atol=1e-12)
    np.testing.assert_allclose(model.predict_proba(X[10:11])[:, 1], whole[10:11], atol=1e-12)


def test_missing_values_and_unseen_categories_score_instead_of_crashing() -> None:
    X, y = fraud_table(300, 0.1)
    model = train(X, y, algorithm="mlp", kinds=KINDS, seed=1)
    strange = pd.DataFrame({"a": [np.nan, 1e9], "b": [np.nan, -1e9], "shop": pd.Series([None, "new"], dtype="str")})
    assert np.isfinite(model.predict_proba(strange)).all()


def test_the_largest_seed_is_a_seed() -> None:
    X, y = fraud_table(100, 0.1)
    train(X, y, algorithm="mlp", kinds=KINDS, seed=2**32 - 1)


def test_an_unknown_algorithm_is_refused_with_the_known_ones() -> None:
    X, y = fraud_table(100, 0.1)
    with pytest.raises(InvalidSettingsError, match="'magic'; there are: mlp"):
        train(X, y, algorithm="magic", kinds=KINDS, seed=1)


def test_parameters_are_plain_values() -> None:
    X, y = fraud_table(100, 0.1)
    values = parameters(train(X, y, algorithm="mlp", kinds=KINDS, seed=7))
    assert values["mlp_0__random_state"] == 7
    assert all(value is None or isinstance(value, str | int | float | bool) for value in values.values())
