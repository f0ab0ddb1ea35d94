"""Tests."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from functions.core.drift import WATCH, DriftReport, NewData, detect_drift
from functions.core.drift.reference import ReferenceProfile, build_reference
from tests.unit.core.drift.compared import compare, only, transactions

type Change = Callable[[pd.DataFrame], pd.DataFrame]


def drifted(report: DriftReport) -> set[str]:
    return {feature.feature for feature in report.features if feature.drifted}


def test_the_same_data_has_no_drift_at_all(reference: ReferenceProfile) -> None:
    report = compare(reference, transactions(20_000, seed=1))
    assert (report.verdict, report.drift_score, report.max_feature_drift) == ("stable", 0.0, 0.0)
    assert report.explanation == "Drift 0.00, 0 of 11 features drifted."


@pytest.mark.parametrize("rows", [300, 5_000])
def test_doubled_amounts_are_named_as_drifted(reference: ReferenceProfile, rows: int) -> None:
    X = transactions(rows, seed=2)
    report = compare(reference, X.assign(amount=2 * X["amount"]))
    assert drifted(report) == {"amount"}
    assert report.verdict == "watch"
    assert "1 of 11 features drifted: amount" in report.explanation


@pytest.mark.parametrize(
    ("change", "clearest"),
    [
        (lambda X: X.assign(V3=X["V3"] + 0.5), "location"),
        (lambda X: X.assign(V3=X["V3"] * 1.7), "spread"),
        (lambda X: X.assign(V3=X["V3"].mask(np.arange(len(X)) % 5 == 0)), "missing values"),
        (lambda X: X.assign(V3=np.nan), "missing values"),
        (lambda X: X.assign(V3=pd.Series([None] * len(X), dtype="str")), "missing values"),
        (lambda X: X.assign(V3=0.25), "spread"),
        (lambda X: X.assign(shop=X["shop"].replace({"books": "brand new"})), "categories"),
        (lambda X: X.assign(shop=X["shop"].replace({"books": "toys", "toys": "books"})), "categories"),
        (lambda X: X.assign(shop=np.nan), "missing values"),
    ],
)
def test_a_large_change_of_one_feature_is_drift_and_has_a_name(
    reference: ReferenceProfile, change: Change, clearest: str
) -> None:
    report = compare(reference, change(transactions(5_000, seed=3)))
    assert len(drifted(report)) == 1
    assert report.features[0].change == clearest
    assert report.drift_score is not None
    assert report.drift_score >= WATCH


def test_mass_that_moved_from_one_value_to_another_is_drift(reference: ReferenceProfile) -> None:
    X = transactions(5_000, seed=3)
    report = compare(reference, X.assign(fees=X["fees"].where(X["fees"] > 0, 1.0)))
    assert drifted(report) == {"fees"}


def test_new_categories_are_named_with_their_share(reference: ReferenceProfile) -> None:
    X = transactions(5_000, seed=3)
    report = compare(reference, X.assign(shop=X["shop"].mask(np.arange(5_000) % 4 == 0, "nové\u202e")))
    feature = report.features[0]
    assert feature.new_categories == {"nové\u202e": 0.25}
    assert "new categories in 'shop' ('nové\\u202e' 25 %)" in report.explanation


def test_a_tiny_change_of_many_rows_is_a_change_and_no_drift() -> None:
    old, new = np.random.default_rng(4).normal(size=(2, 200_000))
    report = only(pd.DataFrame({"x": old}), pd.DataFrame({"x": new + 0.05}))
    assert (report.features[0].changed, report.features[0].drifted, report.verdict) == (True, False, "stable")
    assert "1 more changed too little to matter" in report.explanation


def test_one_percent_of_outliers_is_called_outliers_and_no_drift() -> None:
    old, new = np.random.default_rng(4).normal(size=(2, 5_000))
    new[::100] = 40.0
    report = only(pd.DataFrame({"x": old}), pd.DataFrame({"x": new}))
    feature = report.features[0]
    assert (feature.changed, feature.drifted, feature.change) == (True, False, "outliers")
    assert feature.outliers is not None
    assert feature.outliers.new == pytest.approx(0.012, abs=0.002)
    assert "outliers, not drift, in 'x' (1." in report.explanation


def test_values_below_a_value_that_many_rows_share_are_outliers_too() -> None:
    old, new = np.random.default_rng(4).exponential(size=(2, 5_000)).round(1)
    report = only(pd.DataFrame({"x": old}), pd.DataFrame({"x": np.where(np.arange(5_000) % 100, new, -1.0)}))
    assert report.features[0].change == "outliers"


def test_a_clock_is_told_from_a_feature() -> None:
    time = pd.DataFrame({"time": np.arange(2_000.0)})
    report = only(time, time + 2_000)
    assert "name it in FRAUDFLOW_DRIFT_IGNORED_COLUMNS" in report.explanation
    reference = build_reference(time.assign(x=0.0), np.zeros(2_000), [])
    ignoring = detect_drift(reference, NewData((time + 2_000).assign(x=0.0)), ignored=("time", "other"))
    assert (ignoring.verdict, ignoring.ignored) == ("stable", ("time",))
    assert [each.feature for each in ignoring.features] == ["x"]


DATES = {
    "week": lambda day: f"{day:%G-W%V}",
    "month": lambda day: f"{day:%Y-%m}",
    "month first": lambda day: f"{day:%m/%Y}",
    "named month": lambda day: f"{day:%b %Y}",
    "month's name alone": lambda day: f"{day:%B}",
    "French month": lambda day: f"{['janvier', 'février', 'mars', 'avril', 'mai', 'juin'][day.month - 1]} {day:%Y}",
    "day": lambda day: f"{day:%Y-%m-%d}",
    "American day": lambda day: f"{day.month}/{day.day}/{day:%y}",
    "German day": lambda day: f"{day:%d.%m.%Y}",
    "hour": lambda day: f"{day:%Y-%m-%d} 12:00",
    "zone": lambda day: f"{day:%Y-%m-%d}T06:00:00Z",
    "quarter": lambda day: f"{day:%Y}Q{(day.month - 1) // 3 + 1}",
    "compact": lambda day: f"D{day:%Y%m%d}",
    "batch": lambda day: f"batch-{day:%j}",
}


@pytest.mark.parametrize("written", DATES.values(), ids=DATES)
def test_dates_written_as_texts_are_told_as_clocks_are(written: Callable[[pd.Timestamp], str]) -> None:
    def table(first: str, seed: int) -> pd.DataFrame:
        rng = np.random.default_rng(seed)
        days = pd.date_range(first, periods=28)[rng.integers(0, 28, 2_000)]
        return pd.DataFrame(
            {"booked": pd.Series([written(day) for day in days], dtype="str"), "x": rng.normal(size=2_000)}
        )

    report = only(table("2026-01-02", 1), table("2026-04-01", 2))
    assert drifted(report) == {"booked"}
    assert report.verdict == "retrain"
    assert (
        "booked has values that the champion's data had not, as a clock, a date or a counter would (if it is one, name "
        "it in FRAUDFLOW_DRIFT_IGNORED_COLUMNS: without it drift is 0.00)"
    ) in report.explanation
    assert "new categories" not in report.explanation
    again = only(table("2026-01-02", 1), table("2026-01-02", 3))
    assert again.verdict == "stable"
    assert not any(each.moved_on for each in again.features)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (["books", "food"], ["BOOKS", "FOOD"]),
        (["1", "2", "3"], ["one", "two", "three"]),
        (["2026-01", "2026-02"], ["unknown", "none"]),
        (["size 1", "size 2"], ["size 1", "size 3"]),
    ],
)
def test_other_texts_that_are_new_are_no_clocks(old: list[str], new: list[str]) -> None:
    table, later = (pd.DataFrame({"x": pd.Series(each, dtype="str").repeat(1_000)}) for each in (old, new))
    report = only(table, later)
    assert drifted(report) == {"x"}
    assert "FRAUDFLOW_DRIFT_IGNORED_COLUMNS" not in report.explanation


@pytest.mark.parametrize("shops", [28, 40, 50, 200])
def test_many_categories_that_are_all_new_are_drift_and_other_draws_of_the_same_are_none(shops: int) -> None:
    """A profile holds 30 of them at most; which ones is chance, as all are as frequent."""

    def table(word: str, seed: int) -> pd.DataFrame:
        numbers = np.random.default_rng(seed).integers(0, shops, 4_000).astype(str)
        return pd.DataFrame({"shop": pd.Series(np.char.add(word, numbers), dtype="str")})

    assert drifted(only(table("a", 1), table("b", 2))) == {"shop"}
    assert sum(only(table("a", seed), table("a", 100 + seed)).n_changed_features or 0 for seed in range(10)) <= 2


def test_repeated_rows_of_few_values_are_not_drift() -> None:
    """Each row comes ten times on both sides; the tests take rows for independent, the size of the change does not."""
    rng = np.random.default_rng(5)
    old, new = (pd.DataFrame({"x": np.repeat(rng.normal(size=2_000), 10)}) for _ in range(2))
    assert only(old, new).verdict == "stable"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (np.full(600, 7.0), np.full(600, 7.0)),
        (np.full(600, np.nan), np.full(600, np.nan)),
        (np.tile([0.0, 1.0], 300), np.tile([1.0, 0.0], 300)),
        (np.full(600, 1.5e308), np.full(600, 1.5e308)),
    ],
    ids=["constant", "all missing", "flags", "huge"],
)
def test_columns_with_little_in_them_are_stable(old: np.ndarray, new: np.ndarray) -> None:
    report = only(pd.DataFrame({"x": old}), pd.DataFrame({"x": new}))
    assert (report.verdict, report.n_changed_features) == ("stable", 0)


def test_a_column_that_had_no_values_and_has_some_now_is_drift() -> None:
    empty = pd.DataFrame({"x": np.full(600, np.nan)})
    for values in (np.arange(600.0), pd.Series(["a"] * 600, dtype="str")):
        report = only(empty, pd.DataFrame({"x": values}))
        assert report.features[0].change == "missing values"
        assert drifted(report) == {"x"}


def test_a_column_that_lost_its_values_is_said_to_have_and_one_that_got_some_is_no_clock() -> None:
    full, empty = pd.DataFrame({"x": np.arange(600.0)}), pd.DataFrame({"x": np.full(600, np.nan)})
    assert only(full, empty).explanation == (
        "Drift 1.00, 1 of 1 feature drifted: x; missing values in x (100 %, after 0 %)."
    )
    assert only(empty, full).explanation == (
        "Drift 1.00, 1 of 1 feature drifted: x; missing values in x (0 %, after 100 %)."
    )


def test_booleans_are_compared_as_numbers() -> None:
    old, new = np.random.default_rng(6).random((2, 2_000))
    report = only(pd.DataFrame({"x": old < 0.1}), pd.DataFrame({"x": new < 0.4}))
    assert report.features[0].kind == "numeric"
    assert drifted(report) == {"x"}
