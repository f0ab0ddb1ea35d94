"""Features of decisions as a table."""

import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from functions.core.drift.reference import ReferenceProfile, build_reference
from functions.feedback.window_features import features_frame


@pytest.fixture(scope="module")
def reference() -> ReferenceProfile:
    X = pd.DataFrame(
        {"V1": [1.0, 2.0], "shop": pd.Series(["a", "b"], dtype="str"), "when": [0.0, 1.0], "card": ["x", "y"]}
    )
    return build_reference(X, [0, 1], [0.1, 0.2], {"when": "time", "card": "entity"})


def frame(reference: ReferenceProfile, *rows: dict[str, object]) -> pd.DataFrame:
    return features_frame(pa.chunked_array([[json.dumps(row) for row in rows]], pa.string()), reference)


def test_columns_have_the_reference_s_kinds(reference: ReferenceProfile) -> None:
    X = frame(
        reference,
        {"V1": 3, "shop": "café", "when": "2026-03-01T10:00:00", "card": "h", "other": [1]},
        {"V1": None, "shop": None, "when": None, "card": None},
    )

    assert list(X.columns) == ["V1", "shop", "when", "card"]
    assert X["V1"].dtype == X["when"].dtype == np.float64
    assert X["shop"].tolist()[0] == "café"
    assert X.iloc[1].isna().all()
    assert X["when"].iloc[0] == 0.0


def test_a_column_that_is_gone_is_missing_throughout(reference: ReferenceProfile) -> None:
    assert frame(reference, {"shop": "a"}, {"shop": "b"})["V1"].isna().all()


def test_a_text_among_numbers_stays_one(reference: ReferenceProfile) -> None:
    X = frame(reference, {"V1": "n/a", "shop": "a"}, {"V1": 2.0, "shop": None})

    assert X["V1"].tolist() == ["n/a", 2.0]
    assert X["shop"].isna().tolist() == [False, True]


def test_half_a_surrogate_pair_is_no_obstacle(reference: ReferenceProfile) -> None:
    assert frame(reference, {"V1": 1.0, "shop": "\ud800"})["shop"].notna().all()


def test_no_rows_are_a_table_too(reference: ReferenceProfile) -> None:
    assert features_frame(pa.chunked_array([], pa.string()), reference).shape == (0, 4)
