"""Files of labels, as people write them."""

import datetime as dt
import gzip
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from functions.core.errors import EmptyFileError, InvalidLabelsError, RaggedRowsError
from functions.core.loop.label_reading import ReadLabels, read_labels

NOW = dt.datetime(2026, 11, 29, 12, tzinfo=dt.UTC)
RECEIVED = int(NOW.timestamp()) * 1_000_000


def read(folder: Path, text: str, name: str = "labels.csv") -> ReadLabels:
    path = folder / "upload"
    path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    return read_labels(path, name=name, received_at=RECEIVED)


def of_parquet(folder: Path, **columns: Any) -> ReadLabels:  # noqa: ANN401 - whatever the column holds
    path = folder / "upload"
    pd.DataFrame(columns).to_parquet(path)
    return read_labels(path, name="labels.parquet", received_at=RECEIVED)


def days(read: ReadLabels) -> list[str]:
    return [dt.datetime.fromtimestamp(each / 1e6, dt.UTC).isoformat(" ")[:16] for each in read.events.known_at]


def test_labels_without_a_time_are_known_since_they_came(tmp_path: Path) -> None:
    events = read(tmp_path, "transaction_id,label\na1,1\na2,0\n").events
    assert events.transaction_id.tolist() == ["a1", "a2"]
    assert events.fraud.tolist() == [True, False]
    assert events.known_at.tolist() == events.received_at.tolist() == [RECEIVED, RECEIVED]


@pytest.mark.parametrize(
    ("fraud", "legitimate"), [("1", "0"), ("1.0", "0.0"), ("Fraud", " legit"), ("TRUE", "false"), ("yes", "no")]
)
def test_a_label_is_a_number_or_a_word(tmp_path: Path, fraud: str, legitimate: str) -> None:
    assert read(tmp_path, f"transaction_id,label\na,{fraud}\nb,{legitimate}\n").events.fraud.tolist() == [True, False]


def test_a_file_of_frauds_alone_is_one(tmp_path: Path) -> None:
    assert read(tmp_path, "Label;Transaction_ID\nchargeback;1\n").events.fraud.tolist() == [True]


def test_transactions_are_as_they_are_written(tmp_path: Path) -> None:
    text = 'transaction_id,label\n007,1\n12345678901234567890,0\n1.50,0\n"a,b",1\nNA,1\n'
    assert read(tmp_path, text).events.transaction_id.tolist() == ["007", "12345678901234567890", "1.50", "a,b", "NA"]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2026-11-03T14:30:00Z", "2026-11-03 14:30"),
        ("2026-11-03 14:30:00+02:00", "2026-11-03 12:30"),
        ("2026-11-03", "2026-11-03 00:00"),
        ("23.11.2026", "2026-11-23 00:00"),
        ("1793716200", "2026-11-03 14:30"),
        ("", "2026-11-29 12:00"),
        ("NA", "2026-11-29 12:00"),
    ],
)
def test_times_are_read_as_people_write_them(tmp_path: Path, written: str, expected: str) -> None:
    assert days(read(tmp_path, f"transaction_id,label,known_at\na,1,{written}\n")) == [expected]


def test_other_columns_are_left_out_and_that_is_said(tmp_path: Path) -> None:
    assert read(tmp_path, "who,transaction_id,label\nada,a,1\n").notes == ("Other columns are left out: 'who'.",)


def test_a_compressed_file_is_read(tmp_path: Path) -> None:
    assert len(read(tmp_path, "transaction_id,label\na,1\n", "labels.csv.gz").events) == 1


def test_a_parquet_file_keeps_whole_numbers_and_moments(tmp_path: Path) -> None:
    zone = dt.timezone(dt.timedelta(hours=2))
    found = of_parquet(
        tmp_path,
        transaction_id=[12345678901234567, 2],
        label=[True, False],
        known_at=[dt.datetime(2026, 11, 3, 14, 30, tzinfo=zone), None],
    )
    assert found.events.transaction_id.tolist() == ["12345678901234567", "2"]
    assert found.events.fraud.tolist() == [True, False]
    assert days(found) == ["2026-11-03 12:30", "2026-11-29 12:00"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id,label\na,1\n", "labels.csv has no column 'transaction_id'; a file of labels has the columns"),
        ("id,is_fraud\na,1\n", "has no column 'transaction_id', 'label'; "),
        ("transaction_id,label\na,1\n,0\n", "labels.csv names no transaction in row 3: fill in 'transaction_id'"),
        (
            "transaction_id,label\na,secret\nb,1\n",
            "a label that says neither fraud nor legitimate in row 2: write",
        ),
        ("transaction_id,label\na,-1\nb,1\n", "neither fraud nor legitimate in row 2"),
        ("transaction_id,label\na,\nb,1\n", "labels.csv has no label in row 2"),
        (
            "transaction_id,label,known_at\na,1,2026-11-03\nb,1,secret\n",
            "has no time in 'known_at' in row 3: write",
        ),
        ("transaction_id,label,known_at\na,1,secret\n", "has no times in 'known_at': write them as 2026-11-03"),
        (
            "transaction_id,label,known_at\na,1,03/11/2026\nb,1,03/11/2026\n",
            "can't be told apart: write the year",
        ),
        ("transaction_id,label,known_at\na,1,2026-12-24\n", "times in 'known_at' that are yet to come in row 2"),
    ],
)
def test_a_mistake_is_named_by_row_and_column_and_not_quoted(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InvalidLabelsError) as error:
        read(tmp_path, text)
    assert message in str(error.value)
    assert "secret" not in str(error.value)


def test_all_mistakes_are_named_at_once_and_many_rows_are_counted(tmp_path: Path) -> None:
    rows = "".join(f"{number},maybe\n" for number in range(9))
    with pytest.raises(InvalidLabelsError, match=r"no transaction in row 2: .* in rows 3, 4, 5, 6, 7 and 4 more"):
        read(tmp_path, f"transaction_id,label\n,1\n{rows}")


def test_rows_of_another_length_are_refused(tmp_path: Path) -> None:
    with pytest.raises(RaggedRowsError):
        read(tmp_path, "transaction_id,label\na,1\nb\n")


def test_a_file_without_rows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EmptyFileError):
        read(tmp_path, "transaction_id,label\n")


def test_numbers_with_a_point_are_no_transactions(tmp_path: Path) -> None:
    with pytest.raises(InvalidLabelsError, match="write them as texts or whole numbers"):
        of_parquet(tmp_path, transaction_id=[1.0, 2.0], label=[1, 0])
