"""Files of transactions read part by part, against the same files read as training files are."""

import gzip
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from functions.core.errors import EmptyFileError, InvalidDatasetError, RaggedRowsError
from functions.core.ingest.columns import read_columns
from functions.core.ingest.reading import read_table
from functions.core.scoring.batch_files import BatchRows, open_batch
from functions.core.scoring.input_reading import MissingColumnsError, read_frame
from functions.core.scoring.input_rows import InputColumn

PLAIN = "a,b,channel\n" + "".join(f"{i}.5,{i % 7},{'web' if i % 3 else 'app'}\n" for i in range(60))
FILES = {
    "plain": PLAIN.encode(),
    "windows": PLAIN.replace("\n", "\r\n").encode(),
    "old mac": PLAIN.replace("\n", "\r").encode(),
    "utf-16": PLAIN.replace("web", "wéb").encode("utf-16"),
    "a mark": PLAIN.encode("utf-8-sig"),
    "cp1252": PLAIN.replace("web", "café").encode("cp1252"),
    "gzip": gzip.compress(PLAIN.encode()),
    "titles": ("Export of today\n\n" + PLAIN).encode(),
    "sep": ("sep=;\n" + PLAIN.replace(",", ";")).encode(),
    "an index": "".join(f"{place or ''},{line}\n" for place, line in enumerate(PLAIN.splitlines())).encode(),
    "blank lines": PLAIN.replace("\n", "\n\n").encode(),
    "no last line end": PLAIN.rstrip().encode(),
    "lines in fields": PLAIN.replace("web", '"w\nb"').encode(),
    "quotes in fields": PLAIN.replace("web", 'w"b').encode(),
    "numbers as categories": b"a,channel\n" + b"".join(b"%d,%d.0\n" % (i, i % 3) for i in range(60)),
    "a word among numbers": b"a,channel\n" + b"".join(b"%d,1.0\n" % i for i in range(60)) + b"7,web\n8,2.0\n",
    "zeros in front": b"a,zip\n" + b"".join(b"%d,%d\n" % (i, 10 + i) for i in range(60)) + b"7,0123\n",
    "many digits": b"a,card\n" + b"".join(b"%d,%d\n" % (i, 10**17 + i) for i in range(40)) + b"7,\n",
    "truth": b"a,ok\n" + b"".join(b"%d,%s\n" % (i, b"true" if i % 2 else b"False") for i in range(60)),
    "truth or not": b"a,ok\n" + b"".join(b"%d,%s\n" % (i, b"TRUE" if i % 2 else b"") for i in range(60)),
    "late text": b"a,b\n" + b"".join(b"%d,%d\n" % (i, i) for i in range(60)) + b"1,n/a\n2,7\n",
    "decimal commas": b"a;b\n" + b"".join(b"%d,5;%d,25\n" % (i, i) for i in range(60)),
    "thousands": b"a;b\n" + b"".join(b"%d;1.%03d\n" % (i, i) for i in range(60)) + b"1;1.234.567,5\n",
    "currencies": b"a,b\n" + b"".join(b'%d,"$1,%03d.50"\n' % (i, i) for i in range(60)),
    "times": b"a,at\n" + b"".join(b"%d,2026-01-%02d 10:00\n" % (i, i % 28 + 1) for i in range(60)),
    "empty cells": b"a,b,c\n" + b"".join(b"%d,,x\n" % i for i in range(30)) + b"1,2,\n3,4,y\n",
}


@pytest.fixture
def written(tmp_path: Path) -> Callable[[bytes], Path]:
    def write(body: bytes) -> Path:
        path = tmp_path / "upload"
        path.write_bytes(body)
        return path

    return write


def columns_of(path: Path) -> tuple[list[InputColumn], pd.DataFrame]:
    """Return what a model that was trained on a file needs, and the file as it was read for training."""
    raw = read_table(path, name="today.csv")
    return [InputColumn(name, each.format) for name, each in read_columns(raw, {}).items()], raw.frame


def by_parts(batch: BatchRows, columns: list[InputColumn], part_bytes: int) -> tuple[dict[str, list[object]], int]:
    plan = batch.plan(columns, [], part_bytes=part_bytes)
    read: dict[str, list[object]] = {column.name: [] for column in columns}
    count = 0
    for frame in batch.frames(plan, 0, plan.first_row):
        rows = read_frame(frame, columns, first_row=plan.first_row)
        count += 1
        for name, values in rows.columns.items():
            read[name] += values.tolist()
    assert count == plan.parts
    return read, count


@pytest.mark.parametrize("part_bytes", [40, 333, 10**6])
@pytest.mark.parametrize("kind", FILES)
def test_parts_are_read_as_the_whole_file_is_for_training(
    written: Callable[[bytes], Path], kind: str, part_bytes: int
) -> None:
    path = written(FILES[kind])
    columns, frame = columns_of(path)
    with open_batch(path, name="today.csv") as batch:
        read, parts = by_parts(batch, columns, part_bytes)
    assert parts >= 5 or part_bytes > 40
    expected = read_frame(frame, columns)
    for name, values in expected.columns.items():
        np.testing.assert_array_equal(np.array(read[name], dtype=values.dtype), values, err_msg=name)


