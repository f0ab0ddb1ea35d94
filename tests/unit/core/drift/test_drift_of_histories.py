"""Drift of history columns: named in words."""

import json

import numpy as np
import pandas as pd
import pytest

from functions.core.drift import DriftReport, NewData, detect_drift
from functions.core.drift.reference import ReferenceProfile, build_reference
from functions.core.evaluation.known_region import why_not_known
from functions.core.loop.broken_columns import broken_columns, told_of
from functions.core.loop.drift_sequence import WindowTraffic, judge_window
from functions.core.loop.traffic_windows import Window
from functions.core.report.drift_section import drift_result
from tests.unit.core.histories.steady_world import DAY, PLAN, ROLES, steady, with_past

DAILY = "transactions of card in the last day"


@pytest.fixture(scope="module")
def before() -> pd.DataFrame:
    return with_past(steady(70), steady(70))


@pytest.fixture(scope="module")
def reference(before: pd.DataFrame) -> ReferenceProfile:
    return build_reference(before, np.zeros(len(before)), [], ROLES, PLAN.document())


@pytest.fixture(scope="module")
def busy() -> pd.DataFrame:
    """A week in which each card pays three times as often."""
    week = pd.concat([steady(7, begin=70, seed=seed) for seed in (1, 2, 3)], ignore_index=True)
    return with_past(week, steady(70))


@pytest.fixture(scope="module")
def report(reference: ReferenceProfile, busy: pd.DataFrame) -> DriftReport:
    return detect_drift(reference, NewData(busy, roles=ROLES))


def test_findings_have_the_title_beside_the_name(report: DriftReport) -> None:
    found = {each.feature: each for each in report.features}
    assert (found["card_count_1d"].title, found["card_count_1d"].drifted) == (DAILY, True)
    assert found["card_count_1d"].words == DAILY
    assert (found["amount"].title, found["amount"].words) == (None, "'amount'")
    document = json.loads(report.model_dump_json())
    assert {each["feature"] for each in document["features"]} == {"amount", "shop", *PLAN.names}


def test_sentences_say_what_a_column_is(report: DriftReport) -> None:
    assert DAILY in report.explanation
    assert "card_count_1d" not in report.explanation
    some = report.model_copy(update={"verdict": "watch"})
    assert DAILY in (why_not_known(some) or "")


def test_the_page_gets_both(report: DriftReport) -> None:
    shown = drift_result(json.loads(report.model_dump_json()), verdict="retrain", explanation="", champion_version="1")
    assert ("card_count_1d", DAILY) in {(each.feature, each.title) for each in shown.features}


def test_a_window_of_traffic_keeps_titles_beside_its_columns(reference: ReferenceProfile, busy: pd.DataFrame) -> None:
    window = Window(0, len(busy), after=0, until=7 * DAY * 1_000_000, closed=True)
    finding, _ = judge_window(reference, WindowTraffic(window, busy))
    assert "card_count_1d" in finding.columns
    assert finding.titles["card_count_1d"] == DAILY
    assert DAILY in finding.explanation


def test_a_history_that_is_not_computed_is_broken_and_one_of_new_cards_is_not(
    reference: ReferenceProfile, busy: pd.DataFrame
) -> None:
    lost = busy.assign(**dict.fromkeys(PLAN.names, np.nan))
    [*broken] = broken_columns(reference, lost)
    assert {each.column for each in broken} == {"card_count_1d", "card_count_30d", "card_sum_30d"}
    assert told_of(broken).startswith(f"{DAILY} is missing in 100 % of the rows, transactions of card in the last 30")
    new = busy.assign(card_since_last=busy["card_since_last"].mask(busy.index % 2 == 0))
    assert broken_columns(reference, new) == ()


def test_a_profile_of_an_earlier_release_opens_and_has_no_titles(reference: ReferenceProfile) -> None:
    old = ReferenceProfile.model_validate_json(reference.model_dump_json(exclude={"histories"}))
    assert (old.plan, old.titles) == (None, {})
    again = ReferenceProfile.model_validate_json(reference.model_dump_json())
    assert (again.plan, again.titles["card_count_1d"]) == (PLAN, DAILY)
