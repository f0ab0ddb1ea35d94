"""Tables whose features stay in files: what they return is what the same table in memory returns."""

import io
from collections.abc import Callable
from functools import partial

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.core.data import tables
from functions.core.data.frames import Frame
from functions.core.data.parquet_groups import TablePart
from functions.core.data.rows import hash_rows, hash_rows_by_name
from functions.core.data.stored_frame import StoredFrame, each_block
from functions.core.data.table_parts import PartOfTable, first_parts, read_manifest, write_manifest
from functions.core.data.tables import LabelledTable, joined_weights, open_parts, read_parts, to_parquet
from functions.core.training.scored_blocks import score_in_blocks

ROWS = (700, 1, 450)
GROUP = 300


def table(rows: int, seed: int) -> LabelledTable:
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(
        {
            "amount": np.where(rng.random(rows) < 0.1, np.nan, rng.normal(size=rows)),
            "shop": pd.Series(rng.choice(["a", "b", None], rows), dtype="str"),
            "always": np.full(rows, np.nan),
            "amount.of": rng.normal(size=rows),
        }
    )
    y = pd.Series(rng.random(rows) < 0.2, dtype="int8", name="fraud")
    kinds: dict[str, tables.Kind] = {"amount": "numeric", "shop": "categorical", "always": "numeric"}
    # The parts need not all be thinned.
    weights = pd.Series(np.where(y == 1, 1.0, 4.0)) if seed else None
    return LabelledTable(
        X, y, kinds | {"amount.of": "numeric"}, {"amount": "amount"}, {}, {"id": "identifier"}, {}, weights
    )


class Opened:
    """Parts of a table, and how often each was opened."""

    def __init__(self) -> None:
        self.times = [0] * len(ROWS)
        self._bodies = [to_parquet(table(rows, seed)) for seed, rows in enumerate(ROWS)]
        self.parts = [TablePart(rows, partial(self._open, number)) for number, rows in enumerate(ROWS)]

    def _open(self, number: int) -> io.BytesIO:
        self.times[number] += 1
        return io.BytesIO(self._bodies[number])


@pytest.fixture(scope="module")
def opened() -> Opened:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tables, "GROUP_ROWS", GROUP)
        return Opened()


@pytest.fixture
def stored(opened: Opened) -> LabelledTable[Frame]:
    return open_parts(opened.parts)


@pytest.fixture
def whole(opened: Opened) -> LabelledTable:
    return read_parts(opened.parts)


def assert_same_weights(found: pd.Series | None, expected: pd.Series | None) -> None:
    assert found is not None
    assert expected is not None
    pd.testing.assert_series_equal(found, expected)


def test_a_table_in_parts_is_read_as_one(whole: LabelledTable) -> None:
    parts = [table(rows, seed) for seed, rows in enumerate(ROWS)]
    pd.testing.assert_frame_equal(whole.X, pd.concat([part.X for part in parts], ignore_index=True))
    pd.testing.assert_series_equal(whole.y, pd.concat([part.y for part in parts], ignore_index=True))
    assert_same_weights(whole.weights, joined_weights(parts))
    assert (whole.kinds, whole.roles, whole.left_out) == (parts[0].kinds, parts[0].roles, parts[0].left_out)


def test_all_but_the_features_is_that_of_the_table_in_memory(
    stored: LabelledTable[Frame], whole: LabelledTable
) -> None:
    assert isinstance(stored.X, StoredFrame)
    pd.testing.assert_series_equal(stored.y, whole.y)
    assert_same_weights(stored.weights, whole.weights)
    assert (stored.kinds, stored.roles, stored.left_out) == (whole.kinds, whole.roles, whole.left_out)
    assert (len(stored.X), stored.X.shape, list(stored.X.columns)) == (len(whole.X), whole.X.shape, list(whole.X))
    pd.testing.assert_series_equal(stored.X.dtypes, whole.X.dtypes)


