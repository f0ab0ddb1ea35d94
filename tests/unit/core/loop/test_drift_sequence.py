"""Drift through windows: levels that add up, and episodes that open and close."""

from collections.abc import Iterable

import numpy as np
import pandas as pd
import pytest

from functions.core.drift.reference import ReferenceProfile, build_reference
from functions.core.loop.broken_columns import broken_columns
from functions.core.loop.drift_episodes import KEPT_WINDOWS, DriftSequence
from functions.core.loop.drift_sequence import (
    FALSE_ALARMS,
    PERIOD_DAYS,
    WindowTraffic,
    advance,
    judge_window,
    level_of,
    look_ahead,
)
from functions.core.loop.traffic_windows import DAY, Window, cut
from tests.unit.core.drift.compared import transactions

START = DriftSequence.begin("1", 0)


@pytest.fixture(scope="module")
def reference() -> ReferenceProfile:
    return build_reference(transactions(20_000, seed=1), np.zeros(20_000), np.linspace(0, 1, 5000))


def calm(seed: int, rows: int = 1000) -> pd.DataFrame:
    return transactions(rows, seed)


def moved(seed: int, by: float = 1.0) -> pd.DataFrame:
    X = calm(seed)
    return X.assign(V1=X["V1"] + by)


def gone(seed: int) -> pd.DataFrame:
    return calm(seed).drop(columns="V2")


def follow(
    reference: ReferenceProfile, traffic: Iterable[pd.DataFrame], sequence: DriftSequence = START
) -> DriftSequence:
    """Follow windows of a week each."""
    for X in traffic:
        week = Window(0, len(X), sequence.until, sequence.until + 7 * DAY, closed=True)
        sequence = advance(sequence, judge_window(reference, WindowTraffic(week, X))[0])
    return sequence


@pytest.mark.parametrize("rows", [600, 5000])
def test_the_levels_of_a_period_add_up_to_what_it_may_have(rows: int) -> None:
    at = np.sort(np.random.default_rng(0).integers(1, PERIOD_DAYS * DAY, 20_000))

    windows = cut(at, after=0, now=PERIOD_DAYS * DAY, rows=rows, days=7)

    assert sum(map(level_of, windows)) <= FALSE_ALARMS
    assert sum(map(level_of, windows)) == pytest.approx(FALSE_ALARMS, rel=0.01)


def test_traffic_that_is_the_same_opens_nothing(reference: ReferenceProfile) -> None:
    sequence = follow(reference, (calm(seed) for seed in range(2, 22)))

    assert (sequence.shift, sequence.broken, sequence.past) == (None, None, ())
    assert {each.state for each in sequence.windows} == {"stable"}


def test_a_shift_opens_one_episode_and_two_calm_windows_close_it(reference: ReferenceProfile) -> None:
    sequence = follow(reference, [calm(2), moved(3), moved(4, by=2), moved(5)])

    episode = sequence.shift
    assert episode is not None
    assert (episode.since, episode.opened_at, episode.closed_at) == (7 * DAY, 14 * DAY, None)
    assert (episode.kind, episode.windows, episode.columns) == ("shifted", 3, ("V1",))
    assert episode.explanation.startswith("Drift ")
    assert sequence.episode == episode
    assert episode.peak == max(each.score for each in sequence.windows)

    sequence = follow(reference, [calm(6)], sequence)
    assert sequence.shift == episode
    sequence = follow(reference, [calm(7)], sequence)
    assert sequence.shift is None
    assert sequence.past == (episode.model_copy(update={"closed_at": 42 * DAY}),)


def test_a_calm_window_between_two_that_drift_closes_nothing(reference: ReferenceProfile) -> None:
    sequence = follow(reference, [moved(3), calm(4), moved(5), calm(6)])

    assert sequence.shift is not None
    assert sequence.past == ()


def test_a_second_shift_is_an_episode_of_its_own(reference: ReferenceProfile) -> None:
    sequence = follow(reference, [moved(3), calm(4), calm(5), moved(6)])

    assert sequence.shift is not None
    assert sequence.shift.id != sequence.past[0].id


