"""Columns that came, vanished or changed their kind, and tables that are another one."""

import numpy as np
import pandas as pd
import pytest

from functions.core.drift import NewData, SchemaChanges, detect_drift
from functions.core.drift.reference import ReferenceProfile
from tests.unit.core.drift.compared import compare, only, transactions


def test_column_order_does_not_matter_and_is_told(reference: ReferenceProfile) -> None:
    X = transactions(1_000, seed=8)
    last_first = X[["shop", *X.columns[:-1]]]
    report = compare(reference, last_first)
    assert report.columns == SchemaChanges(reordered=("shop",), expected=11)
    assert report.model_copy(update={"columns": SchemaChanges(expected=11)}) == compare(reference, X)


def test_changes_of_the_columns_are_named(reference: ReferenceProfile) -> None:
    X = transactions(1_000, seed=9).drop(columns="V0").assign(extra=1.0)
    X["V1"] = X["V1"].astype("str")
    report = compare(reference, X)
    assert report.columns == SchemaChanges(
        added=("extra",), removed=("V0",), retyped=("V1",), needed=("V0", "V1"), expected=11
    )
    assert report.explanation == (
        "1 column of the champion's 11 is missing (V0) and 1 column holds texts for numbers, or the reverse (V1): "
        "correct the file, or make a version that was trained on such files the champion. "
        "Drift 0.00, 0 of 9 features drifted; 1 column added (extra)."
    )
    assert {feature.feature for feature in report.features} == {*X.columns} - {"extra", "V1"}


def test_a_column_that_vanished_is_never_stable(reference: ReferenceProfile) -> None:
    X = transactions(1_000, seed=9).drop(columns="V3")
    report = compare(reference, X)
    assert (report.verdict, report.n_drifted_features) == ("retrain", 0)
    assert report.explanation.startswith("1 column of the champion's 11 is missing (V3): correct the file")
    scored = detect_drift(reference, NewData(X, scores=np.linspace(0, 1, 1_000)))
    assert scored.verdict == "watch"


def test_a_column_of_another_kind_asks_for_a_new_model_even_if_the_champion_scores(
    reference: ReferenceProfile,
) -> None:
    X = transactions(1_000, seed=9).assign(shop=1.0)
    report = detect_drift(reference, NewData(X, scores=np.linspace(0, 1, 1_000)))
    assert (report.verdict, report.columns.retyped) == ("retrain", ("shop",))


def test_a_column_that_vanished_needs_no_rows_to_be_seen(reference: ReferenceProfile) -> None:
    report = compare(reference, transactions(100, seed=9).drop(columns=["V3", "V4"]))
    assert (report.verdict, report.drift_score) == ("retrain", None)
    assert report.explanation == (
        "2 columns of the champion's 11 are missing (V3, V4): correct the file, or make a version that was trained on "
        "such files the champion. 100 new rows, where 254 are needed against the champion's 20,000."
    )


def test_an_ignored_column_that_vanished_is_missing_all_the_same(reference: ReferenceProfile) -> None:
    X = transactions(1_000, seed=9).drop(columns="V3").assign(clock=1.0)
    report = detect_drift(reference, NewData(X), ignored=("V3", "clock"))
    assert (report.verdict, report.columns.removed, report.columns.added) == ("retrain", ("V3",), ())


def test_a_column_that_said_nothing_may_vanish() -> None:
    X = pd.DataFrame({"x": np.random.default_rng(1).normal(size=2_000), "constant": 1.0, "empty": np.nan})
    report = only(X, X[["x"]])
    assert (report.verdict, report.columns.needed) == ("stable", ())
    assert report.explanation == "Drift 0.00, 0 of 1 feature drifted; 2 columns removed (constant, empty)."


@pytest.mark.parametrize(("kept", "verdict"), [(0, "another_table"), (5, "another_table"), (6, "retrain")])
def test_a_table_with_under_half_of_the_columns_is_another_one(
    reference: ReferenceProfile, kept: int, verdict: str
) -> None:
    X = transactions(1_000, seed=9)
    report = compare(reference, X[X.columns[:kept]].assign(other=1.0))
    assert report.verdict == verdict
    assert (report.drift_score is None) == (verdict == "another_table")
    if verdict == "another_table":
        assert report.explanation == (
            f"This looks like another table: {kept} of 11 columns in common with the champion's data; "
            "give it a model of its own by another FRAUDFLOW_MODEL_NAME."
        )


def test_a_table_that_has_more_columns_is_the_same_one(reference: ReferenceProfile) -> None:
    extra = pd.DataFrame(0.0, index=range(1_000), columns=[f"extra{i}" for i in range(40)])
    report = compare(reference, pd.concat([transactions(1_000, seed=9), extra], axis=1))
    assert report.verdict == "stable"
    assert "40 columns added (extra0, extra1, extra2 and 37 more)" in report.explanation
