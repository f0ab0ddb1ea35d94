import gc
import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer

from functions.core.data.chosen_rows import ChosenRows
from functions.core.data.tables import Kind
from functions.core.features import derived_rows
from functions.core.features.derived_rows import DerivedRows, TrainingMatrix, prepare
from functions.core.features.maker import FeatureMaker
from functions.core.features.preprocessing import LARGEST, MAX_CATEGORIES, build_preprocessor, many_levels

KINDS: dict[str, Kind] = {"amount": "numeric", "foreign": "boolean", "shop": "categorical"}


def derived(X: pd.DataFrame) -> DerivedRows:
    return DerivedRows(ChosenRows(X), FeatureMaker().fit(X))


def fit_to(preprocessor: ColumnTransformer, X: pd.DataFrame, y: pd.Series) -> np.ndarray:
    rows = prepare(preprocessor, derived(X), y, seed=0, dtype=np.float64)
    return rows.matrix() if isinstance(rows, TrainingMatrix) else rows


def table(rows: int = 200) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "amount": rng.lognormal(3, 1, rows),
            "foreign": rng.integers(0, 2, rows).astype(float),
            "shop": pd.Series(rng.choice(["books", "food", "fuel"], rows), dtype="str"),
        }
    )


def labels(X: pd.DataFrame) -> pd.Series:
    return pd.Series(np.arange(len(X)) % 10 == 0, dtype="int8", name="fraud")


def column(fitted: ColumnTransformer, X: pd.DataFrame, name: str) -> np.ndarray:
    return fitted.transform(X)[:, list(fitted.get_feature_names_out()).index(name)]


@pytest.fixture(autouse=True)
def _warnings_are_errors() -> None:
    gc.collect()  # what earlier tests have left open warns of itself now, and not later
    warnings.simplefilter("error")


def test_a_clean_table_becomes_one_dense_finite_array() -> None:
    encoded = build_preprocessor(KINDS).fit_transform(table())
    assert isinstance(encoded, np.ndarray)
    assert encoded.shape == (200, 2 + 1 + 3)
    assert np.isfinite(encoded).all()


def test_missing_numbers_are_imputed_and_marked() -> None:
    X = table()
    X.loc[:49, "amount"] = np.nan
    fitted = build_preprocessor(KINDS).fit(X)
    marks = column(fitted, X, "missing__missingindicator_amount")
    np.testing.assert_array_equal(marks, np.repeat([1.0, 0.0], [50, 150]))
    assert np.isfinite(fitted.transform(X)).all()


def test_missing_text_is_a_category_of_its_own() -> None:
    X = table()
    X.loc[:49, "shop"] = np.nan
    fitted = build_preprocessor(KINDS).fit(X)
    np.testing.assert_array_equal(column(fitted, X, "categorical__shop_nan"), np.repeat([1.0, 0.0], [50, 150]))


def test_values_that_are_missing_for_the_first_time_after_the_fit_are_scored() -> None:
    fitted = build_preprocessor(KINDS).fit(table())
    nothing = table(3).assign(amount=np.nan, foreign=np.nan, shop=pd.Series([None] * 3, dtype="str"))
    assert np.isfinite(fitted.transform(nothing)).all()


def test_unseen_categories_are_pooled_with_the_rare_ones() -> None:
    X = table()
    X.loc[:2, "shop"] = "rare"
    fitted = build_preprocessor(KINDS).fit(X)
    unseen = table(2).assign(shop=pd.Series(["never seen", "rare"], dtype="str"))
    np.testing.assert_array_equal(column(fitted, unseen, "categorical__shop_infrequent_sklearn"), [1.0, 1.0])


def test_the_number_of_categories_is_bounded() -> None:
    X = pd.DataFrame({"shop": pd.Series([f"shop {i % 100}" for i in range(5000)], dtype="str")})
    assert build_preprocessor({"shop": "categorical"}).fit_transform(X).shape == (5000, MAX_CATEGORIES)


def test_one_huge_amount_does_not_flatten_the_others() -> None:
    X = table()
    X.loc[0, "amount"] = 1e12
    encoded = column(build_preprocessor(KINDS).fit(X), X, "numeric__squashed__amount")
    assert encoded.max() < 15
    assert encoded[1:].std() > 0.3


