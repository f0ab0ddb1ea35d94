"""The digest is that of the data, not of the file."""

import gzip
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from functions.core.data.digest import content_digest
from functions.core.data.tables import LabelledTable, from_parquet, to_parquet
from functions.core.ingest.reading import read_table
from functions.core.roles.checks import check

FRAME = pd.DataFrame(
    {
        "amount": [0.1, 2.0, np.nan, -4.5] * 5,
        "city": ["Orléans", "Rome", None, "Bern"] * 5,
        "online": [True, False] * 10,
        "label": [0, 1] * 10,
    }
)
CSV = FRAME.to_csv(index=False)


def digest_of(path: Path, content: bytes) -> str:
    path.write_bytes(content)
    return content_digest(check(read_table(path, name="data.csv")).table)


@pytest.mark.parametrize(
    "content",
    [
        gzip.compress(CSV.encode(), mtime=0),
        CSV.replace(",", ";").encode(),
        CSV.replace("\n", "\r\n").encode("utf-8-sig"),
        CSV.encode("utf-16"),
        CSV.encode("cp1252"),
        CSV.replace("0.1,", "1e-1,").replace("2.0,", "2,").encode(),
        CSV.replace("True", "true").encode(),
        FRAME.assign(label=FRAME["label"].map({0: "legit", 1: "fraud"})).to_csv(index=False).encode(),
        FRAME.to_csv(index=True).encode(),
    ],
)
def test_how_the_file_is_written_does_not_matter(tmp_path: Path, content: bytes) -> None:
    assert digest_of(tmp_path / "b", content) == digest_of(tmp_path / "a", CSV.encode())


CHANGES: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "a value": lambda frame: frame.replace({"amount": {0.1: 0.10000000000000002}}),
    "a text": lambda frame: frame.replace({"city": {"Rome": "Roma"}}),
    "a missing value": lambda frame: frame.fillna({"amount": 0.0}),
    "a missing text": lambda frame: frame.fillna({"city": "nowhere"}),
    "a name": lambda frame: frame.rename(columns={"amount": "Amount"}),
    "the order of the columns": lambda frame: frame[["city", "amount", "online", "label"]],
    "the order of the rows": lambda frame: frame.iloc[::-1],
    "a kind": lambda frame: frame.astype({"online": int}),
    "the labels": lambda frame: frame.assign(label=[1, 0] * 10),
    "a row": lambda frame: pd.concat([frame, frame[frame["label"] == 0].tail(1)]),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_what_the_data_says_matters(tmp_path: Path, change: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    changed = change(FRAME).to_csv(index=False).encode()

    assert digest_of(tmp_path / "b", changed) != digest_of(tmp_path / "a", CSV.encode())


def test_zeros_of_either_sign_are_one_value() -> None:
    y = pd.Series([0, 1], name="label", dtype="int8")
    zero, minus_zero = (
        content_digest(LabelledTable(pd.DataFrame({"x": [value, 1.0]}), y, {"x": "numeric"})) for value in (0.0, -0.0)
    )
    assert zero == minus_zero


def test_texts_that_run_together_differ() -> None:
    y = pd.Series([0, 1], name="label", dtype="int8")
    first, second = (
        content_digest(LabelledTable(pd.DataFrame({"x": texts}), y, {"x": "categorical"}))
        for texts in (["ab", "c"], ["a", "bc"])
    )
    assert first != second


def test_the_digest_survives_parquet(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(CSV.encode())
    table = check(read_table(tmp_path / "a", name="data.csv")).table

    assert content_digest(from_parquet(to_parquet(table))) == content_digest(table)
