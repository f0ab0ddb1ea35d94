"""A model with history columns: which columns it asks for, and where the others come from."""

from collections.abc import Mapping
from functools import cache

import numpy as np
import pytest

from functions.core.data.rows import Numbers
from functions.core.histories.events import EntityEvents, read_events, transaction_ids
from functions.core.histories.history_plan import HistoryPlan
from functions.core.histories.phrases import phrase
from functions.core.histories.table_histories import table_plan
from functions.core.histories.table_past import past_columns
from functions.core.scoring.input_reading import read_frame
from functions.core.scoring.model_parts import input_columns
from functions.core.scoring.scorer import Scorer, compile_model
from functions.core.training.persistence import dump_model, load_model
from functions.core.training.raw_input import RawInputClassifier, without_reading
from tests.unit.core.scoring.compiled_models import TABLES, cross_fitted, registered, with_past

ROWS = 600
TABLE = with_past(ROWS, 1)
PLAN = table_plan(TABLE) or pytest.fail("no history was planned")
# What callers have: the file's columns.
GIVEN = TABLE.X.drop(columns=list(PLAN.names))


@cache
def _model() -> RawInputClassifier:
    return registered(cross_fitted(TABLE, "lightgbm"), TABLE)


@cache
def _scorer() -> Scorer:
    return compile_model(_model())


def test_rows_without_history_columns_are_given_those_among_themselves() -> None:
    expected = without_reading(_model()).predict_proba(TABLE.X)

    np.testing.assert_array_equal(_model().predict_proba(GIVEN), expected)
    shuffled = GIVEN.sample(frac=1, random_state=3)
    found = _model().predict_proba(shuffled)
    np.testing.assert_array_equal(found, expected[shuffled.index])


def test_history_columns_that_rows_bring_are_used_only_together() -> None:
    expected = without_reading(_model()).predict_proba(TABLE.X)

    single = TABLE.X.iloc[[500]]
    np.testing.assert_allclose(_model().predict_proba(single), expected[[500]], rtol=1e-12)
    without_one = TABLE.X.drop(columns=PLAN.names[0]).assign(**{PLAN.names[1]: 1e6})
    np.testing.assert_array_equal(_model().predict_proba(without_one), expected)


def test_a_table_that_was_not_read_from_a_file_is_given_them_too() -> None:
    model = RawInputClassifier(_model().classifier, {}, TABLE.histories)

    np.testing.assert_array_equal(model.predict_proba(GIVEN), _model().predict_proba(GIVEN))


def test_the_plan_survives_saving_and_a_model_of_an_earlier_release_has_none() -> None:
    loaded = load_model(dump_model(_model()))
    assert loaded.plan == PLAN
    np.testing.assert_array_equal(loaded.predict_proba(GIVEN), _model().predict_proba(GIVEN))

    earlier = registered(cross_fitted(TABLES["entities"](ROWS, 1), "lightgbm"), TABLES["entities"](ROWS, 1))
    del earlier.__dict__["histories"]
    assert load_model(dump_model(earlier)).plan is None
    scorer = compile_model(earlier)
    assert scorer.histories is None
    assert list(scorer.asked) == list(scorer.columns)


def test_a_model_asks_for_the_columns_of_files_alone() -> None:
    columns = input_columns(_model())

    assert [each.name for each in columns] == list(TABLE.X.columns)
    assert [each.name for each in columns if each.past] == list(PLAN.names)
    assert {each.form.kind for each in columns if each.past} == {"numeric"}
    assert [each.name for each in _scorer().asked] == list(GIVEN.columns)
    assert _scorer().histories == PLAN
    # Without formats, columns are those that the pipelines take: history columns are there once all the same.
    unread = input_columns(RawInputClassifier(_model().classifier, {}, TABLE.histories))
    assert [each.name for each in unread if each.name in PLAN.names] == list(PLAN.names)


def known_past(plan: HistoryPlan, events: EntityEvents) -> Mapping[str, Numbers]:
    return past_columns(plan, read_events(plan, {name: TABLE.X[name] for name in plan.sources}), events)


def test_a_scorer_scores_as_the_model_with_the_past_that_it_is_given() -> None:
    rows = read_frame(GIVEN, _scorer().asked)
    asked: list[EntityEvents] = []

    def past(plan: HistoryPlan, events: EntityEvents) -> Mapping[str, Numbers]:
        asked.append(events)
        return known_past(plan, events)

    ids = [f"t-{row}" for row in range(ROWS)]
    full = _scorer().with_past(rows, past, ids)

    assert list(full.columns) == [each.name for each in _scorer().columns]
    for name in PLAN.names:
        np.testing.assert_array_equal(full.columns[name], TABLE.X[name])
    np.testing.assert_array_equal(asked[0].ids, transaction_ids(ids))
    np.testing.assert_allclose(_scorer().scores(full), _model().predict_proba(GIVEN)[:, 1], atol=1e-12)


def test_reasons_that_are_history_columns_are_told_in_words_without_an_entity() -> None:
    rows = _scorer().with_past(read_frame(GIVEN, _scorer().asked), known_past)
    found = _scorer().reasons(rows, len(TABLE.X.columns))

    planned = {column.name: column for column in PLAN.columns}
    told = [(row, each) for row, reasons in enumerate(found) for each in reasons]
    assert {each.feature for _, each in told if each.words} == planned.keys() & {each.feature for _, each in told}
    for row, each in told:
        if each.feature not in planned:
            assert each.words is None
        else:
            assert each.words == phrase(PLAN, planned[each.feature], TABLE.X[each.feature][row])
            assert str(TABLE.X["card"][row]) not in each.words
    some = next(each.words for _, each in told if each.feature == "card_count_1d" and each.value == 1.0)
    assert some == "1 transaction of card in the last day, usually 0"


def test_without_a_past_history_columns_are_missing() -> None:
    full = _scorer().with_past(read_frame(GIVEN, _scorer().asked), None)

    assert all(np.isnan(full.columns[name]).all() for name in PLAN.names)
    missing = TABLE.X.assign(**dict.fromkeys(PLAN.names, np.nan))
    expected = without_reading(_model()).predict_proba(missing)[:, 1]
    np.testing.assert_allclose(_scorer().scores(full), expected, atol=1e-12)


def test_rows_of_a_model_without_histories_are_left_as_they_are() -> None:
    table = TABLES["numbers"](200, 1)
    scorer = compile_model(registered(cross_fitted(table, "logistic_regression"), table))
    rows = read_frame(table.X, scorer.asked)

    assert scorer.with_past(rows, None) is rows
