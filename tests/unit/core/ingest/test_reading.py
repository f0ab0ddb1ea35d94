"""Requirements on a file to be read, and the error message otherwise."""

import gzip

import numpy as np
import pandas as pd
import pytest

from functions.core import errors
from tests.unit.core.ingest.files import PLAIN, Read


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_recognised_and_reported(read: Read, delimiter: str) -> None:
    raw = read(PLAIN.replace(",", delimiter))

    assert raw.source.delimiter == delimiter
    assert raw.frame.to_dict("list") == {"amount": [1.5, 2.5], "city": ["Paris", "Rome"], "label": [0, 1]}


@pytest.mark.parametrize(
    ("encoding", "reported"),
    [
        *((each, each) for each in ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252")),
        ("latin-1", "cp1252"),
    ],
)
def test_the_encoding_is_recognised_and_reported(read: Read, encoding: str, reported: str) -> None:
    raw = read("größe,city,label\n1,Orléans,0\n2,Málaga,1\n".encode(encoding))

    assert raw.source.encoding == reported
    assert list(raw.frame.columns) == ["größe", "city", "label"]
    assert list(raw.frame["city"]) == ["Orléans", "Málaga"]
    assert any("read as" in note for note in raw.source.notes) == (not reported.startswith("utf-8"))


def test_gzip_is_recognised_by_its_bytes_and_may_have_several_members(read: Read) -> None:
    raw = read(gzip.compress(PLAIN[:20].encode()) + gzip.compress(PLAIN[20:].encode()))

    assert raw.source.compressed
    pd.testing.assert_frame_equal(raw.frame, read(PLAIN).frame)


def test_quoted_fields_hold_delimiters_quotes_and_line_ends(read: Read) -> None:
    raw = read('note,label\n"a, b\nc",0\n"say ""hi""",1\n')

    assert list(raw.frame["note"]) == ["a, b\nc", 'say "hi"']


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_any_line_end_will_do_and_blank_lines_are_skipped(read: Read, end: str) -> None:
    raw = read(f"a,b{end}{end}1,2{end}   {end}3,4{end}{end}")

    assert raw.frame.to_dict("list") == {"a": [1, 3], "b": [2, 4]}


def test_column_names_are_stripped(read: Read) -> None:
    assert list(read(" a , b\n1,2\n").frame.columns) == ["a", "b"]


def test_a_decimal_comma_is_recognised_and_noted(read: Read) -> None:
    raw = read("a;b\n1,5;0\n-2,25;1\n")

    assert list(raw.frame["a"]) == [1.5, -2.25]
    assert "Numbers have a decimal comma." in raw.source.notes


def test_the_index_that_pandas_writes_is_left_out_and_noted(read: Read) -> None:
    raw = read(pd.DataFrame({"a": [1, 2], "b": [3, 4]}, index=[7, 3]).to_csv())

    assert list(raw.frame.columns) == ["a", "b"]
    assert any("numbers the rows" in note for note in raw.source.notes)


def test_unnamed_columns_without_a_value_are_left_out_and_noted(read: Read) -> None:
    raw = read("a,b,,\n1,2,,\n3,4,,\n")

    assert list(raw.frame.columns) == ["a", "b"]
    assert any("2 columns" in note for note in raw.source.notes)


@pytest.mark.parametrize("text", ["1e400", "inf", "-Infinity", "INF"])
def test_numbers_beyond_any_float_become_infinities_and_not_text(read: Read, text: str) -> None:
    assert np.isinf(read(f"a,b\n{text},0\n1.0,1\n").frame["a"].iloc[0])


def test_one_column_without_a_name_is_not_several(read: Read) -> None:
    assert read("a,,is_fraud\n1,,0\n2,,1\n").source.notes == ("1 column without a name or a value is left out.",)


def test_a_short_row_among_missing_last_values_is_told_from_them(read: Read) -> None:
    assert read("a,b\n1,\n2,3\n").frame["b"].isna().sum() == 1
    with pytest.raises(errors.RaggedRowsError, match="row 3 has 1"):
        read("a,b\n1,\n2\n")


def test_an_encoding_can_be_given_and_is_then_not_doubted(read: Read) -> None:
    cyrillic = "b,місто\n1,Львів\n".encode("koi8-u")

    assert list(read(cyrillic, encoding="koi8-u").frame["місто"]) == ["Львів"]
    with pytest.raises(errors.EncodingError):
        read("é,b\n1,2\n".encode("latin-1"), encoding="utf-8")
    with pytest.raises(errors.InvalidSettingsError, match="'utf-eight' is not known"):
        read(PLAIN, encoding="utf-eight")


def test_a_delimiter_can_be_given(read: Read) -> None:
    assert list(read("a:b\n1:2\n", delimiter=":").frame.columns) == ["a", "b"]
    with pytest.raises(errors.InvalidSettingsError, match="delimiter"):
        read(PLAIN, delimiter='"')
