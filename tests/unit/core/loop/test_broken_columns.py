"""Broken columns, told apart from data that has shifted."""

import numpy as np
import pandas as pd
import pytest

from functions.core.drift.reference import ReferenceProfile, build_reference
from functions.core.loop.broken_columns import MIN_ROWS, broken_columns
from tests.unit.core.drift.compared import transactions


@pytest.fixture(scope="module")
def reference() -> ReferenceProfile:
    return build_reference(transactions(20_000, seed=1), np.zeros(20_000), [])


def faults(reference: ReferenceProfile, X: pd.DataFrame, **kwargs: list[str]) -> dict[str, str]:
    return {each.column: each.fault for each in broken_columns(reference, X, **kwargs)}


@pytest.mark.parametrize("rows", [MIN_ROWS, 500, 5000])
def test_none_is_where_nothing_has_changed(reference: ReferenceProfile, rows: int) -> None:
    assert not any(broken_columns(reference, transactions(rows, seed)) for seed in range(2, 22))


@pytest.mark.parametrize(
    ("column", "values", "fault"),
    [
        ("V1", lambda X: X["V1"] * np.nan, "missing"),
        ("shop", lambda X: X["shop"].mask(X.index % 3 == 0), "missing"),
        ("V1", lambda X: X["V1"].astype(str), "other_type"),
        ("shop", lambda X: X["V1"], "other_type"),
        ("amount", lambda X: X["amount"] * 0 + 9.9, "constant"),
        ("shop", lambda X: X["shop"].where(X["shop"].isna(), "food"), "constant"),
        ("amount", lambda X: X["amount"] * 100, "other_unit"),
        ("V1", lambda X: X["V1"] + 1000, "unknown_values"),
        ("shop", lambda X: X["shop"].map({"books": "1", "food": "2", "füel": "3", "toys": "4"}), "unknown_values"),
    ],
)
def test_is_found_and_named(reference: ReferenceProfile, column: str, values: object, fault: str) -> None:
    X = transactions(600, seed=3)

    assert faults(reference, X.assign(**{column: values(X)})) == {column: fault}  # type: ignore[operator]


def test_a_column_that_is_gone_is_missing(reference: ReferenceProfile) -> None:
    assert faults(reference, transactions(400, seed=3).drop(columns="V3")) == {"V3": "missing"}


def test_a_break_late_in_a_window_is_seen_in_its_latest_rows(reference: ReferenceProfile) -> None:
    X = transactions(5000, seed=3)
    late = np.arange(len(X)) >= 4400

    broken = X.assign(amount=X["amount"].mask(late, 0.0), V1=X["V1"].mask(late), V2=X["V2"].where(~late, X["V2"] + 1))

    assert faults(reference, broken) == {"V1": "missing", "amount": "constant"}


def test_a_shift_however_large_is_no_break(reference: ReferenceProfile) -> None:
    X = transactions(2000, seed=3)
    shop = X["shop"].mask(X["shop"] == "books", "toys")

    shifted = X.assign(V1=X["V1"] + 2, V2=X["V2"] * 3, amount=X["amount"] * 2, shop=shop)

    assert faults(reference, shifted) == {}


def test_a_rare_flag_that_was_not_set_is_no_break() -> None:
    flags = pd.DataFrame({"flag": (np.arange(20_000) % 50 == 0) * 1.0})

    assert faults(build_reference(flags, np.zeros(20_000), []), pd.DataFrame({"flag": np.zeros(1000)})) == {}


def test_a_few_more_gaps_are_no_break(reference: ReferenceProfile) -> None:
    X = transactions(5000, seed=3)

    assert faults(reference, X.assign(V1=X["V1"].mask(X.index % 50 == 0))) == {}


def test_of_an_ignored_column_only_its_absence_counts(reference: ReferenceProfile) -> None:
    X = transactions(400, seed=3)

    assert faults(reference, X.assign(V1=X["V1"] + 1000), ignored=["V1"]) == {}
    assert faults(reference, X.drop(columns="V1"), ignored=["V1"]) == {"V1": "missing"}


def test_of_few_rows_nothing_is_said(reference: ReferenceProfile) -> None:
    assert faults(reference, transactions(MIN_ROWS - 1, seed=3).drop(columns="V3")) == {}
