"""Tables of a run: in one file or in parts, in memory or in their files."""

import numpy as np
import pandas as pd
import pytest

from functions.contracts import Execution
from functions.core.data.stored_frame import StoredFrame
from functions.core.data.tables import LabelledTable
from functions.run.dependencies import RunFiles
from tests.fakes import FakeObjectStore

RUN = Execution(arn="arn:run", name="run", started_at="2026-01-01T00:00:00Z")
ROWS = 1_000


@pytest.fixture
def files() -> RunFiles:
    return RunFiles(FakeObjectStore(), "runs", most_cells=2 * ROWS)


def table(rows: int = ROWS) -> LabelledTable:
    rng = np.random.default_rng(rows)
    X = pd.DataFrame(rng.normal(size=(rows, 2)), columns=["a", "b"])
    return LabelledTable(
        X, pd.Series(rng.random(rows) < 0.1, dtype="int8", name="fraud"), {"a": "numeric", "b": "numeric"}
    )


def test_a_table_in_parts_is_read_as_it_was_written(files: RunFiles) -> None:
    uri = files.write_parts(RUN, "test", table(), 300)
    assert uri == "s3://runs/run/test.parts.json"
    assert [each["rows"] for each in files.read_json(uri)["parts"]] == [300, 300, 300, 100]
    assert files.read_json(uri)["parts"][0]["uri"] == "s3://runs/run/test/00001.parquet"
    pd.testing.assert_frame_equal(files.read_table(uri).X, table().X)
    pd.testing.assert_series_equal(files.read_table(uri).y, table().y)


def test_tables_in_parts_and_in_one_file_are_joined(files: RunFiles) -> None:
    uris = [files.write_table(RUN, "train.parquet", table(500)), files.write_parts(RUN, "validation", table(), 300)]
    expected = pd.concat([table(500).X, table().X], ignore_index=True)
    pd.testing.assert_frame_equal(files.read_table(*uris).X, expected)
    opened = files.open_table(*uris)
    assert isinstance(opened.X, StoredFrame)
    pd.testing.assert_frame_equal(opened.X.iloc[:], expected)


def test_for_the_first_rows_of_a_table_in_parts_no_others_are_read(files: RunFiles) -> None:
    uri = files.write_parts(RUN, "test", table(), 300)
    files.store.delete("s3://runs/run/test/00003.parquet")
    pd.testing.assert_frame_equal(files.read_table(uri, first=301).X, table().X.iloc[:600])


@pytest.mark.parametrize(("rows", "stays"), [(ROWS, False), (ROWS + 1, True)])
@pytest.mark.parametrize("part_rows", [None, 300])
def test_the_features_of_a_table_of_too_many_cells_stay_in_its_files(
    files: RunFiles, rows: int, part_rows: int | None, *, stays: bool
) -> None:
    whole = table(rows)
    if part_rows is None:
        uri = files.write_table(RUN, "test.parquet", whole)
    else:
        uri = files.write_parts(RUN, "test", whole, part_rows)
    opened = files.open_table(uri)
    assert isinstance(opened.X, StoredFrame) == stays
    pd.testing.assert_frame_equal(opened.X.iloc[:], whole.X)
    pd.testing.assert_series_equal(opened.y, whole.y)
    assert isinstance(files.read_table(uri).X, pd.DataFrame)
