"""Columns are what all of their values say they are, in whatever order and spelling these stand."""

import json
from dataclasses import asdict

import numpy as np
import pandas as pd
import pytest

from functions.core.errors import InvalidDatasetError
from functions.core.ingest.columns import ReadColumn, read_columns
from functions.core.ingest.conversion import read_column
from functions.core.ingest.reading import RawTable, Source
from functions.core.ingest.spelling import ColumnFormat


def table(**columns: object) -> RawTable:
    return RawTable(pd.DataFrame(columns), Source("data.csv", ",", "utf-8", compressed=False))


def read(values: list[object], role: str = "", **others: object) -> ReadColumn:
    return read_columns(table(x=values, **others), {"x": role} if role else {})["x"]


@pytest.mark.parametrize(
    ("written", "numbers", "note"),
    [
        (["1.234,56", "5"], [1234.56, 5], "written with a decimal comma and points between thousands"),
        (["1,234.56", "5"], [1234.56, 5], "written with commas between thousands"),
        (["$1,235 ", "$7"], [1235, 7], "written with commas between thousands and $ beside the numbers"),
        (["12 %", "7,5 %"], [12, 7.5], "written with a decimal comma and percent signs beside the numbers"),
        (["30,64 €", "-1,00 €"], [30.64, -1], "written with a decimal comma and € beside the numbers"),
        (["EUR 30,64", "0"], [30.64, 0], "written with a decimal comma and EUR beside the numbers"),
        (["(1,234.00)", "5.00-"], [-1234, -5], "written with commas between thousands"),
        (
            ["1\u202f234,56", "1\xa0000,00"],
            [1234.56, 1000],
            "written with a decimal comma and spaces between thousands",
        ),
        (["1'234.50", "1’000.00"], [1234.5, 1000], "written with apostrophes between thousands"),  # noqa: RUF001
        (["12,34,567.5", "1"], [1234567.5, 1], "written with commas between thousands"),
        (["\u2212$5.25", "$ 4"], [-5.25, 4], "written with $ beside the numbers"),
        (["1", "2", "3,5"], [1, 2, 3.5], "written with a decimal comma"),
        (["1.234.567", "1"], [1234567, 1], "written with a decimal comma and points between thousands"),
        (["1e3", "2,5"], [1000, 2.5], "written with a decimal comma"),
        (["5", "?", "n/a"], [5, np.nan, np.nan], "'?' taken for missing"),
    ],
)
def test_numbers_are_read_as_people_write_them(written: list[object], numbers: list[float], note: str) -> None:
    column = read(written)

    assert column.format.kind == "numeric"
    np.testing.assert_array_equal(column.data, numbers)
    assert (column.note, column.question) == (note, None)


@pytest.mark.parametrize(
    "written",
    [["$5", "5 €"], ["1,5", "1.5"], ["12 %", "5"], ["1-2", "3"], ["1,23,4", "1"], ["555 123 456", "555 123 789"]],
)
def test_what_is_not_written_in_one_way_stays_text(written: list[object]) -> None:
    assert read(written).format.kind == "text"


@pytest.mark.parametrize(
    ("written", "second"),
    [
        (["2015-02-24 22:55", "2015-02-24"], 1424818500),
        (["2015-02-24T22:55:00Z", "2015-02-24T22:55:00+01:00"], 1424818500),
        (["2/24/15 22:55", "1/1/15 0:00"], 1424818500),
        (["02/24/2015 10:55:00 PM", "01/01/2015 12:00:00 AM"], 1424818500),
        (["24/02/2015 22:55", "01/01/2015 00:00"], 1424818500),
        (["24.02.2015, 22:55", "01.02.2015, 00:00"], 1424818500),
        (["24-Feb-15 22:55", "01-Mar-2015"], 1424818500),
        (["Feb 24, 2015 22:55:00", "March 1, 2015"], 1424818500),
        (["24FEB2015:22:55:00", "01MAR2015:00:00:00"], 1424818500),
        (["20150224225500", "20150101000000", "20150102000000"], 1424818500),
        ([20150224225500, 20150101000000, 20150102000000], 1424818500),
        ([20150224.0, 20150101.0, np.nan, 20150102.0], 1424736000),
        (["Tue, 24 Feb 2015 22:55:00 GMT", "Wed, 25 Feb 2015 00:00:00 GMT"], 1424818500),
        (["2015-02", "2015-12"], 1422748800),
        (["2015-02-24 24:00", "2015-02-24 23:00"], 1424822400),
        (["2015-02-24 22:55:00.5", "0000-00-00 00:00:00"], 1424818500.5),
    ],
)
def test_times_are_seconds_since_1970(written: list[object], second: float) -> None:
    column = read(written)

    assert column.format.kind == "time"
    assert column.data.iloc[0] == second


