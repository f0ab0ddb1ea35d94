"""Features are what their names say, and what is to come never shows in the past."""

import gc
import math
import warnings
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.core.data.tables import Kind
from functions.core.errors import InvalidSettingsError
from functions.core.features.maker import FeatureMaker
from functions.core.features.plan import FeatureSettings
from tests.old_makers import old_maker

type Row = tuple[Any, float, float]

HISTORY = ["card_count", "card_since_last", "card_amount_mean", "card_amount_ratio"]
# Few cards and few moments make many ties; the huge amount drowns what is summed up with it.
TIMES = st.sampled_from([0.0, 1.0, 2.0, 3.0, 4.0, 5.0, np.nan])
AMOUNTS = st.sampled_from([0.0, 0.1, 0.7, 19.99, -3.0, 1e25, np.nan])
TEXTS: st.SearchStrategy[list[Row]] = st.lists(
    st.tuples(st.sampled_from(["anna", "ben", "", None]), TIMES, AMOUNTS), min_size=1, max_size=40
)
NUMBERS: st.SearchStrategy[list[Row]] = st.lists(
    st.tuples(st.sampled_from([-0.0, 0.0, 7.0, 1e9, np.nan]), TIMES, AMOUNTS), min_size=1, max_size=40
)
ROWS = TEXTS | NUMBERS


@pytest.fixture(autouse=True)
def _warnings_are_errors() -> Iterator[None]:
    with warnings.catch_warnings():
        gc.collect()  # what earlier tests have left open warns of itself now, and not later
        warnings.simplefilter("error")
        yield


def frame(rows: Sequence[Row], *, dates: bool = False) -> pd.DataFrame:
    X = pd.DataFrame(rows, columns=["card", "time", "amount"])
    if X["card"].dtype == object or X["card"].isna().all():
        X["card"] = X["card"].astype("str")
    if dates:
        X["time"] = pd.to_datetime(X["time"], unit="s").dt.strftime("%Y-%m-%dT%H:%M:%S").astype("str")
    return X


def maker(**named: str) -> FeatureMaker:
    return FeatureMaker(**{"amount": "amount", "entity": "card", "time": "time", **named})  # type: ignore[arg-type]


def old(X: pd.DataFrame, **named: str) -> FeatureMaker:
    """Return a maker of an earlier release, with the history of its cards."""
    return old_maker(X, **{"amount": "amount", "entity": "card", "time": "time", **named})


def told(known: Sequence[Row], row: Row) -> list[float]:
    """Work the history of one row out by hand."""
    card, time, amount = row
    if pd.isna(card) or math.isnan(time):
        return [math.nan] * 4
    past = [each for each in known if each[0] == card and each[1] < time]
    amounts = [each[2] for each in past if not math.isnan(each[2])]
    mean = math.fsum(amounts) / len(amounts) if amounts else math.nan
    since = time - max(each[1] for each in past) if past else math.nan
    return [len(past), since, mean, amount / mean if mean else math.nan]


@given(known=ROWS, asked=ROWS, dates=st.booleans())
@settings(deadline=None, max_examples=150)
def test_the_history_is_what_the_known_rows_before_tell(known: list[Row], asked: list[Row], *, dates: bool) -> None:
    made = old(frame(known, dates=dates))
    # Cards of another type than the known ones are refused, so rows are asked about with theirs.
    rows = asked if frame(asked)["card"].dtype == frame(known)["card"].dtype else known
    found = made.transform(frame(rows, dates=dates))[HISTORY].to_numpy()
    expected = [told(known, row) for row in rows]
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)


@given(rows=ROWS, now=st.sampled_from([1.0, 2.0, 3.0]), dates=st.booleans(), seed=st.integers(0, 99))
@settings(deadline=None, max_examples=150)
def test_no_future_row_changes_a_past_feature(rows: list[Row], now: float, seed: int, *, dates: bool) -> None:
    X = frame(rows, dates=dates)
    times = frame(rows)["time"]
    known = X[~(times >= now)]
    if known.empty:
        return
    without = old(known)
    # The same rows with those of now and later, which are not before any of them; in any order.
    order = np.random.default_rng(seed).permutation(len(X))
    with_future = old(X.iloc[order])
    past = X[~(times > now)]
    pd.testing.assert_frame_equal(without.transform(past), with_future.transform(past), check_exact=True)