@pytest.mark.parametrize("scale", ["plain", "squashed"])
@pytest.mark.parametrize("constant", [0.0, 7.5, np.nan])
def test_a_column_without_spread_becomes_zeros(constant: float, scale: str) -> None:
    X = table().assign(amount=constant)
    encoded = column(build_preprocessor(KINDS).fit(X), X, f"numeric__{scale}__amount")
    np.testing.assert_array_equal(encoded, np.zeros(200))


def test_column_order_and_further_columns_do_not_matter() -> None:
    X = table()
    fitted = build_preprocessor(KINDS).fit(X)
    shuffled = X.assign(further=1.0)[["shop", "further", "foreign", "amount"]]
    np.testing.assert_array_equal(fitted.transform(shuffled), fitted.transform(X))


def test_a_table_of_texts_alone_is_accepted() -> None:
    X = table()[["shop"]]
    assert build_preprocessor({"shop": "categorical"}).fit_transform(X).shape == (200, 3)


def test_trees_get_values_as_they_are_and_texts_encoded() -> None:
    X = table()
    X.loc[3, ["amount", "foreign", "shop"]] = np.nan
    fitted = build_preprocessor(KINDS, scaled=False).fit(X)
    np.testing.assert_array_equal(column(fitted, X, "numeric__amount"), X["amount"])
    np.testing.assert_array_equal(column(fitted, X, "boolean__foreign"), X["foreign"])
    np.testing.assert_array_equal(column(fitted, X, "categorical__shop_food"), X["shop"] == "food")


def test_numbers_are_clipped_for_trees() -> None:
    X = table().assign(amount=np.tile([1e155, -1e308, 0.0, np.nan], 50))
    encoded = column(build_preprocessor(KINDS, scaled=False).fit(X), X, "numeric__amount")
    np.testing.assert_array_equal(encoded, np.tile([LARGEST, -LARGEST, 0.0, np.nan], 50))
    assert np.isfinite(encoded.astype(np.float32)).sum() == 150


@pytest.mark.parametrize("scaled", [True, False])
def test_huge_numbers_overflow_nothing(scaled: bool) -> None:  # noqa: FBT001 (a parameter of the test)
    X = table().assign(amount=np.tile([1e155, -1e308, 1e-308, 7.0], 50))
    fitted = build_preprocessor(KINDS, scaled=scaled).fit(X)
    assert np.isfinite(fitted.transform(X)).all()
    assert np.isfinite(fitted.transform(X.assign(amount=-1e308))).all()


@pytest.mark.parametrize("value", [0.0, 7.5, np.nan, None, "same"])
def test_columns_of_one_value_do_not_vary(value: object) -> None:
    X = table().assign(same=value)  # type: ignore[arg-type]
    assert derived(X).varying_kinds({"same": "numeric", **KINDS}) == KINDS


@pytest.mark.parametrize("value", [1.0, np.nan])
def test_a_column_that_is_missing_in_some_rows_varies(value: float) -> None:
    X = table().assign(amount=value)
    X.loc[3, "amount"] = 2.0 if np.isnan(value) else np.nan
    assert "amount" in derived(X).varying_kinds(KINDS)


def test_a_large_table_is_learnt_from_rows_that_are_drawn_and_is_transformed_in_parts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    X = table(3_000)
    y = labels(X)
    whole = fit_to(build_preprocessor(KINDS), X, y)
    monkeypatch.setattr(derived_rows, "FIT_ROWS", 2_500)
    monkeypatch.setattr(derived_rows, "CHUNK_ROWS", 700)
    preprocessor = build_preprocessor(KINDS)
    parts = fit_to(preprocessor, X, y)
    np.testing.assert_array_equal(parts, preprocessor.transform(X))
    np.testing.assert_array_equal(parts, fit_to(build_preprocessor(KINDS), X, y))
    # Learnt from five rows of six, scales are the same to a few hundredths.
    np.testing.assert_allclose(parts, whole, atol=0.3)
    assert np.abs(parts - whole).mean() < 0.02


def test_what_trees_are_given_does_not_depend_on_how_large_a_table_is(monkeypatch: pytest.MonkeyPatch) -> None:
    X = table(3_000)
    whole = fit_to(build_preprocessor(KINDS, scaled=False), X, labels(X))
    monkeypatch.setattr(derived_rows, "FIT_ROWS", 2_500)
    np.testing.assert_array_equal(fit_to(build_preprocessor(KINDS, scaled=False), X, labels(X)), whole)


