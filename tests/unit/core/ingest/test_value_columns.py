"""A value means the same alone and in a column, whatever else is in the column and whatever pandas has made of it."""

import io
import math
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.core.ingest.single_values import UnreadableValueError, Value, reader
from functions.core.ingest.spelling import ColumnFormat
from functions.core.ingest.value_columns import read_values
from functions.core.ingest.written_times import PATTERNS, Layout

LAYOUTS: list[Layout] = [*PATTERNS, "epoch s", "epoch ms"]
FORMATS = [
    ColumnFormat("numeric"),
    ColumnFormat("numeric", decimal="."),
    ColumnFormat("numeric", decimal=","),
    ColumnFormat("numeric", decimal=".", thousands=",", unit="$"),
    ColumnFormat("numeric", decimal=",", thousands=".", unit="€"),
    ColumnFormat("numeric", thousands=","),
    ColumnFormat("numeric", decimal=".", unit="%"),
    ColumnFormat("boolean"),
    ColumnFormat("text"),
    ColumnFormat("text", missing=("NA",)),
    ColumnFormat("text", absent="None"),
    ColumnFormat("time"),
    *(ColumnFormat("numeric" if layout.startswith("clock") else "time", layout=layout) for layout in LAYOUTS),
]
NUMBERS = st.from_regex(
    r"(?a:[-+(]?[$€%]? ?-?\d{1,4}([.,' ]?\d{2,3}){0,3}([.,]\d{0,4})?(e[+-]?\d{1,3})?[-)]?( ?[%€]|USD)?)", fullmatch=True
)
TIMES = st.one_of(
    st.from_regex(
        r"(?a:\d{1,4}[-/.]\d{1,2}[-/.]\d{2,4}"
        r"([ T]\d{1,2}:\d{2}(:\d{2}([.,]\d{1,9})?)?( ?[AaPp]\.?[Mm])?(Z|\+0[0-9]:?30)?)?)",
        fullmatch=True,
    ),
    st.from_regex(r"(?a:(19|20)\d{2}(0\d|1[0-3])[0-3]\d([T ]?[0-2]\d[0-6]\d([0-6]\d)?)?(\.0)?)", fullmatch=True),
    st.from_regex(r"(?a:\d{1,2}[- .]?(Jan|feb|MARCH|Dec)[a-z]{0,3}[-,. ]{1,2}(19|20)?\d{2})", fullmatch=True),
    st.from_regex(r"(?a:(Mon, )?(May|June|sept) [0-3]?\d(st|th)?, 20\d{2}( \d{1,2}:\d{2})?)", fullmatch=True),
    st.from_regex(r"(?a:\d{1,2}[:.]\d{2}(:\d{2})?( Uhr)?)", fullmatch=True),
    st.datetimes().map(str),
)
WORDS = st.sampled_from(
    [
        *("", " ", "NA", "n/a", "None", "null", "\\N", "-", "?", "nan", "inf", "-Infinity", "1e400", "true", "FALSE"),
        *(
            "0",
            "1",
            "0000-00-00",
            "Web",
            " web ",
            "1,234",
            "1.234",
            "12.5",
            "09.05",
            "9.5",
            "1_000",
            "0x10",
            "٣",
            "\x00",
        ),
    ]
)
TEXTS = st.one_of(NUMBERS, TIMES, WORDS, st.text(max_size=8)).flatmap(
    lambda text: st.sampled_from([text, f" {text}", f"{text}\t"])
)
MANY = settings(max_examples=150, deadline=None)


def _alone(value: object, form: ColumnFormat) -> Value | Exception:
    try:
        return reader(form)(value)
    except UnreadableValueError as error:
        return error


def _in_column(values: pd.Series, form: ColumnFormat) -> list[Any]:
    found = read_values(values, form)
    return [found.fault] if found.place is not None else found.data.tolist()


def _same(one: object, other: object) -> bool:
    both_missing = isinstance(one, float) and isinstance(other, float) and math.isnan(one) and math.isnan(other)
    return both_missing or (one == other and type(one) is type(other))


@MANY
@given(st.lists(TEXTS, min_size=1, max_size=6), st.sampled_from(FORMATS))
def test_texts_mean_the_same_alone_and_in_a_column(texts: list[str], form: ColumnFormat) -> None:
    alone = [_alone(each, form) for each in texts]
    wrong = [place for place, each in enumerate(alone) if isinstance(each, Exception)]
    for dtype in ("str", object, "category"):
        found = read_values(pd.Series(texts, dtype=dtype), form)
        if wrong:
            assert (found.place, found.fault) == (wrong[0], str(alone[wrong[0]]))
        else:
            assert found.place is None
            assert all(map(_same, found.data.tolist(), alone)), (found.data, alone)


