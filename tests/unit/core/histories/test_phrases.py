"""History columns in words."""

import math
from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from functions.core.histories.history_definitions import AGGREGATES, Aggregate
from functions.core.histories.history_plan import HistoryColumn, HistoryPlan
from functions.core.histories.phrases import phrase, title, titles

HOUR, DAY = 3_600, 86_400
PLAN = HistoryPlan("at", 1.0, "amt", "merchant", (0, 6), 1_000, ())


def column(aggregate: Aggregate, window: int | None, usual: float | None = None) -> HistoryColumn:
    return HistoryColumn(f"cc_num_{aggregate}", "cc_num", aggregate, window, usual)


@pytest.mark.parametrize(
    ("aggregate", "window", "usual", "number", "expected"),
    [
        ("count", HOUR, 1.0, 7.0, "7 transactions of cc_num in the last hour, usually 1"),
        ("count", DAY, 0.0, 1.0, "1 transaction of cc_num in the last day, usually 0"),
        ("count", 36 * HOUR, None, 0.0, "0 transactions of cc_num in the last 36 hours"),
        ("count", 90 * 60, None, 999.0, "999 transactions of cc_num in the last 90 minutes"),
        ("count", 30 * DAY, 40.0, 1000.0, "at least 1,000 transactions of cc_num in the last 30 days, usually 40"),
        ("sum", 7 * DAY, 310.0, 1240.5, "sum of amt of cc_num in the last 7 days is 1,240, usually 310"),
        ("mean", 7 * DAY, 31.0, 20.25, "mean of amt of cc_num in the last 7 days is 20.25, usually 31"),
        ("max", 7 * DAY, 90.0, 1e6, "largest amt of cc_num in the last 7 days is 1,000,000, usually 90"),
        ("distinct", 7 * DAY, 4.0, 12.0, "12 different merchants of cc_num in the last 7 days, usually 4"),
        ("distinct", 7 * DAY, 4.0, 1.0, "1 different merchant of cc_num in the last 7 days, usually 4"),
        ("night_share", DAY, 0.04, 0.625, "62.5 % of transactions of cc_num at night in the last day, usually 4 %"),
        ("ratio", 30 * DAY, 0.9, 8.3, "amt 8.3 times the mean of cc_num in the last 30 days, usually 0.9"),
        ("since_last", DAY, 2.0 * DAY, 180.0, "3 minutes since the last transaction of cc_num, usually 2 days"),
        ("since_last", DAY, 1.5 * HOUR, 1.0, "1 second since the last transaction of cc_num, usually 1.5 hours"),
        ("since_last", DAY, None, 0.25, "0.25 seconds since the last transaction of cc_num"),
    ],
)
def test_a_value_is_a_phrase_beside_what_is_usual(
    aggregate: Aggregate, window: int, usual: float | None, number: float, expected: str
) -> None:
    assert phrase(PLAN, column(aggregate, window, usual), number) == expected


@pytest.mark.parametrize(
    ("aggregate", "usual", "expected"),
    [
        ("count", 1.0, "transactions of cc_num in the last 7 days not known, usually 1"),
        ("mean", None, "mean of amt of cc_num in the last 7 days not known"),
        ("since_last", 7.2e3, "no earlier transaction of cc_num known in the last 7 days, usually one 2 hours before"),
        ("since_last", None, "no earlier transaction of cc_num known in the last 7 days"),
    ],
)
@pytest.mark.parametrize("missing", [None, math.nan])
def test_what_is_missing_is_not_known(
    aggregate: Aggregate, usual: float | None, expected: str, missing: float | None
) -> None:
    assert phrase(PLAN, column(aggregate, 7 * DAY, usual), missing) == expected


def test_a_clock_of_an_unknown_unit_has_no_windows_and_counts_its_own_units() -> None:
    steps = replace(PLAN, clock="step", unit=None, merchant="nameDest")
    assert phrase(steps, column("count", None, 1.0), 7.0) == "7 transactions of cc_num so far, usually 1"
    assert phrase(steps, column("since_last", None, 20.0), 1.0) == (
        "1 unit of step since the last transaction of cc_num, usually 20 units of step"
    )
    assert phrase(steps, column("since_last", None), None) == "no earlier transaction of cc_num known so far"
    assert phrase(steps, column("distinct", None), 3.0) == "3 different values of nameDest of cc_num so far"


def test_a_title_says_what_a_column_is_without_a_value() -> None:
    told = titles(replace(PLAN, columns=tuple(column(each, HOUR) for each in AGGREGATES)))
    assert told == {
        "cc_num_count": "transactions of cc_num in the last hour",
        "cc_num_sum": "sum of amt of cc_num in the last hour",
        "cc_num_mean": "mean of amt of cc_num in the last hour",
        "cc_num_max": "largest amt of cc_num in the last hour",
        "cc_num_distinct": "different merchants of cc_num in the last hour",
        "cc_num_night_share": "share of transactions of cc_num at night in the last hour",
        "cc_num_since_last": "time since the last transaction of cc_num",
        "cc_num_ratio": "amt as a multiple of the mean of cc_num in the last hour",
    }


def test_names_of_columns_are_cut_and_made_printable() -> None:
    odd = replace(PLAN, amount="amt\n{value}")
    assert title(odd, column("sum", HOUR)) == "sum of amt\\n{value} of cc_num in the last hour"
    assert phrase(odd, column("sum", HOUR), 3.0) == "sum of amt\\n{value} of cc_num in the last hour is 3"
    assert len(title(PLAN, HistoryColumn("c", "x" * 500, "count", HOUR))) < 100


names = st.text(min_size=1, max_size=20)
numbers = st.none() | st.floats(allow_nan=True, allow_infinity=True)


@given(
    aggregate=st.sampled_from(AGGREGATES),
    window=st.none() | st.integers(1, 400 * DAY),
    unit=st.none() | st.floats(0.001, DAY),
    columns=st.tuples(names, names, st.none() | names, st.none() | names),
    usual=numbers,
    number=numbers,
)
def test_words_are_one_printable_line_without_nan_and_infinity(
    aggregate: Aggregate,
    window: int | None,
    unit: float | None,
    columns: tuple[str, str, str | None, str | None],
    usual: float | None,
    number: float | None,
) -> None:
    clock, entity, amount, merchant = columns
    # A share is one: a number near the largest has no hundredfold.
    assume(aggregate != "night_share" or all(each is None or not 1 < abs(each) < math.inf for each in (number, usual)))
    plan = HistoryPlan(clock, unit, amount, merchant, (0, 6), 1_000, ())
    one = HistoryColumn("column", entity, aggregate, window, usual)
    of_columns = {each for name in (clock, entity, amount or "", merchant or "") for each in name.split()}
    for text in (title(plan, one), phrase(plan, one, number)):
        assert text.strip()
        assert text.isprintable()
        assert not ({"nan", "inf", "-inf", "None", "\N{MINUS SIGN}inf"} - of_columns) & set(text.split())
