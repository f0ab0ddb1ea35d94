"""A message quotes a value only where it can't name a card or a person."""

import numpy as np
import pandas as pd
import pytest

from functions.core.ingest.distinct import distinct


def example(value: str) -> str:
    column = distinct(pd.Series(["x", value]))
    return column.example(np.array([text == value for text in column.texts]))


QUOTED = (
    *("2026-13-01", "31/02/2026 25:00:00", "2026-03-01T10:61:00.5Z", "12:61", "31 Feb 2026", "20261301"),
    *("1.234,5", "1'234.50", "-12,5 %", "9 kg", "soon", "n/k", "?"),
)
NOT_QUOTED = (
    *("4539007700791917", "4539 0077 0079 1917", "4539-0077-0079-1917", "078-05-1120", "DE89370400440532013000"),
    *("+49 170 1234567", "0170/1234567", "jo@example.org", "192.168.17.45", "dev-7e57aaaa", "f00dfeed"),
    *("Wilhelmine Ostrander", "Wilhelmine", "12 Old Terrace", "yesterday"),
)


@pytest.mark.parametrize("value", QUOTED)
def test_a_date_an_amount_or_a_short_word_is_quoted(value: str) -> None:
    assert example(value) == f"'{value}' in row 3"


@pytest.mark.parametrize("value", NOT_QUOTED)
def test_anything_else_is_told_by_its_row_alone(value: str) -> None:
    assert example(value) == "in row 3"