@pytest.mark.parametrize(
    ("row", "fields", "said"),
    [
        (45, "1,2", "1 row whose number of fields is not the header's 3: row 45 has 2;"),
        (45, "1,2,3,4", "1 row whose number of fields is not the header's 3: row 45 has 4;"),
        (61, "1,2", "today.csv ends with a row whose number of fields is not the header's 3: row 61 has 2;"),
    ],
)
def test_a_row_of_another_width_is_named_wherever_it_is(
    written: Callable[[bytes], Path], row: int, fields: str, said: str
) -> None:
    lines = PLAIN.splitlines()
    lines[row - 1] = fields
    path = written("\n".join([*lines, ""]).encode())
    columns, _ = columns_of(written_plain(path.with_name("plain")))
    with open_batch(path, name="today.csv") as batch, pytest.raises(RaggedRowsError, match=said):
        by_parts(batch, columns, 100)


def written_plain(path: Path) -> Path:
    path.write_bytes(PLAIN.encode())
    return path


def test_a_missing_column_is_named(written: Callable[[bytes], Path]) -> None:
    path = written(PLAIN.encode())
    columns, _ = columns_of(path)
    needed = [*columns, InputColumn("amount", columns[0].form)]
    with (
        open_batch(path, name="today.csv") as batch,
        pytest.raises(MissingColumnsError, match=r"today\.csv has no column 'amount'"),
    ):
        batch.require(needed, "version 1 of 'fraud-detector'")


def test_only_a_header_is_no_batch(written: Callable[[bytes], Path]) -> None:
    with pytest.raises(EmptyFileError), open_batch(written(b"a,b\n"), name="today.csv"):
        pass


def test_a_file_is_read_on_from_a_part(written: Callable[[bytes], Path]) -> None:
    path = written(PLAIN.encode())
    columns, _ = columns_of(path)
    with open_batch(path, name="today.csv") as batch:
        plan = batch.plan(columns, ["channel"], part_bytes=100)
        everything = list(batch.frames(plan, 0, 2))
        rest = list(batch.frames(plan, 3, 2 + sum(map(len, everything[:3]))))
    pd.testing.assert_frame_equal(pd.concat(rest), pd.concat(everything[3:]))


def parquet(path: Path, table: pa.Table, **options: int) -> Path:
    pq.write_table(table, path, **options)
    return path


def test_a_parquet_file_is_read_as_the_same_csv(tmp_path: Path, written: Callable[[bytes], Path]) -> None:
    columns, frame = columns_of(written(PLAIN.encode()))
    path = parquet(tmp_path / "today.parquet", pa.Table.from_pandas(frame), row_group_size=17)
    with open_batch(path, name="today.parquet") as batch:
        plan = batch.plan(columns, [], part_bytes=1)
        frames = list(batch.parts.frames(1, 13, plan.columns, plan.texts))  # type: ignore[call-arg, arg-type]
    assert [len(each) for each in frames] == [13, 13, 13, 8]
    read = read_frame(pd.concat(frames), columns)
    for name, values in read_frame(frame[13:], columns).columns.items():
        np.testing.assert_array_equal(read.columns[name], values)


def test_types_of_parquet_become_those_of_a_csv(tmp_path: Path) -> None:
    types = {
        "zip": pa.array([501, None, 90210], pa.int64()),
        "kind": pa.array(["a", "b", None]).dictionary_encode(),
        "price": pa.array([1, 2, None], pa.int64()).cast(pa.decimal128(21, 2)),
        "day": pa.array([0, 1, 2], pa.date32()),
        "none": pa.nulls(3),
    }
    path = parquet(tmp_path / "today.parquet", pa.table(types))
    with open_batch(path, name="today.parquet") as batch:
        [frame] = batch.parts.frames(0, 10, [*types], ["zip"])  # type: ignore[call-arg, arg-type]
    assert frame["zip"].dropna().tolist() == ["501", "90210"]
    assert frame["kind"].dropna().tolist() == ["a", "b"]
    assert frame["price"].dropna().tolist() == [1.0, 2.0]
    assert frame["day"].dt.day.tolist() == [1, 2, 3]
    assert frame["none"].isna().all()


@pytest.mark.parametrize(("body", "said"), [(b"PAR1 and then nothing", "damaged"), (b"", r"today\.parquet is empty")])
def test_a_damaged_parquet_file_is_a_sentence(written: Callable[[bytes], Path], body: bytes, said: str) -> None:
    with pytest.raises(InvalidDatasetError, match=said), open_batch(written(body), name="today.parquet"):
        pass


def test_lists_are_no_values_of_a_transaction(tmp_path: Path) -> None:
    path = parquet(tmp_path / "today.parquet", pa.table({"a": [[1], [2]]}))
    with (
        open_batch(path, name="today.parquet") as batch,
        pytest.raises(InvalidDatasetError, match=r"type list.* column 'a'"),
    ):
        list(batch.parts.frames(0, 10, ["a"], []))  # type: ignore[call-arg, arg-type]
