"""Windows of traffic: where they end, and that they are the same however often they are cut."""

import numpy as np
import pytest

from functions.core.loop.traffic_windows import DAY, LEAST_ROWS, Window, cut


def every(hours: float, n: int) -> np.ndarray:
    """Return the times of n decisions so many hours apart, the first one at the first hour."""
    return (np.arange(1, n + 1) * hours * DAY / 24).astype(np.int64)


def ends(at: np.ndarray, *, after: int, now: int) -> list[int]:
    return [each.until for each in cut(at, after=after, now=now, rows=900, days=7) if each.closed]


def test_ends_with_its_last_row_and_leaves_the_rest_open() -> None:
    windows = cut(every(0.01, 2500), after=0, now=2 * DAY, rows=1000, days=7, least_days=0)

    assert [(each.start, each.stop, each.closed) for each in windows] == [
        (0, 1000, True),
        (1000, 2000, True),
        (2000, 2500, False),
    ]


def test_lasts_a_cycle_of_the_traffic_however_many_decisions_there_are() -> None:
    at = every(0.01, 6000)

    windows = cut(at, after=0, now=3 * DAY, rows=1000, days=7, least_days=1)

    assert [(each.rows, each.closed) for each in windows] == [(2400, True), (2400, True), (1200, False)]
    # While the day is not over, nobody knows what belongs to it.
    assert [each.closed for each in cut(at[:2000], after=0, now=DAY // 2, rows=1000, days=7)] == [False]


def test_ends_after_its_days() -> None:
    at = every(0.1, 2000)

    first, *others = cut(at, after=0, now=30 * DAY, rows=5000, days=3)

    assert first.rows == 720
    assert first.closed
    # The last of the others ended with its days, though nothing came after.
    assert [each.closed for each in others] == [True, True]


def test_with_too_few_rows_for_a_verdict_it_goes_on_beyond_its_days() -> None:
    few = every(6, LEAST_ROWS - 1)
    assert [each.closed for each in cut(few, after=0, now=900 * DAY, rows=5000, days=7)] == [False]

    enough = cut(every(6, LEAST_ROWS), after=0, now=900 * DAY, rows=5000, days=7)
    assert [(each.rows, each.closed) for each in enough] == [(LEAST_ROWS, True)]


def test_decisions_of_one_moment_stay_together() -> None:
    at = np.repeat(every(1, 6), 500)

    windows = cut(at, after=0, now=DAY, rows=1200, days=7, least_days=0)

    assert [each.rows for each in windows] == [1500, 1500]
    assert [each.until for each in windows] == [at[1499], at[2999]]


@pytest.mark.parametrize("seen", [1, 700, 1700, 2999])
def test_are_the_same_when_cut_bit_by_bit(seen: int) -> None:
    at = np.sort(np.random.default_rng(0).integers(1, 40 * DAY, 3000))
    all_at_once = ends(at, after=0, now=90 * DAY)

    early = ends(at[:seen], after=0, now=int(at[seen - 1]))
    late = ends(at, after=early[-1] if early else 0, now=90 * DAY)

    assert early + late == all_at_once


def test_the_time_of_all_windows_is_the_time_that_has_passed() -> None:
    at = np.sort(np.random.default_rng(1).integers(1, 40 * DAY, 3000))

    windows = cut(at, after=0, now=90 * DAY, rows=900, days=7)

    assert sum(each.elapsed for each in windows) == at[-1]


def test_there_is_none_of_no_decisions() -> None:
    assert cut(np.array([], dtype=np.int64), after=0, now=DAY, rows=1000, days=7) == ()
    assert Window(0, 0, 5, 3, closed=False).elapsed == 0
