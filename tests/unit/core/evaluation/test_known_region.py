"""Where nothing can be said of rows without labels: outside of what the model has met."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from functions.core.drift import DriftReport, NewData, detect_drift
from functions.core.drift.reference import ReferenceProfile, build_reference
from functions.core.evaluation.known_region import why_not_known

type Change = Callable[[pd.DataFrame], pd.DataFrame]


def rows(count: int, seed: int) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    shop = pd.Series(random.choice(["books", "food"], count), dtype="str")
    return pd.DataFrame(random.normal(size=(count, 3)), columns=["a", "b", "c"]).assign(shop=shop)


@pytest.fixture(scope="module")
def reference() -> ReferenceProfile:
    return build_reference(rows(10_000, 1), np.arange(10_000) % 100 == 0, np.linspace(0, 1, 1_000))


def report(reference: ReferenceProfile, change: Change, count: int = 4_000) -> DriftReport:
    return detect_drift(reference, NewData(change(rows(count, 2))))


@pytest.mark.parametrize(
    "change",
    [
        lambda X: X,
        lambda X: X.assign(a=X["a"] * 0.8 + 0.3),
        lambda X: X.assign(shop=pd.Series(np.where(np.arange(len(X)) % 4 == 0, "books", "food"), dtype="str")),
        lambda X: X.assign(shop=X["shop"].mask(np.arange(len(X)) % 50 == 0, "toys")),
    ],
    ids=["nothing", "a shift to where rows are", "other shares", "a few of a new category"],
)
def test_rows_where_the_model_has_met_many_are_known(reference: ReferenceProfile, change: Change) -> None:
    assert why_not_known(report(reference, change)) is None


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda X: X.assign(b=X["b"].mask(np.arange(len(X)) % 8 == 0, 40.0)), "'b' (12."),
        (lambda X: X.assign(shop=X["shop"].mask(np.arange(len(X)) % 14 == 0, "toys")), "'shop' (7.15 %"),
        (lambda X: X.assign(c=X["c"].mask(np.arange(len(X)) % 14 == 0)), "'c' (7.1"),
    ],
    ids=["beyond the range", "a new category", "missing where nothing ever was"],
)
def test_rows_with_values_that_are_new_to_the_model_are_not(
    reference: ReferenceProfile, change: Change, named: str
) -> None:
    said = why_not_known(report(reference, change))
    assert said is not None
    assert "the model has never met" in said
    assert named in said


def test_nor_is_a_table_that_has_moved_altogether(reference: ReferenceProfile) -> None:
    said = why_not_known(report(reference, lambda X: X.assign(a=X["a"] + 1, b=X["b"] + 1, c=X["c"] + 1)))
    assert said is not None
    assert "the data has moved too far from the model's: Drift" in said


def test_nor_are_fewer_rows_than_drift_shows_in(reference: ReferenceProfile) -> None:
    said = why_not_known(report(reference, lambda X: X, 100))
    assert said == (
        "What the rows are worth can't be known without labels: 100 new rows, where 257 are needed against the "
        "champion's 10,000."
    )
