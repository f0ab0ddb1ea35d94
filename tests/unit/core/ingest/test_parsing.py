"""A file that is parsed in parts has the columns that it has when parsed as a whole."""

import io
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from functions.core.ingest.decoding import ReadLimits, decode_file
from functions.core.ingest.dialect import recognise
from functions.core.ingest.parsing import parse

LARGE = ("9007199254740993", "18446744073709551615")
CELLS = st.sampled_from(
    [
        "0",
        "1",
        "-7",
        "2.5",
        "1e3",
        "",
        "NA",
        "\\N",
        "nan",
        "True",
        "false",
        "x",
        "9007199254740993",
        "18446744073709551615",
        "inf",
    ]
)
type Parse = Callable[[str, int], pd.DataFrame]


@pytest.fixture
def parsed(tmp_path: Path) -> Parse:
    def _parsed(text: str, rows: int) -> pd.DataFrame:
        path = tmp_path / "file.csv"
        path.write_text(text)
        limits = ReadLimits()
        file = decode_file(path, name="file.csv", limits=limits)
        return parse(file, recognise(file, delimiter=",", limits=limits), chunk_rows=rows)

    return _parsed


def whole(text: str) -> pd.DataFrame:
    return pd.read_csv(
        io.StringIO(text),
        header=0,
        names=[0, 1],
        index_col=False,
        low_memory=False,
        keep_default_na=False,
        na_values=["", "\\N"],
    )


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cells=st.lists(st.tuples(CELLS, st.sampled_from(["0", "1"])), min_size=1, max_size=12), rows=st.integers(1, 5))
def test_parts_come_to_the_whole(parsed: Parse, cells: list[tuple[str, str]], rows: int) -> None:
    text = "a,b\n" + "".join(f"{first},{second}\n" for first, second in cells)
    pd.testing.assert_frame_equal(parsed(text, rows), whole(text), check_exact=True)


@pytest.mark.parametrize(
    "column",
    [
        ["1", "2", "2.5", ""],
        ["1", "2", "x", "y"],
        ["True", "False", "", "True"],
        ["True", "", "x", "True"],
        ["9007199254740993", "1", "0.5", "2"],
        ["", "", "x", "y"],
        ["18446744073709551615", "1", "-1", "2"],
        ["0", "True", "", "18446744073709551615"],
    ],
)
def test_what_parts_do_not_agree_on_is_what_the_whole_says(parsed: Parse, column: list[str]) -> None:
    text = "a,b\n" + "".join(f"{cell},1\n" for cell in column)
    pd.testing.assert_frame_equal(parsed(text, 2), whole(text), check_exact=True)


def test_a_row_that_is_too_wide_is_an_error_in_any_part(parsed: Parse) -> None:
    with pytest.raises(pd.errors.ParserError, match="line 5"):
        parsed("a,b\n1,2\n3,4\n5,6\n7,8\n9,10,11\n", 2)