@pytest.mark.parametrize("value", [1424818500, 1424818500000, "1424818500", 1424818500.0])
def test_whole_numbers_are_epochs_where_the_name_or_the_user_says_so(value: object) -> None:
    assert read([value, value]).format.kind == "numeric"
    for column in (
        read([value, value], "time"),
        *read_columns(table(sent_at=[value, value]), {}).values(),
        *read_columns(table(sent_at=[str(value).removesuffix(".0"), "unknown"]), {}).values(),
    ):
        assert (column.format.kind, column.data.iloc[0]) == ("time", 1424818500)


def test_a_time_of_day_is_a_number_of_seconds() -> None:
    for role in ("", "number"):
        column = read(["22:00", "7:05", "7:05:30"], role)
        assert (column.format.kind, list(column.data)) == ("numeric", [79200, 25500, 25530])


def test_hours_with_points_are_times_of_day_beside_decimal_commas_alone() -> None:
    assert list(read(["12.30", "07.05", "00.00"], amount=["1,5", "2,5", "3"]).data) == [45000, 25500, 0]
    assert list(read(["12.30", "07.05", "00.00"], amount=["1.5", "2.5", "3"]).data) == [12.3, 7.05, 0]


def test_day_and_month_are_decided_by_another_column_or_asked_about() -> None:
    unclear: list[object] = ["03/04/2015", "01/02/2015"]
    assert read(unclear, other=["25/01/2015", "03/04/2015"]).format.layout == "dmy"
    assert read(unclear, other=["01/25/2015", "03/04/2015"]).format.layout == "mdy"
    assert read(unclear, "time:mdy").question is None
    assert read(unclear, "time:dmy").data.iloc[0] == 1428019200
    question = read(unclear).question
    assert question is not None
    assert question.startswith("data.csv has dates in column 'x' that can be read with the day or with the month first")


def test_a_thousand_or_a_fraction_is_decided_by_another_column_or_asked_about() -> None:
    unclear: list[object] = ["1.234", "5.678"]
    assert list(read(unclear, other=["0,5", "1,25"]).data) == [1234, 5678]
    assert list(read(unclear, other=[0.5, 1.25]).data) == [1.234, 5.678]
    assert list(read(unclear, "amount:comma").data) == [1234, 5678]
    assert list(read(["1,234", "$5"]).data) == [1234, 5]
    question = read(unclear).question
    assert question is not None
    assert "'x' such as 1.234, which can be 1234 or 1.234; set its role to 'number:comma' or" in question


@pytest.mark.parametrize(
    "ids",
    [
        ["05", "5", "6"],
        ["00501", "10001", "90210"],
        ["4000000000000001", "4000000000000002", "4000000000000003"],
        ["18446744073709551616", "18446744073709551617", "5"],
        [9007199254740993, 9007199254740992, 1],
    ],
)
def test_whole_numbers_that_name_something_stay_as_they_are_written(ids: list[object]) -> None:
    column = read(ids)
    assert column.format.kind == "text"
    assert list(column.data) == [str(each) for each in ids]


def test_fields_of_two_digits_are_numbers() -> None:
    assert list(read(["00", "07", "23"]).data) == [0, 7, 23]


def test_numbers_that_were_rounded_are_refused_and_not_taken_for_names() -> None:
    with pytest.raises(InvalidDatasetError, match="read the column as text"):
        read([4e18, np.nan], "entity")


