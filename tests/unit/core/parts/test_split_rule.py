"""The split rule of parts: the split of the whole table, row by row, however its rows are divided."""

from dataclasses import replace
from typing import Any, Literal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.core.data import splitting
from functions.core.data.splitting import SPLITS, SplitAssignment
from functions.core.data.tables import Kind, LabelledTable
from functions.core.errors import FraudflowError, InvalidSettingsError, UnreadableRecordError
from functions.core.parts.row_keys import RowKeys
from functions.core.parts.split_rule import SplitChoice, SplitRule
from functions.core.parts.split_search import SplitSearch

KINDS: dict[str, Kind] = {"at": "numeric", "shop": "categorical"}


def table_of(moments: list[float], shops: list[str], frauds: list[bool]) -> LabelledTable:
    X = pd.DataFrame({"at": np.array(moments, dtype=np.float64), "shop": pd.array(shops, dtype="str")})
    return LabelledTable(X, pd.Series(frauds, name="is_fraud").astype("int8"), KINDS)


@st.composite
def tables(draw: st.DrawFn) -> LabelledTable:
    """Draw rows of few values, so that many repeat, some with both labels."""
    rows = draw(st.integers(1, 120))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    values = draw(st.integers(1, 60))
    frauds = rng.random(rows) < draw(st.sampled_from([0.05, 0.3, 0.6]))
    moments = (rng.integers(0, values, rows) / 4).tolist()
    return table_of(moments, rng.choice(["a", "b"], rows).tolist(), frauds.tolist())


@st.composite
def choices(draw: st.DrawFn) -> SplitChoice:
    kinds: tuple[Literal["stratified", "time", "last_rows"], ...] = ("stratified", "time", "last_rows")
    kind = draw(st.sampled_from(kinds))
    fractions = draw(st.sampled_from([(0.6, 0.2, 0.2), (0.5, 0.3, 0.2), (1 / 3, 1 / 3, 1 / 3), (0.9, 0.05, 0.05)]))
    return SplitChoice(kind, draw(st.integers(0, 2**32 - 1)), fractions, "at" if kind == "time" else None)


def whole(table: LabelledTable, choice: SplitChoice) -> SplitAssignment:
    if choice.kind == "time":
        assert choice.time_column is not None
        return splitting.split_by_time(table.X, table.y, time_column=choice.time_column, fractions=choice.fractions)
    split = splitting.split_last_rows if choice.kind == "last_rows" else splitting.assign_splits
    return split(table.X, table.y, seed=choice.seed, fractions=choice.fractions)


def divided(table: LabelledTable, ends: list[int]) -> list[LabelledTable]:
    """Divide a table; parts may have no row."""
    cut = sorted(min(end, len(table.y)) for end in ends)
    return [table.part(start, end) for start, end in zip([0, *cut], [*cut, len(table.y)], strict=True)]


def found_rule(parts: list[LabelledTable], choice: SplitChoice) -> SplitRule:
    search = SplitSearch(choice)
    for number, part in enumerate(parts, 1):
        search.add(number, RowKeys.of(part, time_column=choice.time_column))
    return search.rule()


def outcome(work: Any) -> Any:  # noqa: ANN401
    try:
        return work()
    except FraudflowError as error:
        return type(error), str(error)


@given(table=tables(), choice=choices(), ends=st.lists(st.integers(0, 120), max_size=4))
def test_parts_split_themselves_as_the_whole_table_is_split(
    table: LabelledTable, choice: SplitChoice, ends: list[int]
) -> None:
    parts = divided(table, ends)
    expected, rule = outcome(lambda: whole(table, choice)), outcome(lambda: found_rule(parts, choice))
    if not isinstance(expected, SplitAssignment):
        assert rule == expected
        return
    rule = SplitRule.from_bytes(rule.to_bytes())
    keys = [RowKeys.of(part, time_column=choice.time_column) for part in parts]
    places = np.concatenate([rule.places(number, each) for number, each in enumerate(keys, 1)])
    assert [SPLITS[place] for place in places] == expected.assigned.tolist()
    assert (rule.duplicate_rows, rule.explanation) == (expected.duplicate_rows, expected.explanation)
    assert rule.counts == {
        split: (int(expected.rows(split).sum()), int(table.y[expected.rows(split)].sum())) for split in SPLITS
    }


def test_a_row_without_a_time_is_told_by_its_number_in_the_whole_table() -> None:
    table = table_of([1.0, 2.0, 3.0, np.nan, 5.0, np.nan], ["a"] * 6, [False] * 6)
    choice = SplitChoice("time", 1, (0.6, 0.2, 0.2), "at")
    expected = outcome(lambda: whole(table, choice))
    assert expected[0] is InvalidSettingsError
    assert "the first in row 5;" in expected[1]
    assert outcome(lambda: found_rule(divided(table, [2]), choice)) == expected


def test_a_missing_time_column_is_told_as_for_a_whole_table() -> None:
    table = table_of([1.0], ["a"], [False])
    choice = SplitChoice("time", 1, (0.6, 0.2, 0.2), "when")
    expected = outcome(lambda: whole(table, choice))
    assert expected[0] is InvalidSettingsError
    assert outcome(lambda: found_rule([table], choice)) == expected


def test_a_rule_refuses_parts_that_are_not_its_own() -> None:
    rng = np.random.default_rng(0)
    table = table_of(rng.normal(size=400).tolist(), ["a"] * 400, (rng.random(400) < 0.3).tolist())
    rule = found_rule([table], SplitChoice("time", 1, (0.6, 0.2, 0.2), "at"))
    keys = RowKeys.of(table, time_column="at")
    with pytest.raises(UnreadableRecordError, match="knows no part 2"):
        rule.places(2, keys)
    with pytest.raises(UnreadableRecordError, match="its times are not known"):
        rule.places(1, replace(keys, moments=None))
    with pytest.raises(UnreadableRecordError, match="its times are not known"):
        SplitSearch(rule.choice).add(1, replace(keys, moments=None))


def test_what_is_no_rule_is_refused_without_running_anything_in_it() -> None:
    for body in (b"", b"no", np.arange(3).tobytes()):
        with pytest.raises(UnreadableRecordError):
            SplitRule.from_bytes(body)
