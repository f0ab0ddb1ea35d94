"""Rows to score are read the same from a file and from single transactions; what is wrong is named, never quoted."""

import io
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from functions.core.data.pseudonyms import pseudonym
from functions.core.ingest.spelling import ColumnFormat
from functions.core.scoring.input_reading import (
    MissingColumnsError,
    UnreadableValuesError,
    UnscorableRowsError,
    read_frame,
    read_transactions,
)
from functions.core.scoring.input_rows import InputColumn, InputRows

KEY = b"key of a home"
CARD = "4111111111111111"
COLUMNS = [
    InputColumn("amount", ColumnFormat("numeric", decimal=".", unit="$"), "amount"),
    InputColumn("items", ColumnFormat("numeric")),
    InputColumn("foreign", ColumnFormat("boolean")),
    InputColumn("channel", ColumnFormat("text"), "category"),
    InputColumn("card", ColumnFormat("text"), "entity", hashed=True),
    InputColumn("booked", ColumnFormat("time", layout="mdy"), "time"),
]
FILE = f"""booked, channel ,items,amount,more,foreign,card
1/31/2026 13:45, web ,3,12.50,x,True,{CARD}
2026-01-31T13:45:00Z,pos,,$3,y,False,{CARD}
,,5,,z,,
"""
TRANSACTIONS: list[dict[str, object]] = [
    {"amount": 12.5, "items": 3, "foreign": True, "channel": "web", "card": int(CARD), "booked": "01/31/2026 1:45 PM"},
    {"amount": "3", "items": "", "foreign": 0, "channel": "pos", "card": f" {CARD}", "booked": "2026-01-31 13:45"},
    {" amount ": None, "items": 5.0, "foreign": "", "channel": "", "card": None, "booked": None, "more": "z"},
]


def _equal(one: InputRows, other: InputRows) -> None:
    assert (one.count, list(one.columns)) == (other.count, list(other.columns))
    for name, values in one.columns.items():
        assert values.dtype == other.columns[name].dtype
        np.testing.assert_array_equal(values, other.columns[name], name)


@pytest.mark.parametrize(
    "read",
    [
        lambda: pd.read_csv(io.StringIO(FILE), dtype={"card": str}),
        lambda: pd.read_csv(io.StringIO(FILE), dtype=str, keep_default_na=False),
        lambda: pd.read_csv(io.StringIO(FILE), dtype=str)[lambda X: X.columns[::-1]],
        lambda: pd.DataFrame([{k.strip(): v for k, v in each.items()} for each in TRANSACTIONS]),
    ],
)
def test_a_file_and_its_rows_alone_are_read_the_same(read: Callable[[], pd.DataFrame]) -> None:
    frame = read_frame(read(), COLUMNS, KEY)
    together = read_transactions(TRANSACTIONS, COLUMNS, KEY)
    alone = [read_transactions([each], COLUMNS, KEY) for each in TRANSACTIONS]

    _equal(frame, together)
    for place, each in enumerate(alone):
        _equal(each, together.take([place]))
    assert together.columns["amount"].tolist()[:2] == [12.5, 3.0]
    assert together.columns["channel"].tolist() == ["web", "pos", None]
    assert together.columns["booked"].tolist()[:2] == [1769867100.0] * 2
    assert together.columns["card"].tolist() == [pseudonym(CARD, KEY)] * 2 + [None]


def test_entities_that_are_hashes_already_stay_as_they_are() -> None:
    hashed = [{**each, "card": pseudonym(CARD, KEY)} for each in TRANSACTIONS]
    for key in (KEY, None):
        assert read_transactions(hashed, COLUMNS, key).columns["card"].tolist() == [pseudonym(CARD, KEY)] * 3
        frame = pd.DataFrame([{k.strip(): v for k, v in each.items()} for each in hashed])
        assert read_frame(frame, COLUMNS, key).columns["card"].tolist() == [pseudonym(CARD, KEY)] * 3


def _wrong(**changes: Any) -> list[dict[str, object]]:  # noqa: ANN401 - values of all sorts
    return [TRANSACTIONS[0], {**TRANSACTIONS[1], **changes}]


@pytest.mark.parametrize(
    ("transactions", "kind", "columns", "message"),
    [
        (
            _wrong(amount=CARD + "x"),
            UnreadableValuesError,
            ["amount"],
            "Column 'amount' has a value in {} that can't be",
        ),
        (_wrong(amount=float("nan")), UnreadableValuesError, ["amount"], "in {} that is no finite number."),
        (_wrong(items=float("inf")), UnreadableValuesError, ["items"], "in {} that is no finite number."),
        (_wrong(foreign=7), UnreadableValuesError, ["foreign"], "in {} that can't be read as true or false."),
        (_wrong(channel=[CARD]), UnreadableValuesError, ["channel"], "in {} that is neither a text nor a number."),
        (_wrong(booked="31/31/2026"), UnreadableValuesError, ["booked"], "(dates with the month first)."),
        (_wrong(amount="x", items="x"), UnreadableValuesError, ["amount", "items"], "number. Column 'items' has"),
        ([{"amount": 1}], MissingColumnsError, ["items", "foreign", "channel", "card", "booked"], "'items', 'foreign'"),
        (_wrong(**{"items ": 3}), UnscorableRowsError, ["items"], "have the column 'items' twice"),
    ],
)
def test_what_is_wrong_is_named_and_not_quoted(
    transactions: list[dict[str, object]], kind: type[UnscorableRowsError], columns: list[str], message: str
) -> None:
    with pytest.raises(kind) as caught:
        read_transactions(transactions, COLUMNS, KEY)
    assert list(caught.value.columns) == columns
    assert message.format("transaction 2") in str(caught.value)
    assert CARD not in str(caught.value)
    assert "31/31" not in str(caught.value)
    with pytest.raises(kind, match=r"has a value that|no column|twice"):
        read_transactions(transactions[-1:], COLUMNS, KEY)


def test_the_row_of_a_file_is_named() -> None:
    frame = pd.read_csv(io.StringIO(FILE), dtype=str).replace("5", CARD + "x")
    with pytest.raises(UnreadableValuesError, match=r"^Column 'items' has a value in row 4 that can't be") as caught:
        read_frame(frame, COLUMNS, KEY)
    assert CARD not in str(caught.value)
    with pytest.raises(UnreadableValuesError, match="in row 1,003 that"):
        read_frame(frame, COLUMNS, KEY, first_row=1001)


def test_without_the_key_an_entity_must_be_a_hash() -> None:
    with pytest.raises(UnreadableValuesError, match="'card' has a value that is no hash") as caught:
        read_transactions(TRANSACTIONS[:1], COLUMNS)
    assert CARD not in str(caught.value)
    with pytest.raises(UnreadableValuesError, match="'card' has a value in row 2 that is no hash") as caught:
        read_frame(pd.read_csv(io.StringIO(FILE), dtype=str), COLUMNS)
    assert CARD not in str(caught.value)


def test_of_many_faults_the_first_are_told() -> None:
    wrong = {**TRANSACTIONS[0], "amount": "x", "items": "x", "foreign": "x", "booked": "x"}
    with pytest.raises(UnreadableValuesError, match=r"So has 1 other column\.$") as caught:
        read_transactions([wrong], COLUMNS, KEY)
    assert caught.value.columns == ("amount", "items", "foreign", "booked")


def test_no_rows_are_no_rows() -> None:
    assert read_transactions([], COLUMNS, KEY).count == 0
    assert read_frame(pd.read_csv(io.StringIO(FILE)).head(0), COLUMNS, KEY).count == 0