def test_words_like_na_are_values_beside_empty_cells() -> None:
    country = read(["NA", "", "DE"])
    assert country.data.tolist()[::2] == ["NA", "DE"]
    assert country.data.isna().tolist() == [False, True, False]
    assert read(["NA", "FR", "DE"]).data.isna().tolist() == [True, False, False]
    assert read(["NA", "", "5"]).data.isna().tolist() == [True, True, False]
    assert read(["\\N", "FR", "N/A"]).data.isna().tolist() == [True, False, True]


def test_a_word_that_pandas_takes_for_missing_is_the_same_in_a_frame_of_its() -> None:
    column = read(["None", "Police", "Fire"])
    assert list(column.data) == ["None", "Police", "Fire"]
    assert list(read_column(pd.Series([np.nan, "Fire"]), column.format)) == ["None", "Fire"]


@pytest.mark.parametrize(
    ("role", "values", "message"),
    [
        ("time", ["2015-01-01", "2015-01-01", "soon"], r"can't be read as a time .*: 'soon' in row 4; correct it"),
        ("time", ["2015-01-01", "31.02.2015"], "'31.02.2015' in row 3"),
        ("time:dmy", ["03/04/2015", "12/13/2015"], r"\(dates with the day first\): '12/13/2015' in row 3"),
        ("number:comma", ["1.234", "5.6789"], "a number written with a decimal comma: '1.234' in row 2"),
        ("amount", ["5", "many"], "can't be read as a number: 'many' in row 3"),
        ("number", ["5", "4111111111111111x"], "a number: in row 3;"),
    ],
)
def test_what_the_user_demands_is_read_or_its_first_fault_named(role: str, values: list[object], message: str) -> None:
    with pytest.raises(InvalidDatasetError, match=message):
        read(values, role)


def test_numbers_are_numbers_where_the_user_says_so() -> None:
    assert list(read(["007", "18446744073709551616"], "amount").data) == [7, 2.0**64]
    for clock in ([1, 2, 3], ["1,5", "2", "3"]):
        column = read(clock, "time")  # type: ignore[arg-type]  # objects
        assert (column.format.kind, column.format.layout, list(column.data)[1:]) == ("time", None, [2, 3])


def test_a_value_of_a_column_that_names_its_rows_is_in_no_note() -> None:
    values = [*(f"{1000 + each}" for each in range(40)), "Jane Doe"]
    note = read(values).note  # type: ignore[arg-type]  # texts are objects
    assert note == "read as text, since 1 of its 41 values are not numbers, the first being in row 42"


@pytest.mark.parametrize(
    ("training", "batches"),
    [
        (["5", "6"], [[5, 6], [5.0, 6.0], [" 5", "6 "]]),
        (["5.5", "6"], [[5.5, 6], ["5.5 ", "6"]]),
        (["1.234,5", "6"], [[1234.5, 6.0], ["1234,5", "6"]]),
        (["True", "False"], [[True, False], [1, 0], ["true ", "FALSE"], [1.0, 0.0]]),
        (["24/12/2015", "1/1/2015"], [["24/12/2015", " 01/01/2015"], pd.to_datetime(["2015-12-24", "2015-01-01"])]),
        (["20151224", "20150101", "20150102"], [[20151224, 20150101, 20150102], [20151224.0, 20150101.0, 20150102.0]]),
        (["0007", "9"], [["0007 ", "9"]]),
        (["a", "b"], [["a ", " b"]]),
    ],
)
def test_the_same_values_are_the_same_in_another_frame(training: list[object], batches: list[object]) -> None:
    column = read(training)
    form = ColumnFormat(**json.loads(json.dumps(asdict(column.format))))
    for batch in batches:
        again = read_column(pd.Series(batch, name="x"), form)
        assert again.tolist() == column.data.tolist()
        assert again.dtype == column.data.dtype


def test_numbers_taken_for_names_are_the_same_as_texts() -> None:
    form = read(["5", "6", "x"], "entity").format
    for batch in ([5, 6], [5.0, 6.0], ["5", "6 "]):
        assert read_column(pd.Series(batch), form).tolist() == ["5", "6"]
    assert read_column(pd.Series([5.0, np.nan]), form).isna().tolist() == [False, True]
