"""History columns that fill up while a table begins: no later data has drifted for that."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from functions.core.drift import DriftReport, NewData, detect_drift
from functions.core.drift.reference import ReferenceProfile, build_reference, reference_sample
from functions.core.histories.events import MICROSECONDS
from functions.core.histories.full_windows import full_windows
from functions.core.histories.history_plan import HistoryColumn
from functions.core.loop.broken_columns import broken_columns
from functions.core.report.drift_section import drift_result
from tests.unit.core.histories.steady_world import BEGIN, DAY, PLAN, ROLES, steady, with_past

MONTHLY = {"card_count_30d", "card_sum_30d", "card_since_last"}


def trained_on(days: int) -> pd.DataFrame:
    return with_past(steady(days), steady(days))


def reference_of(X: pd.DataFrame) -> ReferenceProfile:
    return build_reference(X, np.zeros(len(X)), [], ROLES, PLAN.document())


def next_week(days: int) -> pd.DataFrame:
    """Return a week of traffic after a table of so many days, which a store knows."""
    return with_past(steady(7, begin=days), steady(days))


def compared(reference: ReferenceProfile, X: pd.DataFrame, since: float | None = None) -> DriftReport:
    known_since = None if since is None else int(since * MICROSECONDS)
    return detect_drift(reference, NewData(X, roles=ROLES, known_since=known_since))


@pytest.mark.parametrize("days", [45, 60])
def test_traffic_that_goes_on_as_before_has_not_drifted(days: int) -> None:
    before, after = trained_on(days), next_week(days)
    report = compared(reference_of(before), after)
    assert (report.verdict, report.n_drifted_features, report.filling) == ("stable", 0, ())
    assert {each.feature for each in report.features} >= set(PLAN.names)
    # Were all rows of the table the reference, that would be a drift.
    naive = build_reference(before, np.zeros(len(before)), [], ROLES)
    assert compared(naive, after).verdict == "retrain"


def test_a_table_that_is_shorter_than_a_window_is_not_compared_by_it() -> None:
    reference = reference_of(trained_on(20))
    assert set(reference.filling) == MONTHLY
    report = compared(reference, next_week(20))
    assert (report.verdict, report.n_drifted_features) == ("stable", 0)
    assert not MONTHLY & {each.feature for each in report.features}
    document = json.loads(report.model_dump_json())
    shown = drift_result(document, verdict="stable", explanation="", champion_version="1")
    assert dict(shown.facts)["Histories that were still filling up: not compared"] == (
        "transactions of card in the last 30 days, sum of amount of card in the last 30 days, "
        "time since the last transaction of card"
    )


def test_a_new_table_that_knows_nothing_of_what_came_before_is_compared_by_its_full_windows() -> None:
    reference = reference_of(trained_on(60))
    alone = with_past(steady(45, begin=60), steady(45, begin=60))
    since = BEGIN + 60 * DAY
    assert compared(reference, alone, since).verdict == "stable"
    assert compared(reference, alone).verdict == "retrain"
    short = with_past(steady(10, begin=60), steady(10, begin=60))
    report = compared(reference, short, since)
    assert (report.verdict, len(report.filling)) == ("stable", 3)


def test_a_change_of_habits_is_seen_all_the_same() -> None:
    busy = pd.concat([steady(7, begin=45, seed=seed) for seed in (1, 2, 3)], ignore_index=True)
    report = compared(reference_of(trained_on(45)), with_past(busy, steady(45)), BEGIN)
    assert report.verdict == "retrain"
    assert "card_count_1d" in {each.feature for each in report.features if each.drifted}


def test_columns_are_tested_together_without_those_of_histories() -> None:
    before, after = trained_on(45), next_week(45)
    sample = reference_sample(before, rows=1_000, seed=0, roles=ROLES)
    report = detect_drift(reference_of(before), NewData(after, roles=ROLES), sample=sample)
    assert report.multivariate is not None
    assert (report.multivariate.columns, report.multivariate.changed) == (2, False)


def test_what_is_still_filling_up_is_not_broken_but_where_it_is_not_computed() -> None:
    reference = reference_of(trained_on(20))
    far = next_week(20).assign(card_count_30d=1e6)
    assert broken_columns(reference, far) == ()
    [lost] = broken_columns(reference, far.assign(card_count_30d=np.nan))
    assert (lost.column, lost.fault) == ("card_count_30d", "missing")


def test_a_window_is_full_from_its_length_after_the_beginning_on() -> None:
    at = np.array([BEGIN, BEGIN + DAY - 1, BEGIN + DAY, np.nan, BEGIN + 31 * DAY])
    found = full_windows(PLAN, {"at": at})
    assert found["card_count_1d"].tolist() == [False, False, True, False, True]
    assert found["card_count_30d"].tolist() == [False, False, False, False, True]
    earlier = full_windows(PLAN, {"at": at}, since=int((BEGIN - 30 * DAY) * MICROSECONDS))
    assert earlier["card_count_30d"].tolist() == [True, True, True, False, True]
    endless = replace(PLAN, unit=None, columns=(HistoryColumn("card_count_all", "card", "count"),))
    assert not full_windows(endless, {"at": at})["card_count_all"].any()
    assert full_windows(PLAN, {"at": np.array([np.nan])})["card_count_1d"].tolist() == [False]


def test_a_few_wrong_clocks_make_no_window_full() -> None:
    at = np.append(BEGIN + np.arange(400) * DAY / 10, [0.0, 60.0, np.nan])
    full = full_windows(PLAN, {"at": at})["card_count_30d"]
    assert not full[:300].any()
    assert full[310:400].all()
    assert not full[400:].any()


def test_a_profile_of_an_earlier_release_has_nothing_filling_up() -> None:
    stored = reference_of(trained_on(20))
    old = ReferenceProfile.model_validate_json(stored.model_dump_json(exclude={"histories", "filling"}))
    assert old.filling == ()
    assert ReferenceProfile.model_validate_json(stored.model_dump_json()) == stored
