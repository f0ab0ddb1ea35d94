"""Weights of rows that stand for several travel with the table, in memory and in its file."""

import io
from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from functions.core.data import tables
from functions.core.data.chosen_rows import ChosenTable
from functions.core.data.frames import Frame
from functions.core.data.tables import LabelledTable, from_parquet, read_joined, to_parquet, write_table
from functions.core.training.crossfit import validation_only

ROWS = 700


@pytest.fixture(autouse=True)
def _small_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "GROUP_ROWS", 300)


def plain(seed: int = 0, rows: int = ROWS) -> LabelledTable:
    rng = np.random.default_rng(seed)
    X = pd.DataFrame({"amount": rng.normal(size=rows), "shop": pd.Series(rng.choice(["a", "b"], rows), dtype="str")})
    y = pd.Series(rng.random(rows) < 0.2, dtype="int8", name="fraud")
    return LabelledTable(X, y, {"amount": "numeric", "shop": "categorical"}, roles={"amount": "amount"})


def weighted(seed: int = 0, rows: int = ROWS) -> LabelledTable:
    table = plain(seed, rows)
    return replace(table, weights=pd.Series(np.where(table.y == 1, 1.0, 1 / 0.3)))


def weights(table: LabelledTable[Frame]) -> list[float]:
    assert table.weights is not None
    assert table.weights.index.equals(table.y.index)
    return table.weights.tolist()


def test_a_table_without_weights_has_the_file_that_it_always_had() -> None:
    assert from_parquet(to_parquet(plain())).weights is None
    assert pq.read_schema(io.BytesIO(to_parquet(plain()))).names == ["amount", "shop", "fraud"]


def test_weights_are_no_feature_and_are_read_as_they_were() -> None:
    found = from_parquet(to_parquet(weighted()))
    assert weights(found) == weights(weighted())
    pd.testing.assert_frame_equal(found.X, plain().X)
    pd.testing.assert_series_equal(found.y, plain().y)


@pytest.mark.parametrize("taken", ["weight", "fraud"])
def test_a_feature_or_a_target_may_have_the_name_of_their_column(taken: str) -> None:
    table = weighted()
    named = replace(table, X=table.X.rename(columns={"amount": "weight"}), kinds={"weight": "numeric"})
    named = named if taken == "weight" else replace(table, y=table.y.rename("weight"))
    found = from_parquet(to_parquet(named))
    assert (list(found.X.columns), found.target) == (list(named.X.columns), named.target)
    assert weights(found) == weights(table)


def test_the_weights_of_some_rows_are_theirs() -> None:
    table, places = weighted(), np.flatnonzero(np.random.default_rng(1).random(ROWS) < 0.6)
    chosen = pd.Series(np.isin(np.arange(ROWS), places))
    sink = io.BytesIO()
    write_table(table, sink, places)
    expected = np.array(weights(table))[places].tolist()
    assert weights(from_parquet(sink.getvalue())) == expected
    assert weights(table.take(chosen)) == expected
    assert weights(table.part(310, 620)) == weights(table)[310:620]
    of_places = ChosenTable(table, places).weights
    assert of_places is not None
    assert of_places.tolist() == expected
    assert ChosenTable(plain(), places).weights is None
    assert plain().take(chosen).weights is None


@pytest.mark.parametrize("first_is_weighted", [True, False])
def test_a_thinned_table_and_one_with_all_rows_are_joined(first_is_weighted: bool) -> None:  # noqa: FBT001 - a case
    parts = [weighted(1, 700), plain(2, 450)] if first_is_weighted else [plain(1, 700), weighted(2, 450)]
    found = read_joined([io.BytesIO(to_parquet(part)) for part in parts])
    expected = [each for part in parts for each in ([1.0] * len(part.y) if part.weights is None else weights(part))]
    assert weights(found) == expected
    assert weights(validation_only(*parts).table) == expected
    pd.testing.assert_frame_equal(found.X, pd.concat([part.X for part in parts], ignore_index=True))
    pd.testing.assert_series_equal(found.y, pd.concat([part.y for part in parts], ignore_index=True))


def test_the_first_rows_have_their_weights() -> None:
    found = tables.read_table(io.BytesIO(to_parquet(weighted())), first=10)
    assert weights(found) == weights(weighted())[:300]
