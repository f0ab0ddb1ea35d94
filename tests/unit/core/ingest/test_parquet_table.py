"""Parquet uploads: the same table gives the same data set as its CSV does."""

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from functions.core.data.digest import content_digest
from functions.core.data.tables import to_parquet
from functions.core.errors import DuplicateColumnsError, EmptyFileError, InvalidDatasetError
from functions.core.ingest.decoding import ReadLimits
from functions.core.ingest.reading import RawTable, read_table
from functions.core.loop.label_reading import read_labels
from functions.core.roles.checks import CheckedTable, check
from functions.core.scoring.batch_files import open_batch

N = 400


def transactions() -> pd.DataFrame:
    rng = np.random.default_rng(3)
    start = np.datetime64("2026-03-01T08:00:00", "us")
    frame = pd.DataFrame(
        {
            "card": rng.choice([f"{each:016d}" for each in range(4_000_000_000_000_000, 4_000_000_000_000_040)], N),
            "paid_at": start + rng.integers(0, 90 * 86_400, N).astype("timedelta64[s]"),
            "amount": np.round(rng.lognormal(3, 1, N), 2),
            "items": rng.integers(1, 9, N),
            "rate": rng.normal(size=N),
            "abroad": rng.random(N) < 0.3,
            "channel": rng.choice(["web", "shop", "app"], N),
            "code": rng.choice(["007", "012", "150"], N),
            "is_fraud": (rng.random(N) < 0.2).astype(int),
        }
    )
    frame["rate"] = frame["rate"].where(rng.random(N) > 0.1)
    frame["channel"] = frame["channel"].where(rng.random(N) > 0.1)
    return frame


def as_csv(frame: pd.DataFrame, folder: Path) -> CheckedTable:
    path = folder / "tx.csv"
    frame.to_csv(path, index=False)
    return check(read_table(path, name="tx"))


def as_parquet(table: pa.Table, folder: Path) -> RawTable:
    path = folder / "tx.parquet"
    pq.write_table(table, path)
    return read_table(path, name="tx")


def same(one: CheckedTable, other: CheckedTable) -> None:
    assert content_digest(one.table) == content_digest(other.table)
    for name in ("kinds", "roles", "formats", "left_out"):
        assert getattr(one.table, name) == getattr(other.table, name)
    assert (one.target.column, one.target.positive_label) == (other.target.column, other.target.positive_label)
    assert one.roles == other.roles


def test_the_same_table_is_the_same_data_set(tmp_path: Path) -> None:
    frame = transactions()
    same(as_csv(frame, tmp_path), check(as_parquet(pa.Table.from_pandas(frame, preserve_index=False), tmp_path)))


def test_other_types_of_the_same_values_are_the_same_data_set(tmp_path: Path) -> None:
    frame = transactions()
    expected = as_csv(frame, tmp_path)
    table = pa.Table.from_pandas(frame, preserve_index=False)
    kinds = {
        "card": pa.int64(),
        "paid_at": pa.timestamp("ns", "UTC"),
        "amount": pa.decimal128(12, 2),
        "items": pa.int8(),
        "channel": pa.dictionary(pa.int32(), pa.string()),
        "is_fraud": pa.bool_(),
    }
    for name, kind in kinds.items():
        table = table.set_column(table.schema.get_field_index(name), name, table.column(name).cast(kind))
    found = check(as_parquet(table, tmp_path))
    assert content_digest(found.table) == content_digest(expected.table)
    assert found.table.roles == expected.table.roles
    assert found.table.kinds == expected.table.kinds


def test_dates_are_moments_and_times_of_day_are_read_as_from_a_csv(tmp_path: Path) -> None:
    frame = transactions().assign(
        day=[dt.date(2026, 3, 1) + dt.timedelta(days=each % 50) for each in range(N)],
        clock=pd.Series([dt.time(each % 24, each % 60) for each in range(N)]),
    )
    same(as_csv(frame, tmp_path), check(as_parquet(pa.Table.from_pandas(frame, preserve_index=False), tmp_path)))


def test_card_numbers_with_gaps_keep_all_their_digits(tmp_path: Path) -> None:
    numbers = [4_111_111_111_111_110 + each % 30 for each in range(N)]
    cards: list[int | None] = [*numbers[:-1], None]
    frame = transactions().assign(card=pd.array(cards, dtype="Int64"))
    table = pa.Table.from_pandas(frame, preserve_index=False)
    found = as_parquet(table, tmp_path)
    assert found.frame["card"].iloc[0] == "4111111111111110"
    same(as_csv(frame, tmp_path), check(found))


def test_the_index_of_a_frame_is_left_out_and_it_is_said(tmp_path: Path) -> None:
    frame = transactions().sample(frac=1, random_state=1)
    found = as_parquet(pa.Table.from_pandas(frame), tmp_path)
    assert list(found.frame) == list(frame)
    assert found.source.notes == ("The 1 index column of a frame numbers the rows; it is left out.",)