@pytest.mark.parametrize("name", ["amount", "shop", "always", "amount.of"])
def test_a_column_is_that_of_the_table_in_memory(stored: LabelledTable[Frame], whole: LabelledTable, name: str) -> None:
    pd.testing.assert_series_equal(stored.X[name], whole.X[name])


@given(st.data())
def test_blocks_and_places_are_those_of_the_table_in_memory(opened: Opened, data: st.DataObject) -> None:
    stored, whole = open_parts(opened.parts), read_parts(opened.parts)
    ends = st.none() | st.integers(-1_200, 1_200)
    for _ in range(3):
        rows = slice(data.draw(ends), data.draw(ends))
        pd.testing.assert_frame_equal(stored.X.iloc[rows], whole.X.iloc[rows])
        places = np.array(data.draw(st.lists(st.integers(0, sum(ROWS) - 1), max_size=20)), dtype=np.intp)
        pd.testing.assert_frame_equal(stored.X.iloc[places], whole.X.iloc[places])
        pd.testing.assert_frame_equal(stored.at(places).X, whole.at(places).X)


def test_rows_that_are_taken_are_those_of_the_table_in_memory(
    stored: LabelledTable[Frame], whole: LabelledTable
) -> None:
    chosen = whole.y == 1
    pd.testing.assert_frame_equal(stored.take(chosen).X, whole.take(chosen).X)
    pd.testing.assert_frame_equal(stored.part(650, 720).X, whole.part(650, 720).X)
    pd.testing.assert_frame_equal(stored.X.head(3), whole.X.head(3))


def test_columns_that_are_dropped_are_not_read(stored: LabelledTable[Frame], whole: LabelledTable) -> None:
    assert isinstance(stored.X, StoredFrame)
    without = stored.X.drop(columns=["amount"])
    pd.testing.assert_frame_equal(without.iloc[290:710], whole.X.drop(columns=["amount"]).iloc[290:710])
    assert list(without.columns) == ["shop", "always", "amount.of"]


@pytest.mark.parametrize("hashed", [hash_rows, hash_rows_by_name])
def test_hashes_are_those_of_the_table_in_memory(
    stored: LabelledTable[Frame], whole: LabelledTable, hashed: Callable[[Frame], np.ndarray]
) -> None:
    np.testing.assert_array_equal(hashed(stored.X), hashed(whole.X))


def test_a_stored_table_is_scored_block_by_block(
    stored: LabelledTable[Frame], whole: LabelledTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("functions.core.training.scored_blocks.BLOCK_ROWS", 128)
    most = 0

    def score(X: pd.DataFrame) -> np.ndarray:
        nonlocal most
        most = max(most, len(X))
        return X["amount"].fillna(0.0).to_numpy() * 2

    np.testing.assert_array_equal(score_in_blocks(score, stored.X), whole.X["amount"].fillna(0.0) * 2)
    assert most == 128


def test_one_part_is_open_at_a_time_and_opened_once_for_all_its_blocks(opened: Opened) -> None:
    X = open_parts(opened.parts).X
    before = list(opened.times)
    assert sum(len(block) for block in each_block(X)) == sum(ROWS)
    assert [now - then for now, then in zip(opened.times, before, strict=True)] == [1, 1, 1]
    before = list(opened.times)
    X.iloc[np.array([1_149, 1_150])]
    assert [now - then for now, then in zip(opened.times, before, strict=True)] == [0, 0, 0]


def test_a_manifest_names_the_parts_that_have_rows() -> None:
    parts = [PartOfTable("s3://runs/1", 0), PartOfTable("s3://runs/2", 5)]
    assert read_manifest(write_manifest(parts)) == parts[1:]
    assert read_manifest(write_manifest(parts[:1])) == parts[:1]


def test_for_the_first_rows_no_more_parts_are_opened_than_hold_them(opened: Opened) -> None:
    assert first_parts(opened.parts, 700) == opened.parts[:1]
    assert first_parts(opened.parts, 702) == opened.parts