@given(rows=ROWS, seed=st.integers(0, 99))
@settings(deadline=None, max_examples=50)
def test_a_row_has_the_same_features_in_every_order_and_batch(rows: list[Row], seed: int) -> None:
    X = frame(rows)
    made = old(X, seconds="time")
    whole = made.transform(X)
    order = np.random.default_rng(seed).permutation(len(X))
    pd.testing.assert_frame_equal(made.transform(X.iloc[order]).sort_index(), whole, check_exact=True)
    pd.testing.assert_frame_equal(made.transform(X.iloc[:1]), whole.iloc[:1], check_exact=True)


def test_a_huge_amount_of_one_card_takes_no_digit_from_another() -> None:
    made = old(frame([("a", 1, 1e29), ("b", 1, 0.1), ("b", 2, 0.2)]))
    assert made.transform(frame([("b", 3, 0.3)]))["card_amount_mean"].tolist() == pytest.approx([0.15], rel=1e-15)


def test_without_an_amount_the_history_counts_and_tells_the_time() -> None:
    X = frame([("a", 1, 5.0), ("a", 4, 5.0)])
    made = old_maker(X, entity="card", time="time").transform(X)
    assert list(made.columns[3:]) == ["card_count", "card_since_last"]
    np.testing.assert_array_equal(made["card_since_last"], [np.nan, 3.0])


def test_the_logarithm_of_an_amount_has_its_sign() -> None:
    X = pd.DataFrame({"amount": [0.0, math.e - 1, 1 - math.e, np.nan, 1e308]})
    made = FeatureMaker(amount="amount").fit(X).transform(X)["amount_log"]
    np.testing.assert_allclose(made, [0.0, 1.0, -1.0, np.nan, np.log(1e30)])


def test_the_hour_of_the_day_repeats_each_day_and_before_the_first() -> None:
    X = pd.DataFrame({"time": [0.0, 6.5 * 3600, 86_400.0, 86_399.0, -3600.0, np.nan, 1e308]})
    hours = FeatureMaker(seconds="time").fit(X).transform(X)["time_hour"].to_numpy()
    np.testing.assert_allclose(hours[:6], [0.0, 6.5, 0.0, 24 - 1 / 3600, 23.0, np.nan])
    assert 0 <= hours[6] < 24


def test_the_cyclic_hour_has_no_jump_at_midnight() -> None:
    X = pd.DataFrame({"time": [86_399.0, 86_401.0, 6 * 3600.0]})
    made = FeatureMaker(seconds="time", cyclic=True).fit(X).transform(X)[["time_hour_sin", "time_hour_cos"]]
    np.testing.assert_allclose(made.iloc[0], made.iloc[1], atol=2e-4)
    np.testing.assert_allclose(made.iloc[2], [1.0, 0.0], atol=1e-12)


def test_the_table_keeps_its_columns_and_nothing_is_made_unasked() -> None:
    X = frame([("a", 1, 5.0)])
    pd.testing.assert_frame_equal(FeatureMaker().fit(X).transform(X), X)
    pd.testing.assert_frame_equal(maker().fit(X).transform(X)[["card", "time", "amount"]], X)


def test_a_column_that_has_a_features_name_keeps_it() -> None:
    X = frame([("a", 1, 5.0)]).assign(amount_log=7.0, amount_log_=8.0)
    made = maker().fit(X)
    assert made.names_["amount_log"] == "amount_log__"
    assert made.transform(X)[["amount_log", "amount_log_"]].to_numpy().tolist() == [[7.0, 8.0]]
    # A column that comes later is none that the model knows.
    known = maker().fit(X[["card", "time", "amount"]])
    assert known.transform(X)["amount_log"].tolist() == [pytest.approx(math.log(6))]


def test_the_entity_is_a_name_and_no_feature() -> None:
    kinds: dict[str, Kind] = {"card": "categorical", "time": "numeric", "amount": "numeric"}
    rows = frame([("a", 1, 5.0)])
    assert maker().fit(rows).kinds(kinds) == dict.fromkeys(["time", "amount", "amount_log"], "numeric")
    assert old(rows).kinds(kinds) == dict.fromkeys(["time", "amount", "amount_log", *HISTORY], "numeric")