def test_a_table_of_a_run_is_read_as_it_was_written_in_the_first_place(tmp_path: Path) -> None:
    """Days before months, a decimal comma: nothing in the values tells any more."""
    frame = transactions().assign(
        paid_at=lambda rows: rows["paid_at"].dt.strftime("%d/%m/%Y %H:%M"),
        amount=lambda rows: rows["amount"].map(lambda each: f"{each:.2f} €".replace(".", ",")),
    )
    first = as_csv(frame, tmp_path)
    assert first.table.formats["paid_at"]["layout"] == "dmy"
    path = tmp_path / "dataset.parquet"
    path.write_bytes(to_parquet(first.table))
    again = check(read_table(path, name="dataset.parquet"))
    assert content_digest(again.table) == content_digest(first.table)
    assert again.table.formats == first.table.formats
    assert again.table.roles == first.table.roles


@pytest.mark.parametrize("own", [b"{", b"[]", b'{"formats": 3}', b'{"formats": {"amount": {"colour": "red"}}}'])
def test_a_damaged_note_on_how_it_was_written_is_no_note(tmp_path: Path, own: bytes) -> None:
    table = pa.Table.from_pandas(transactions(), preserve_index=False)
    found = as_parquet(table.replace_schema_metadata({b"fraudflow": own}), tmp_path)
    assert found.formats == {}
    assert check(found).table.frauds


def test_a_note_that_does_not_fit_the_values_is_not_believed(tmp_path: Path) -> None:
    own = b'{"formats": {"channel": {"kind": "numeric"}, "amount": {"kind": "text"}}}'
    table = pa.Table.from_pandas(transactions(), preserve_index=False)
    found = check(as_parquet(table.replace_schema_metadata({b"fraudflow": own}), tmp_path))
    assert (found.table.kinds["channel"], found.table.kinds["amount"]) == ("categorical", "numeric")


def test_what_is_no_table_is_refused_in_a_sentence(tmp_path: Path) -> None:
    frame = transactions()
    with pytest.raises(EmptyFileError, match="tx has no rows"):
        as_parquet(pa.Table.from_pandas(frame.iloc[:0], preserve_index=False), tmp_path)
    with pytest.raises(InvalidDatasetError, match="tx has a single column of its own"):
        as_parquet(pa.Table.from_pandas(frame[["amount"]], preserve_index=False), tmp_path)
    with pytest.raises(InvalidDatasetError, match="columns without a name: column 2"):
        as_parquet(pa.table({"a": [1.0], "": [2.0], "is_fraud": [0]}), tmp_path)
    with pytest.raises(DuplicateColumnsError, match="used more than once: 'a'"):
        as_parquet(pa.table([[1.0], [2.0], [0]], names=["a", " a", "is_fraud"]), tmp_path)
    with pytest.raises(InvalidDatasetError, match="values of the type list"):
        as_parquet(pa.table({"a": [[1.0]], "is_fraud": [0]}), tmp_path)


def test_a_damaged_file_and_one_that_unpacks_to_too_much_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "tx.parquet"
    pq.write_table(pa.table({"a": np.zeros(2_000_000), "is_fraud": np.zeros(2_000_000, np.int8)}), path)
    assert path.stat().st_size < 200_000
    with pytest.raises(InvalidDatasetError, match="tx holds more than 1,000,000 bytes of values"):
        read_table(path, name="tx", limits=ReadLimits(max_bytes=1_000_000))
    with pytest.raises(InvalidDatasetError, match="tx has 2 columns, and at most 1 are read"):
        read_table(path, name="tx", limits=ReadLimits(max_columns=1))
    pq.write_table(pa.table({"a": np.random.default_rng(1).normal(size=9000), "b": np.arange(9000)}), path)
    body = bytearray(path.read_bytes())
    body[4:60] = b"\xff" * 56
    path.write_bytes(body)
    with pytest.raises(InvalidDatasetError, match="Parquet file"):
        read_table(path, name="tx")


@pytest.mark.parametrize("content", [b"PA\x00R1" + b"\x15\x04" * 50, b"\x89PNG\r\n\x1a\n\x00\x00", b"a,b\n1,\x00\n"])
def test_what_is_named_parquet_and_is_no_text_is_told_as_no_parquet_file(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.parquet"
    path.write_bytes(content)
    said = r"^x\.parquet is no Parquet file, or a damaged one; write and upload it again\.$"
    with pytest.raises(InvalidDatasetError, match=said):
        read_table(path, name="x.parquet")
    with pytest.raises(InvalidDatasetError, match=said), open_batch(path, name="x.parquet"):
        pass
    with pytest.raises(InvalidDatasetError, match=said):
        read_labels(path, name="x.parquet", received_at=0)


def test_a_csv_is_read_whatever_its_name_says(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    path.write_text("a,b\n1,2\n")
    assert list(read_table(path, name="x.parquet").frame.columns) == ["a", "b"]