def test_a_broken_column_is_no_shift(reference: ReferenceProfile) -> None:
    sequence = follow(reference, [calm(2), gone(3), gone(4)])

    assert sequence.shift is None
    assert sequence.broken is not None
    assert (sequence.broken.kind, sequence.broken.columns, sequence.broken.windows) == ("broken", ("V2",), 2)

    assert sequence.broken.explanation == "'V2' is missing in 100 % of the rows."
    mended = follow(reference, [calm(5)], sequence)
    assert mended.broken is None
    assert [each.kind for each in mended.past] == ["broken"]


def test_a_shift_beside_a_broken_column_is_seen_all_the_same(reference: ReferenceProfile) -> None:
    sequence = follow(reference, [moved(3).drop(columns="V2")])

    assert sequence.broken is not None
    assert sequence.broken.columns == ("V2",)
    assert sequence.shift is not None
    assert sequence.shift.columns == ("V1",)
    assert sequence.episode == sequence.broken


def test_what_was_taken_for_a_shift_was_none_if_its_column_turns_out_to_be_broken(reference: ReferenceProfile) -> None:
    X = calm(3, rows=600)
    # A quarter of a small window: too little to be certain of more than a change.
    half_broken = X.assign(V2=X["V2"].mask(X.index >= 450, X["V2"] + 9))
    sequence = follow(reference, [half_broken])
    assert sequence.shift is not None
    assert sequence.shift.columns == ("V2",)

    sequence = look_ahead(sequence, broken_columns(reference, gone(4)), Window(0, 600, 7 * DAY, 8 * DAY, closed=False))

    assert (sequence.shift, sequence.past) == (None, ())
    assert sequence.broken is not None


def test_a_shift_of_another_column_stays_one_beside_a_break(reference: ReferenceProfile) -> None:
    later = Window(0, 600, 7 * DAY, 8 * DAY, closed=False)

    assert look_ahead(follow(reference, [moved(3)]), broken_columns(reference, gone(4)), later).shift is not None


def test_a_break_is_told_before_its_window_ends(reference: ReferenceProfile) -> None:
    X, window = gone(3).head(200), Window(0, 200, 0, DAY, closed=False)

    sequence = look_ahead(START, broken_columns(reference, X), window)

    assert sequence.broken is not None
    assert (sequence.broken.opened_at, sequence.broken.windows, sequence.until) == (DAY, 0, 0)
    # The window's end finds the same episode.
    assert follow(reference, [gone(3)], sequence).broken == sequence.broken.model_copy(update={"windows": 1})


def test_a_change_that_is_certain_in_one_window_only_is_not_in_a_sequence(reference: ReferenceProfile) -> None:
    """The shorter a window, the more of them there are, and the more certain each must be."""
    X = calm(3, rows=520)
    X = X.assign(shop=X["shop"].mask((X["shop"] == "books") & (X.index % 7 < 2), "toys"))
    week, instant = (Window(0, len(X), 0, span, closed=True) for span in (7 * DAY, 0))

    assert judge_window(reference, WindowTraffic(week, X))[0].state == "shifted"
    finding, report = judge_window(reference, WindowTraffic(instant, X))
    assert (finding.state, finding.score, report.verdict) == ("stable", 0.0, "watch")


def test_too_few_rows_close_nothing(reference: ReferenceProfile) -> None:
    sequence = follow(reference, [moved(3).drop(columns="V2"), calm(4, rows=90), calm(5, rows=90)])

    assert sequence.windows[-1].state == "not_enough_data"
    assert sequence.shift is not None
    assert sequence.broken is not None


def test_a_new_champion_begins_anew_and_remembers(reference: ReferenceProfile) -> None:
    former = follow(reference, [moved(3)])

    sequence = DriftSequence.begin("2", former.until, former)

    assert (sequence.version, sequence.until, sequence.shift, sequence.windows) == ("2", 7 * DAY, None, ())
    assert [each.closed_at for each in sequence.past] == [7 * DAY]


def test_survives_as_a_document_of_bounded_size(reference: ReferenceProfile) -> None:
    sequence = follow(reference, [moved(3)])
    for _ in range(KEPT_WINDOWS + 5):
        sequence = advance(sequence, sequence.windows[-1])

    assert len(sequence.windows) == KEPT_WINDOWS
    assert DriftSequence.model_validate_json(sequence.model_dump_json()) == sequence
