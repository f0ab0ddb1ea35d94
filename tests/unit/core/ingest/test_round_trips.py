"""Numbers and times that are written in any of the known ways are read as what they were."""

import calendar
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from functions.core.ingest.columns import read_columns
from functions.core.ingest.conversion import read_column
from functions.core.ingest.reading import RawTable, Source, read_table
from functions.core.ingest.written_numbers import CONVENTIONS, Convention

DECIMALS = st.decimals(min_value=-(10**12), max_value=10**12, places=2)
UNITS = st.sampled_from(["{}", "${}", "{} €", "{} %", "EUR {}", " {} ", "{}\xa0£"])
NEGATIVES = st.sampled_from(["-{}", "({})", "{}-", "\u2212{}"])
WRITTEN: dict[str, Callable[[datetime], str]] = {
    "ISO": lambda time: time.isoformat(),
    "ISO without seconds": lambda time: time.strftime("%Y-%m-%d %H:%M"),
    "year first": lambda time: time.strftime("%Y/%m/%d %H:%M:%S"),
    "American": lambda time: f"{time.month}/{time.day}/{time.year} {time.strftime('%I:%M:%S %p')}",
    "European": lambda time: time.strftime("%d/%m/%Y %H:%M:%S"),
    "German": lambda time: f"{time.day}.{time.month}.{time.year} {time.strftime('%H:%M:%S')}",
    "short year": lambda time: time.strftime("%d.%m.%y %H:%M"),
    "named month": lambda time: time.strftime(f"%d-{calendar.month_abbr[time.month]}-%Y %H:%M:%S"),
    "month first": lambda time: time.strftime(f"{calendar.month_name[time.month]} {time.day}, %Y %H:%M:%S"),
    "compact": lambda time: time.strftime("%Y%m%d%H%M%S"),
}
ZONES = st.integers(-56, 56).map(lambda quarters: timezone(timedelta(minutes=15 * quarters)))
DECIDING = datetime(2019, 12, 31, 23, 59, 58)  # noqa: DTZ001 - without a zone, as files are


def written(number: Decimal, convention: Convention, unit: str, negative: str) -> str:
    """Write a number of two places in a convention."""
    digits = f"{abs(number):,.2f}".translate({ord(","): convention.thousands, ord("."): convention.decimal})
    return unit.format(negative.format(digits) if number < 0 else digits)


def table(column: list[str]) -> RawTable:
    return RawTable(pd.DataFrame({"x": column}, dtype="str"), Source("data.csv", ",", "utf-8", compressed=False))


@given(
    numbers=st.lists(DECIMALS, min_size=1, max_size=20),
    convention=st.sampled_from(CONVENTIONS),
    unit=UNITS,
    negative=NEGATIVES,
)
def test_numbers(numbers: list[Decimal], convention: Convention, unit: str, negative: str) -> None:
    texts = [written(each, convention, unit, negative) for each in numbers]
    column = read_columns(table(texts), {})["x"]
    assert column.format.kind == "numeric"
    assert column.data.tolist() == [float(each) for each in numbers]
    # The same column of another file, of which other values are there.
    assert read_column(pd.Series(texts[:1]), column.format).tolist() == [float(numbers[0])]


@given(numbers=st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=20))
def test_any_float_as_computers_write_it(numbers: list[float]) -> None:
    column = read_columns(table([repr(each) for each in numbers]), {"x": "number"})["x"]
    assert column.data.tolist() == numbers


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    numbers=st.lists(DECIMALS, min_size=3, max_size=20),
    convention=st.sampled_from([each for each in CONVENTIONS if each.thousands != " "]),
    order=st.randoms(use_true_random=False),
)
def test_numbers_of_a_file_in_any_order_of_rows(
    tmp_path: Path, numbers: list[Decimal], convention: Convention, order: object
) -> None:
    """What the first rows look like decides how fast, and not what, is read."""
    rows = [Decimal(each) for each in range(60)] + numbers
    rng = np.random.default_rng(order.getrandbits(32))  # type: ignore[attr-defined]  # a Random
    rows = [rows[place] for place in rng.permutation(len(rows))]
    short = [each == int(each) and each < 100 for each in rows]
    cells = [
        str(int(each)) if whole else written(each, convention, "{}", "-{}")
        for each, whole in zip(rows, short, strict=True)
    ]
    (tmp_path / "x.csv").write_text("x;y\n" + "".join(f"{cell};0\n" for cell in cells))
    raw = read_table(tmp_path / "x.csv", name="x.csv")
    assert read_columns(raw, {})["x"].data.tolist() == [float(each) for each in rows]


@pytest.mark.parametrize("layout", WRITTEN)
@given(
    times=st.lists(
        st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(2060, 1, 1)),  # noqa: DTZ001 - as files are
        min_size=2,
        max_size=10,
    )
)
def test_times(layout: str, times: list[datetime]) -> None:
    write = WRITTEN[layout]
    whole = [each.replace(microsecond=0, second=0) for each in [DECIDING, *times]]
    column = read_columns(table([write(each) for each in whole]), {"x": "time"})["x"]
    assert column.question is None
    assert column.data.tolist() == [each.replace(tzinfo=UTC).timestamp() for each in whole]


@given(time=st.datetimes(min_value=DECIDING, timezones=ZONES))
def test_times_with_zones(time: datetime) -> None:
    column = read_columns(table([time.isoformat(), time.isoformat(" ")]), {})["x"]
    assert column.format.kind == "time"
    np.testing.assert_allclose(column.data, time.timestamp(), rtol=0, atol=2e-6)
