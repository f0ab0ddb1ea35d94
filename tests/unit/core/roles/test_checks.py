"""Canonical types, and every fault of a table told at once."""

import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from functions.core.data.tables import from_parquet, to_parquet
from functions.core.errors import InfiniteValuesError, InvalidDatasetError, TargetError
from functions.core.ingest.reading import RawTable, Source, read_table
from functions.core.roles.checks import CheckedTable, check

LABELS = [1] * 10 + [0] * 10


def check_columns(**columns: object) -> CheckedTable:
    return check(
        RawTable(pd.DataFrame({**columns, "label": LABELS}), Source("data.csv", ",", "utf-8", compressed=False))
    )


def check_csv(tmp_path: Path, cells: list[str]) -> CheckedTable:
    """Read one column of 20 cells from a file, as pandas would type it."""
    path = tmp_path / "data.csv"
    path.write_text("x,label\n" + "".join(f"{cell},{label}\n" for cell, label in zip(cells, LABELS, strict=True)))
    return check(read_table(path, name="data.csv"))


@pytest.mark.parametrize(
    ("cells", "kind", "first"),
    [
        (["1", "2"] * 10, "numeric", 1.0),
        (["1.5", ""] * 10, "numeric", 1.5),
        (["true", "FALSE"] * 10, "boolean", 1.0),
        (["True", ""] * 10, "boolean", 1.0),
        (["Rome", "Paris"] * 10, "categorical", "Rome"),
        ([" Rome ", ""] * 10, "categorical", "Rome"),
        (["yes", "no"] * 10, "categorical", "yes"),
        (["18446744073709551615", "1"] * 10, "categorical", "18446744073709551615"),
        (["1e30", "1.5"] * 10, "numeric", 1e30),
        (["7", "?"] * 10, "numeric", 7.0),
    ],
)
def test_columns_get_a_kind_and_its_type(tmp_path: Path, cells: list[str], kind: str, first: object) -> None:
    table = check_csv(tmp_path, cells).table

    assert table.kinds == {"x": kind}
    assert table.X["x"].dtype == ("str" if kind == "categorical" else "float64")
    assert table.X["x"].iloc[0] == first
    assert table.y.dtype == "int8"


def test_empty_texts_are_missing(tmp_path: Path) -> None:
    assert check_csv(tmp_path, ["Rome", "  "] * 10).table.X["x"].isna().sum() == 10


def test_placeholders_among_numbers_are_missing_and_noted(tmp_path: Path) -> None:
    dataset = check_csv(tmp_path, ["7", "unknown"] * 10)

    assert dataset.table.X["x"].isna().sum() == 10
    assert dataset.source.notes == ("Column 'x': 'unknown' taken for missing.",)


def test_numbers_mixed_with_text_are_text_and_noted(tmp_path: Path) -> None:
    dataset = check_csv(tmp_path, ["7", "8", "n/k", "9"] * 5)

    assert dataset.table.kinds == {"x": "categorical"}
    assert dataset.source.notes == (
        "Column 'x': read as text, since 5 of its 20 values are not numbers, the first being 'n/k' in row 4.",
    )


@pytest.mark.parametrize("column", [[None] * 20, ["7"] * 20, [" "] * 20])
def test_a_column_without_a_difference_is_left_out_and_noted(column: list[object]) -> None:
    checked = check_columns(future_use=column, amount=range(20))

    assert list(checked.table.X) == ["amount"]
    assert sum("'future_use'" in note for note in checked.source.notes) == 1
    assert [role.role for role in checked.roles][1:] == ["amount", "target"]


def test_a_table_of_nothing_to_train_on_is_refused_with_what_its_columns_are() -> None:
    with pytest.raises(InvalidDatasetError, match=r"no column to train on: .*'id' \(identifier\), 'x' \(empty\)"):
        check_columns(id=range(20), x=[None] * 20)


@pytest.mark.parametrize("cell", ["inf", "-Infinity", "1e400"])
def test_infinities_are_refused_with_their_column_count_and_first_row(tmp_path: Path, cell: str) -> None:
    with pytest.raises(InfiniteValuesError, match=r"infinite values in column 'x' \(2, the first in row 5\)"):
        check_csv(tmp_path, ["1", "2", "3", cell, "4", cell, *["5"] * 14])


def test_two_kinds_of_fault_are_told_at_once() -> None:
    raw_frame = pd.DataFrame(
        {"a": [np.inf] + [1.0] * 19, "b": [np.nan] * 20, "c": [-np.inf] * 19 + [1.0], "label": [1] * 20}
    )
    with pytest.raises(InvalidDatasetError) as caught:
        check(RawTable(raw_frame, Source("data.csv", ",", "utf-8", compressed=False)))

    assert type(caught.value) is InvalidDatasetError
    for part in ("single value '1'", "column 'a' (1, ", "column 'c' (19, the first in row 2)"):
        assert part in str(caught.value)


def test_a_missing_target_does_not_hide_the_other_faults() -> None:
    frame = pd.DataFrame({"a": [np.inf, 1.0] * 10, "label": LABELS})
    raw = RawTable(frame, Source("d.csv", ",", "utf-8", compressed=False))
    with pytest.raises(InvalidDatasetError, match=r"no target column 'fraud'.* infinite values in column 'a'"):
        check(raw, target="fraud")


def test_an_empty_target_is_a_fault_of_the_target_only() -> None:
    raw_frame = pd.DataFrame({"a": range(20), "label": [np.nan] * 20})
    with pytest.raises(TargetError, match="20 missing values in the target 'label', in row 2, 3, 4, 5, 6 and 15 more;"):
        check(RawTable(raw_frame, Source("data.csv", ",", "utf-8", compressed=False)))


def test_many_notes_are_cut_short() -> None:
    columns = {f"c{number}": ["1", "x"] * 10 for number in range(25)}

    notes = check_columns(**columns).source.notes

    assert len(notes) == 21
    assert notes[-1] == "The same holds for 5 more columns."


def test_a_checked_table_survives_parquet() -> None:
    table = check_columns(n=[1.5, None] * 10, b=[True, False] * 10, t=["é", None] * 10).table

    again = from_parquet(to_parquet(table))

    pd.testing.assert_frame_equal(again.X, table.X)
    pd.testing.assert_series_equal(again.y, table.y)
    assert again.kinds == table.kinds


def test_numbers_are_read_to_full_precision(tmp_path: Path) -> None:
    numbers = np.random.default_rng(7).normal(size=20)
    buffer = io.StringIO()
    pd.DataFrame({"x": numbers, "label": LABELS}).to_csv(buffer, index=False)
    (tmp_path / "data.csv").write_text(buffer.getvalue())

    read = check(read_table(tmp_path / "data.csv", name="data.csv")).table.X["x"]

    np.testing.assert_allclose(read, numbers, rtol=1e-15)
