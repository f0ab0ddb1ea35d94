"""Of delimiters that could all be meant, the one that makes the most columns in the most rows."""

from pathlib import Path

import pytest

from functions.core.errors import NotCsvError
from functions.core.ingest.decoding import ReadLimits, decode_file
from functions.core.ingest.dialect import Dialect, recognise


def recognised(path: Path, text: str, delimiter: str | None = None) -> Dialect:
    path.write_text(text)
    limits = ReadLimits()
    return recognise(decode_file(path, name="data.csv", limits=limits), delimiter=delimiter, limits=limits)


@pytest.mark.parametrize(
    ("text", "delimiter", "columns"),
    [
        # Both make a table: the wider one is meant.
        ("name;place, country;amount;label\nA;Rome, Italy;1;0\nB;Bern, Switzerland;2;1\n", ";", 4),
        ("a|b,c|d\n1|2,3|4\n", "|", 3),
        ("a\tb;c\td\n1\t2;3\t4\n", "\t", 3),
        # A wide header whose rows do not agree with it: 3 more columns in one row of four against 1 in each.
        ("a;b,c,d,e\n1;2\n3;4\n5;6\n", ";", 2),
        # Wide enough to be meant, as one row in three is merely short: 2 of 3 x 3 more columns against 1.
        ("a;b,c,d,e\n1;2,3,4,5\n1;2,3\n", ",", 4),
        # As many columns either way: in the order of DELIMITERS.
        ("a,b;c\n1,2;3\n", ",", 2),
        ("a|b;c\n1|2;3\n", ";", 2),
        # Each row agrees with a header of one column, which is no table.
        ("a;b\n1,5;2\n2,5;3\n", ";", 2),
    ],
)
def test_it_is_chosen(tmp_path: Path, text: str, delimiter: str, columns: int) -> None:
    found = recognised(tmp_path / "upload", text)
    assert (found.delimiter, len(found.header)) == (delimiter, columns)


def test_one_that_cannot_split_a_row_into_fields_does_not_agree_with_it(tmp_path: Path) -> None:
    """At commas the second row is one field of 140,001 characters; the csv module refuses more than 131,072."""
    row = "y" * 70_000
    assert recognised(tmp_path / "upload", f"a,b;c\n{row};{row}\n").delimiter == ";"


def test_prose_is_refused_with_all_that_was_tried(tmp_path: Path) -> None:
    with pytest.raises(NotCsvError, match=r"single column .* at comma or semicolon or tab or vertical bar;"):
        recognised(tmp_path / "upload", "Dear all\nhere is the data\n")
    with pytest.raises(NotCsvError, match="single column when it is split at ':';"):
        recognised(tmp_path / "upload", "a,b\n1,2\n", delimiter=":")


@pytest.mark.parametrize(
    ("rows", "mark"),
    [("1,5;2", ","), ("1.5;2", "."), ("1,5;2.5", "."), ("-1,5;+2,25", ","), ("1,;2", "."), ("1,5 km;2", ".")],
)
def test_a_decimal_comma_takes_numbers_that_have_one_and_none_with_a_point(
    tmp_path: Path, rows: str, mark: str
) -> None:
    assert recognised(tmp_path / "upload", f"a;b\n{rows}\n").decimal == mark


def test_a_comma_that_delimits_is_no_decimal_mark(tmp_path: Path) -> None:
    assert recognised(tmp_path / "upload", 'a,b\n"1,5",2\n').decimal == "."