def shops(rows: int, levels: int) -> tuple[pd.DataFrame, pd.Series]:
    """Draw rows of many shops, of which every tenth has only frauds' share raised."""
    rng = np.random.default_rng(0)
    shop = rng.integers(0, levels, rows)
    y = pd.Series(rng.random(rows) < np.where(shop % 10 == 0, 0.4, 0.02), dtype="int8", name="fraud")
    return pd.DataFrame({"shop": pd.Series([f"shop {each}" for each in shop], dtype="str")}), y


MANY_KINDS: dict[str, Kind] = {"shop": "categorical"}


def test_only_texts_of_many_levels_are_encoded_by_their_share_of_frauds() -> None:
    X, y = shops(5_000, MAX_CATEGORIES + 20)
    X["few"] = X["shop"].str[-1]
    kinds: dict[str, Kind] = {**MANY_KINDS, "few": "categorical"}
    assert many_levels(ChosenRows(X), kinds) == ["shop"]
    encoded = build_preprocessor(kinds, scaled=False, many=["shop"]).fit_transform(X, y)
    assert encoded.shape == (5_000, 11)
    bad = X["shop"].str.endswith("0").to_numpy()
    assert encoded[bad, -1].mean() > 5 * encoded[~bad, -1].mean()


@pytest.mark.parametrize(
    ("rows", "levels", "many"), [(600, 12, False), (600, 13, True), (5_000, 13, False), (5_000, 32, False)]
)
def test_some_levels_are_many_where_each_has_few_rows(rows: int, levels: int, many: bool) -> None:  # noqa: FBT001
    X = pd.DataFrame({"shop": pd.Series([f"shop {row % levels}" for row in range(rows)], dtype="str")})
    assert bool(many_levels(ChosenRows(X), MANY_KINDS)) is many


@pytest.mark.parametrize("scaled", [True, False])
@pytest.mark.parametrize("fit_rows", [50_000, 1_000])
def test_training_rows_never_see_their_own_label_in_a_share(
    monkeypatch: pytest.MonkeyPatch,
    scaled: bool,  # noqa: FBT001 (a parameter of the test)
    fit_rows: int,
) -> None:
    """Each text is on two rows: what is known of one is the other's label, which says nothing."""
    monkeypatch.setattr(derived_rows, "FIT_ROWS", fit_rows)
    X = pd.DataFrame({"shop": pd.Series([f"shop {row // 2}" for row in range(4_000)], dtype="str")})
    y = pd.Series(np.random.default_rng(0).random(4_000) < 0.2, dtype="int8", name="fraud")
    preprocessor = build_preprocessor(MANY_KINDS, scaled=scaled, many=["shop"], seed=1)
    trained = fit_to(preprocessor, X, y)[:, 0]
    assert abs(np.corrcoef(trained, y)[0, 1]) < 0.06
    # Whereas a row that is scored has the labels of all the training rows.
    assert np.corrcoef(preprocessor.transform(X)[:, 0], y)[0, 1] > 0.6
    again = build_preprocessor(MANY_KINDS, scaled=scaled, many=["shop"], seed=1)
    np.testing.assert_array_equal(fit_to(again, X, y)[:, 0], trained)


def test_shares_rest_on_all_the_rows_of_a_large_table(monkeypatch: pytest.MonkeyPatch) -> None:
    X, y = shops(20_000, 200)
    whole, parts = build_preprocessor(MANY_KINDS, many=["shop"]), build_preprocessor(MANY_KINDS, many=["shop"])
    expected = fit_to(whole, X, y)
    monkeypatch.setattr(derived_rows, "FIT_ROWS", 500)
    np.testing.assert_array_equal(fit_to(parts, X, y), expected)
    np.testing.assert_array_equal(parts.transform(X), whole.transform(X))


def test_a_rare_level_and_an_unseen_one_are_near_the_share_of_all_rows() -> None:
    X, y = shops(5_000, 100)
    X.loc[0, "shop"], y[0] = "once", 1
    fitted = build_preprocessor(MANY_KINDS, scaled=False, many=["shop"]).fit(X, y)
    asked = pd.DataFrame({"shop": pd.Series(["once", "never seen", None], dtype="str")})
    once, unseen, missing = fitted.transform(asked)[:, 0]
    assert unseen == missing == pytest.approx(y.mean())
    assert unseen < once < unseen + 0.06
