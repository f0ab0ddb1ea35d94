"""The profile's figures, and the bounds on its size."""

import json
import math

import numpy as np
import pandas as pd
import pytest

from functions.core.ingest.reading import RawTable, Source
from functions.core.roles.checks import CheckedTable, check
from functions.core.roles.data_profile import DataProfile, build_profile, summarise

LABELS = [1] * 10 + [0] * 10


def dataset(**columns: object) -> CheckedTable:
    frame = pd.DataFrame({**columns, "label": LABELS})
    return check(RawTable(frame, Source("data.csv", ";", "cp1252", compressed=True, notes=("A note.",))))


def test_a_dataset_is_told_in_figures_with_the_choices_made() -> None:
    profile = build_profile(dataset(x=[1.0, 1.0, *range(18)], city=["Rome", "Bern"] * 10))

    assert (profile.rows, profile.features, profile.frauds, profile.fraud_rate) == (20, 2, 10, 0.5)
    assert (profile.file, profile.delimiter, profile.encoding, profile.compressed) == ("data.csv", ";", "cp1252", True)
    assert profile.notes[0] == "A note."
    assert [(each.name, each.role, each.used) for each in profile.roles] == [
        ("x", "number", True),
        ("city", "category", True),
        ("label", "target", False),
    ]
    assert profile.labels == {"0": 0, "1": 1}
    assert profile.target_explanation.startswith("The target is the last column 'label', where '1' is fraud. ")
    assert profile.target_explanation.endswith("This column is a guess: FRAUDFLOW_TARGET names another.")
    assert list(profile.columns) == ["x", "city"]


def test_repeated_rows_are_counted() -> None:
    assert build_profile(dataset(x=[5.0, 5.0, 5.0, *range(10, 27)])).duplicate_rows == 2


def test_a_numeric_column_by_hand() -> None:
    summary = summarise(pd.Series([4.0, np.nan, 1.0, 3.0, 3.0]), "numeric")

    assert summary.model_dump() == {
        "dtype": "float64",
        "missing": 1,
        "missing_rate": 0.2,
        "distinct": 3,
        "kind": "numeric",
        "min": 1.0,
        "max": 4.0,
        "mean": 2.75,
        "std": pytest.approx(math.sqrt(1.1875)),
        "quantiles": {"0.01": 1.0, "0.05": 1.0, "0.25": 1.0, "0.5": 3.0, "0.75": 3.0, "0.95": 4.0, "0.99": 4.0},
    }


def test_a_categorical_column_by_hand() -> None:
    summary = summarise(pd.Series(["a", "b", "a", None], dtype="str"), "categorical")

    assert summary.model_dump() == {
        "dtype": "str",
        "missing": 1,
        "missing_rate": 0.25,
        "distinct": 2,
        "kind": "categorical",
        "top": {"a": 2, "b": 1},
    }


def test_who_pays_most_often_is_not_in_it() -> None:
    cards = dataset(card_number=["4111111111111111", "5500000000000004"] * 10, x=range(20), shop=["a", "b"] * 10)
    profile = build_profile(cards)
    assert profile.columns["card_number"].distinct == 2
    assert "4111" not in profile.model_dump_json()
    assert '"top":{"a":10,"b":10}' in profile.model_dump_json()


def test_many_long_categories_stay_small() -> None:
    texts = pd.Series([f"{number} " + "x" * 10_000 for number in range(500)], dtype="str")

    summary = summarise(texts, "categorical")

    assert summary.distinct == 500
    assert len(summary.model_dump_json()) < 2000


def test_figures_that_no_float_holds_are_left_out_and_the_json_stays_valid() -> None:
    profile = build_profile(dataset(x=[1e308] * 19 + [-1.5]))

    assert json.loads(profile.model_dump_json())["columns"]["x"]["mean"] is None


def test_a_profile_reads_what_it_wrote() -> None:
    profile = build_profile(dataset(x=range(20), online=[True, False] * 10, city=["Rome", "Bern"] * 10))

    assert DataProfile.model_validate_json(profile.model_dump_json()) == profile
