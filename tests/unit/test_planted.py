"""The search for planted values finds them however they are packed: a search that finds nothing proves nothing."""

import gzip
import io
import sqlite3
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from functions.core.data.tables import Kind, LabelledTable, to_parquet
from tests.planted import found, people

TABLE = people(50)
CARD = str(TABLE["cc_num"].iloc[0])


def zipped(body: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inner", body)
    return buffer.getvalue()


def parquet(*, as_numbers: bool) -> bytes:
    cards = TABLE[["cc_num"]].astype("float64" if as_numbers else "str")
    kind: Kind = "numeric" if as_numbers else "categorical"
    return to_parquet(LabelledTable(cards, TABLE["is_fraud"].astype("int8"), {"cc_num": kind}))


def array() -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, TABLE["cc_num"].to_numpy(np.float64))
    return buffer.getvalue()


def database(folder: Path) -> bytes:
    path = folder / "some.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE tags (value TEXT)")
        connection.execute("INSERT INTO tags VALUES (?)", (f"row of {TABLE['email'].iloc[0]}",))
    return path.read_bytes()


@pytest.mark.parametrize(
    "body",
    [
        f'{{"top": {{"{CARD}": 3}}}}'.encode(),
        gzip.compress(CARD.encode()),
        zipped(zipped(array())),
        parquet(as_numbers=False),
        parquet(as_numbers=True),
        zipped(parquet(as_numbers=True)),
        TABLE["full_name"].iloc[0].upper().encode(),
    ],
    ids=["json", "gzip", "zips of an array", "parquet of texts", "parquet of numbers", "zipped parquet", "capitals"],
)
def test_a_value_is_found_however_it_is_packed(body: bytes) -> None:
    assert found({"one": b"nothing", "other": body})


def test_a_value_is_found_in_a_database(tmp_path: Path) -> None:
    assert list(found({"mlflow.db": database(tmp_path)})) == ["mlflow.db"]


@pytest.mark.parametrize("column", ["trans_num", "cc_num", "customer_id", "device", "full_name", "email", "street"])
def test_each_value_of_these_columns_is_searched_for(column: str) -> None:
    assert len(found({str(value): str(value).encode() for value in TABLE[column]})) == TABLE[column].nunique()


def test_what_may_stay_is_not_searched_for() -> None:
    assert found({"one": TABLE[["trans_time", "category", "amount", "quantity", "is_fraud"]].to_csv().encode()}) == {}


def test_rows_with_gaps_are_searched_too() -> None:
    body = io.BytesIO()
    pd.DataFrame({"shop": pd.array(["a", None, CARD], dtype="str")}).to_parquet(body)
    assert found({"rows.parquet": body.getvalue()})
