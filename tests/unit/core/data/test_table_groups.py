"""Tables that are written and read a group of rows at a time."""

import io

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from functions.core.data import tables
from functions.core.data.chosen_rows import ChosenRows, ChosenTable
from functions.core.data.tables import LabelledTable, from_parquet, read_joined, read_table, to_parquet, write_table

ROWS = 1_000


@pytest.fixture(autouse=True)
def _small_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "GROUP_ROWS", 300)


def table(rows: int = ROWS, seed: int = 0) -> LabelledTable:
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(
        {
            "amount": np.where(rng.random(rows) < 0.1, np.nan, rng.normal(size=rows)),
            "shop": pd.Series(rng.choice(["a", "b", None], rows), dtype="str"),
            "always": np.full(rows, np.nan),
        }
    )
    y = pd.Series(rng.random(rows) < 0.2, dtype="int8", name="fraud")
    return LabelledTable(
        X, y, {"amount": "numeric", "shop": "categorical", "always": "numeric"}, roles={"amount": "amount"}
    )


def assert_same(found: LabelledTable, expected: LabelledTable) -> None:
    pd.testing.assert_frame_equal(found.X, expected.X)
    pd.testing.assert_series_equal(found.y, expected.y)
    assert (found.kinds, found.roles) == (expected.kinds, expected.roles)


@pytest.mark.parametrize("rows", [1, 299, 300, 301, 1_000])
def test_a_table_of_any_number_of_groups_is_read_as_it_was(rows: int) -> None:
    assert_same(from_parquet(to_parquet(table(rows))), table(rows))


def test_some_rows_are_written_in_their_order() -> None:
    places = np.flatnonzero(np.random.default_rng(1).random(ROWS) < 0.7)
    sink = io.BytesIO()
    write_table(table(), sink, places)
    chosen = pd.Series(np.isin(np.arange(ROWS), places))
    assert_same(read_table(io.BytesIO(sink.getvalue())), table().take(chosen))


def test_tables_are_joined_as_they_are_read() -> None:
    parts = [table(700, seed=1), table(450, seed=2)]
    found = read_joined([io.BytesIO(to_parquet(part)) for part in parts])
    pd.testing.assert_frame_equal(found.X, pd.concat([part.X for part in parts], ignore_index=True))
    pd.testing.assert_series_equal(found.y, pd.concat([part.y for part in parts], ignore_index=True))


def test_for_the_first_rows_no_more_groups_are_read_than_hold_them() -> None:
    found = read_table(io.BytesIO(to_parquet(table())), first=301)
    assert_same(found, table().part(0, 600))


def test_a_file_of_an_earlier_release_is_one_group_and_reads_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "GROUP_ROWS", ROWS)
    body = to_parquet(table())
    assert pq.ParquetFile(io.BytesIO(body)).num_row_groups == 1
    assert_same(from_parquet(body), table())


def test_chosen_rows_are_what_copying_them_gives() -> None:
    whole, places = table(), np.arange(0, ROWS, 3)
    chosen, copied = ChosenRows(whole.X, places), whole.X.iloc[places]
    assert len(chosen) == len(copied)
    pd.testing.assert_series_equal(chosen["shop"], copied["shop"])
    pd.testing.assert_frame_equal(chosen.part(5, 9), copied.iloc[5:9])
    pd.testing.assert_frame_equal(chosen.take(np.array([7, 2])), copied.iloc[[7, 2]])
    as_table = ChosenTable(whole, places)
    pd.testing.assert_frame_equal(as_table.X, copied.reset_index(drop=True))
    assert as_table.frauds == int(whole.y.iloc[places].sum())