NUMERIC = [
    st.integers(-(2**52), 2**52),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from([0, 1, 20260228, 20260230, 9.05, 12.3, 1_767_225_600, 1_767_225_600_000.0, 0.0, -0.0, 2.0**53]),
    st.booleans(),
]


@MANY
@given(st.one_of([st.lists(each, min_size=1, max_size=5) for each in NUMERIC]), st.sampled_from(FORMATS))
def test_numbers_mean_the_same_alone_and_in_a_column(numbers: list[float], form: ColumnFormat) -> None:
    column = pd.Series(numbers)
    alone = [_alone(each, form) for each in column.tolist()]
    wrong = [place for place, each in enumerate(alone) if isinstance(each, Exception)]
    for values in (column, column.astype(object), pd.Series(pd.array(column.tolist()))):
        found = read_values(values, form)
        if wrong:
            assert (found.place, found.fault) == (wrong[0], str(alone[wrong[0]]))
        else:
            assert all(map(_same, found.data.tolist(), alone)), (found.data, alone)


@pytest.mark.parametrize(
    ("form", "cells", "json"),
    [
        (ColumnFormat("numeric", decimal="."), ["3", "4.5", ""], [3, 4.5, None]),
        (ColumnFormat("numeric"), ["3", "4", ""], [3, 4, None]),
        (ColumnFormat("numeric"), ["3", "4", "5"], [3, 4.0, "5"]),
        (ColumnFormat("boolean"), ["True", "False", ""], [True, False, None]),
        (ColumnFormat("boolean"), ["true", "false", "true"], [1, 0.0, "TRUE"]),
        (ColumnFormat("text"), [" web", "pos ", ""], ["web", " pos", None]),
        (ColumnFormat("text"), ["17", "18", ""], [17, 18.0, None]),
        (ColumnFormat("time", layout="compact"), ["20260103", "20260104", ""], [20260103, "20260104", None]),
        (ColumnFormat("time", layout="ymd"), ["2026-01-03", "", "2026-01-04"], ["2026-01-03T00:00Z", None, "2026/1/4"]),
    ],
)
def test_a_file_and_json_mean_the_same(form: ColumnFormat, cells: list[str], json: list[object]) -> None:
    file = "a,b\n" + "".join(f"{cell},1\n" for cell in cells)
    as_read = pd.read_csv(io.StringIO(file))["a"]
    as_texts = pd.read_csv(io.StringIO(file), dtype=str, keep_default_na=False)["a"]
    alone = [_alone(each, form) for each in json]

    assert all(map(_same, _in_column(as_read, form), alone)), (as_read, alone)
    if form.kind != "text" or cells[0] != "17":
        assert all(map(_same, _in_column(as_texts, form), alone))


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, [1], {"a": 1}, 10**400])
@pytest.mark.parametrize("form", FORMATS)
def test_what_json_has_no_number_for_is_refused(form: ColumnFormat, value: object) -> None:
    if form.kind == "text" and value == 10**400:
        return
    assert isinstance(_alone(value, form), UnreadableValueError)


@pytest.mark.parametrize(
    "form", [ColumnFormat("numeric"), ColumnFormat("time"), ColumnFormat("numeric", layout="clock")]
)
def test_dates_are_refused_where_the_model_knows_no_dates(form: ColumnFormat) -> None:
    assert read_values(pd.Series(pd.to_datetime(["2026-01-03"])), form).place == 0


def test_of_whole_numbers_a_comma_could_mean_either() -> None:
    assert isinstance(_alone("1,234", ColumnFormat("numeric")), UnreadableValueError)
    assert _alone("2,345.5", ColumnFormat("numeric")) == 2345.5
    assert _alone("12,5", ColumnFormat("numeric")) == 12.5


def test_an_empty_column_has_no_values() -> None:
    for form in FORMATS:
        for dtype in ("str", object, "float64"):
            assert len(read_values(pd.Series([], dtype=dtype), form).data) == 0
            missing = read_values(pd.Series([None, None], dtype=dtype), form).data.tolist()
            assert all(map(_same, missing, [form.absent if form.kind == "text" else math.nan] * 2))
