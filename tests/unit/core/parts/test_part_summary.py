"""Summaries of parts: merged in whatever order they are those of the whole table."""

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.core.data.tables import Kind, LabelledTable
from functions.core.errors import NewerRecordError, UnreadableRecordError
from functions.core.parts.column_statistics import NumberStatistics, SketchSize, TextStatistics
from functions.core.parts.packed_arrays import pack, unpack
from functions.core.parts.part_summary import PartSummary
from functions.core.parts.parts_digest import PartsDigest
from functions.core.roles.data_profile import summarise

KINDS: dict[str, Kind] = {"amount": "numeric", "flag": "boolean", "shop": "categorical", "card": "categorical"}


@st.composite
def tables(draw: st.DrawFn) -> LabelledTable:
    rows = draw(st.integers(1, 60))

    def column(values: st.SearchStrategy[Any]) -> list[Any]:
        return draw(st.lists(values, min_size=rows, max_size=rows))

    X = pd.DataFrame(
        {
            "amount": np.array(column(st.floats(allow_nan=True, allow_infinity=False)), dtype=np.float64),
            "flag": np.array(column(st.sampled_from([0.0, 1.0])), dtype=np.float64),
            "shop": pd.array(column(st.sampled_from(["a", "b", "c", None])), dtype="str"),
            "card": pd.array(column(st.sampled_from(["h:1", "h:2"])), dtype="str"),
        }
    )
    y = pd.Series(column(st.booleans()), name="is_fraud").astype("int8")
    return LabelledTable(X, y, KINDS, {"card": "entity"})


def parts_of(table: LabelledTable, ends: list[int]) -> list[PartSummary]:
    cut = sorted(min(end, len(table.y)) for end in ends)
    bounds = zip([0, *cut], [*cut, len(table.y)], strict=True)
    return [PartSummary.of(table.part(*each), number) for number, each in enumerate(bounds, 1)]


def merged(parts: list[PartSummary]) -> PartSummary:
    """Merge parts as a tree, the later half first."""
    if len(parts) == 1:
        return parts[0]
    half = len(parts) // 2
    return merged(parts[half:]).merge(merged(parts[:half]))


def facts(summary: PartSummary) -> dict[str, Any]:
    """Return all that is exact."""
    own = summary.statistics
    found: dict[str, Any] = {"rows": own.rows, "frauds": own.frauds, "features": dict(own.features)}
    for name, column in own.columns.items():
        known = {key: value for key, value in vars(column).items() if key not in {"distinct", "sketch", "levels"}}
        found[name] = known | {"distinct": column.distinct.smallest.tolist()}
        if isinstance(column, TextStatistics) and column.levels is not None:
            found[name] |= {"levels": dict(column.levels.counts), "exact": column.levels.exact}
    digest = PartsDigest()
    for number in sorted(summary.keys):
        digest.add(summary.keys[number])
    return found | {"digest": digest.of(own)}


@given(table=tables(), ends=st.lists(st.integers(0, 60), max_size=5), data=st.data())
def test_merging_is_associative_and_commutative_and_equals_one_pass(
    table: LabelledTable, ends: list[int], data: st.DataObject
) -> None:
    parts = parts_of(table, ends)
    whole = PartSummary.of(table, 1)
    assert facts(merged(parts)) == facts(whole)
    assert facts(merged(data.draw(st.permutations(parts)))) == facts(whole)
    # So few values are all in the sketch.
    shares = [0.01, 0.25, 0.5, 0.75, 0.99]
    for one, other in zip(merged(parts).statistics.columns.values(), whole.statistics.columns.values(), strict=True):
        if isinstance(one, NumberStatistics) and isinstance(other, NumberStatistics) and one.present:
            assert one.quantiles(shares) == other.quantiles(shares)


@given(table=tables(), ends=st.lists(st.integers(0, 60), max_size=2))
def test_what_is_written_is_read_as_it_was(table: LabelledTable, ends: list[int]) -> None:
    for summary in (*parts_of(table, ends), merged(parts_of(table, ends))):
        read = PartSummary.from_bytes(summary.to_bytes())
        assert facts(read) == facts(summary)
        for number, keys in summary.keys.items():
            assert read.keys[number].hashes.tolist() == keys.hashes.tolist()
            assert read.keys[number].is_fraud.tolist() == keys.is_fraud.tolist()


def test_a_number_column_has_the_facts_of_its_profile() -> None:
    values = pd.Series([1.0, 2.0, 2.0, np.nan, 5.0, -3.5])
    table = LabelledTable(
        pd.DataFrame({"a": values}), pd.Series([0, 1, 0, 1, 0, 1], name="f", dtype="int8"), {"a": "numeric"}
    )
    column = PartSummary.of(table, 1).statistics.columns["a"]
    assert isinstance(column, NumberStatistics)
    expected = summarise(values, "numeric")
    assert (column.missing, column.distinct.count, column.least, column.largest) == (1, 4, -3.5, 5.0)
    assert expected.distinct == 4
    assert (column.whole, column.binary, column.constant, column.unpriced) == (False, False, False, 2)
    assert column.quantiles([0.5]) == [2.0]