@pytest.mark.parametrize(
    ("named", "message"),
    [
        ({"amount": "Amount"}, r"amount_column names 'Amount', but the dataset has no such feature; it has 'amount'\."),
        ({"amount": "card"}, r"amount_column names 'card', which is categorical; name a column that is numeric"),
        ({"seconds": "flag"}, r"seconds_column names 'flag', which is boolean; name a column that is numeric"),
        ({"entity": "card"}, r"entity_column needs time_column"),
        ({"entity": "id", "time": "time"}, r"entity_column names 'id', but the dataset has no such feature"),
        ({"entity": "card", "time": "flag"}, r"time_column names 'flag', .* numeric or categorical, or leave"),
    ],
)
def test_columns_that_can_not_be_used_are_refused(named: dict[str, str], message: str) -> None:
    kinds: dict[str, Kind] = {"card": "categorical", "time": "numeric", "amount": "numeric", "flag": "boolean"}
    with pytest.raises(InvalidSettingsError, match=message):
        FeatureSettings(**named).require(kinds)  # type: ignore[arg-type]


def test_a_time_column_alone_is_for_the_split_and_not_looked_at() -> None:
    FeatureSettings(time="gone").require({"amount": "numeric"})


@pytest.mark.parametrize("column", ["card", "time", "amount"])
def test_a_column_that_is_gone_or_changed_its_type_is_said(column: str) -> None:
    X = frame([("a", 1, 5.0)])
    made = old(X)
    with pytest.raises(ValueError, match=f"no column '{column}' any more"):
        made.transform(X.drop(columns=column))
    other = X[column].astype("str") if column != "card" else pd.Series([1.0])
    with pytest.raises(ValueError, match=f"'{column}' held (numbers|texts) when the model was trained, and holds"):
        made.transform(X.assign(**{column: other}))
    # Nothing at all is of every type.
    nothing = pd.Series([None], dtype=object)
    assert made.transform(X.assign(**{column: nothing}))["card_amount_ratio"].isna().all()


def test_a_maker_of_release_0_2_makes_what_it_made() -> None:
    X = frame([("a", 1, 5.0), ("a", 4, 6.0), ("b", 90_000, 7.0)])
    now = old(X, seconds="time")
    kept = ("amount", "seconds", "entity", "time", "cyclic", "names_", "numeric_", "feature_names_in_")
    then = {name: getattr(now, name) for name in kept}
    before = FeatureMaker.__new__(FeatureMaker)
    before.__setstate__({**then, "history_": now.histories_["card"]})
    pd.testing.assert_frame_equal(before.transform(X), now.transform(X), check_exact=True)
    assert before.origins() == now.origins()
    kinds: dict[str, Kind] = {"card": "categorical", "time": "numeric", "amount": "numeric"}
    assert before.kinds(kinds) == now.kinds(kinds)


def test_a_maker_carries_no_history() -> None:
    X = frame([("a", 1, 5.0), ("a", 4, 6.0)])
    made = maker().fit(X)
    assert not made.histories_
    assert list(made.transform(X)) == ["card", "time", "amount", "amount_log"]
    # Nor does it ask for the columns that histories are made of.
    assert list(made.transform(X[["amount"]])) == ["amount", "amount_log"]


def test_a_model_of_hashes_refuses_values_and_one_of_values_takes_both() -> None:
    rows = [(f"h:{i % 3:016x}", float(i), 1.0) for i in range(9)]
    fitted = old(frame(rows))
    assert fitted.transform(frame([(rows[0][0], 99.0, 1.0), (None, 99.0, 1.0)]))["card_count"].tolist()[0] == 3
    with pytest.raises(ValueError, match=r"'card' held hashes .* 1 other value here, the first in row 3: hash") as told:
        fitted.transform(frame([(rows[0][0], 99.0, 1.0), ("4111111111111111", 99.0, 1.0)]))
    assert "4111" not in str(told.value)
    of_values = old(frame([("4111111111111111", 1.0, 1.0)] * 3))
    assert of_values.transform(frame([rows[0], ("4111111111111111", 9.0, 1.0)]))["card_count"].tolist() == [0, 3]