def test_infinite_values_are_counted_and_in_no_sum() -> None:
    table = LabelledTable(
        pd.DataFrame({"a": [np.inf, -np.inf, 1.0]}), pd.Series([0, 0, 0], name="f", dtype="int8"), {"a": "numeric"}
    )
    column = PartSummary.of(table, 1).statistics.columns["a"]
    assert isinstance(column, NumberStatistics)
    assert (column.infinite, column.present, column.least, column.largest) == (2, 1, 1.0, 1.0)


def test_quantiles_of_many_rows_are_within_the_sketchs_bound() -> None:
    values = np.random.default_rng(1).lognormal(0, 2, 300_000)
    X = pd.DataFrame({"a": values})
    table = LabelledTable(X, pd.Series(np.zeros(len(X), dtype="int8"), name="f"), {"a": "numeric"})
    column = merged(parts_of(table, [50_000, 60_000, 200_000, 299_999])).statistics.columns["a"]
    assert isinstance(column, NumberStatistics)
    assert column.estimated
    ordered = np.sort(values)
    shares = np.linspace(0.01, 0.99, 25)
    ranks = np.searchsorted(ordered, column.quantiles(shares)) / len(values)
    # The bound holds in 99 of 100 cases, and these are 25.
    assert np.abs(ranks - shares).max() < 2 * column.rank_error


def test_counts_of_cards_are_nobodys_business() -> None:
    X = pd.DataFrame({"card": pd.array(["h:1", "h:1"], dtype="str")})
    table = LabelledTable(X, pd.Series([0, 1], name="f", dtype="int8"), {"card": "categorical"}, {"card": "entity"})
    assert b"h:1" not in PartSummary.of(table, 1).to_bytes()


@given(table=tables())
def test_the_digest_follows_the_rows_their_order_and_their_labels(table: LabelledTable) -> None:
    def digest(of: LabelledTable) -> str:
        return str(facts(PartSummary.of(of, 1))["digest"])

    assert digest(table) == digest(table.part(0, None))
    other = LabelledTable(table.X, 1 - table.y, table.kinds, table.roles)
    assert digest(other) != digest(table)
    assert digest(LabelledTable(table.X, table.y.rename("label"), table.kinds, table.roles)) != digest(table)


def test_parts_of_two_readings_or_one_part_twice_are_refused() -> None:
    y = pd.Series([0, 1], name="f", dtype="int8")
    one = PartSummary.of(LabelledTable(pd.DataFrame({"a": [1.0, 2.0]}), y, {"a": "numeric"}), 1)
    other = PartSummary.of(LabelledTable(pd.DataFrame({"b": [1.0, 2.0]}), y, {"b": "numeric"}), 2)
    with pytest.raises(UnreadableRecordError, match="different columns"):
        one.merge(other)
    with pytest.raises(UnreadableRecordError, match="Part 1 of a table is to be counted twice"):
        one.merge(one)


def test_what_is_damaged_or_of_a_later_release_is_refused() -> None:
    table = LabelledTable(pd.DataFrame({"a": [1.0]}), pd.Series([0], name="f", dtype="int8"), {"a": "numeric"})
    body = PartSummary.of(table, 1).to_bytes()
    for damaged in (
        b"",
        body[:50],
        body[:-100],
        b"{}",
        pack("something else", 1, {}, {}),
        pack("summary of a part", 1, {}, {}),
    ):
        with pytest.raises(UnreadableRecordError):
            PartSummary.from_bytes(damaged)
    about, arrays = unpack("summary of a part", 1, body)
    with pytest.raises(NewerRecordError, match="version 2, of which this release knows 1"):
        PartSummary.from_bytes(pack("summary of a part", 2, about, arrays))
    del arrays["sketch.0"]
    with pytest.raises(UnreadableRecordError):
        PartSummary.from_bytes(pack("summary of a part", 1, json.loads(json.dumps(about)), arrays))


def test_a_summary_with_an_object_in_it_is_not_unpickled() -> None:
    class Harmful:
        def __reduce__(self) -> tuple[Any, ...]:
            return (pytest.fail, ("it was run",))

    harmful = np.empty(1, dtype=object)
    harmful[0] = Harmful()
    with pytest.raises(ValueError, match="allow_pickle"):
        pack("summary of a part", 1, {}, {"hashes": harmful})


def test_of_a_wide_table_less_is_kept_of_each_column() -> None:
    sizes = [SketchSize.of(columns) for columns in (30, 300, 2_000)]
    assert [size.quantiles for size in sizes] == [4096, 1024, 256]
    values = np.random.default_rng(3).normal(size=(3_000, 401))
    X = pd.DataFrame({f"c{place}": values[:, place] for place in range(401)})
    kinds: dict[str, Kind] = dict.fromkeys(map(str, X.columns), "numeric")
    table = LabelledTable(X, pd.Series(np.zeros(len(X), dtype="int8"), name="f"), kinds)
    body = PartSummary.of(table, 1).to_bytes()
    assert len(body) < 8 * 2**20
    column = PartSummary.from_bytes(body).statistics.columns["c7"]
    assert isinstance(column, NumberStatistics)
    assert column.rank_error < 0.02
    assert abs(column.distinct.count / 3_000 - 1) < 5 * column.distinct.relative_error
