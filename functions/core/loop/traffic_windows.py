"""Windows of traffic: decisions in their order, cut by count and by time, the same however often they are cut."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from functions.core.drift.detect import MIN_EFFECTIVE_ROWS
from functions.core.loop.outcomes import Times

DAY = 24 * 60 * 60 * 1_000_000
# Of fewer decisions no verdict is possible: a window goes on until it has twice what is needed against any number of
# rows, which is enough against as many.
LEAST_ROWS = 2 * MIN_EFFECTIVE_ROWS
LEAST_DAYS = 1.0


@dataclass(frozen=True, slots=True)
class Window:
    """Decisions ``start`` to ``stop`` (exclusive) of those that were cut; times are microseconds since 1970.

    Attributes:
        start: place of the first one.
        stop: place after the last one.
        after: when the window before it ended, or the watch began.
        until: when the last of its decisions was made.
        closed: whether no later decision belongs to it.
    """

    start: int
    stop: int
    after: int
    until: int
    closed: bool

    @property
    def rows(self) -> int:
        """Number of its decisions."""
        return self.stop - self.start

    @property
    def elapsed(self) -> int:
        """Microseconds since the window before it ended: those of all windows together are the time that has passed."""
        return max(self.until - self.after, 0)


def cut(
    at: Times, *, after: int, now: int, rows: int, days: float, least_days: float = LEAST_DAYS
) -> tuple[Window, ...]:
    """Cut n decisions into windows; the last one may still be open.

    A window ends with its ``rows``-th decision if it has lasted for ``least_days`` by then, and when it has otherwise;
    but ``days`` after its first one if it has ``LEAST_ROWS`` by then, and with the one that brings it there otherwise.
    Decisions of one moment stay together, as ``after`` is all that the next cut is given.

    Args:
        at: when they were made, in microseconds since 1970, ascending (n,).
        after: only later ones are cut; in microseconds since 1970.
        now: the time, in microseconds since 1970.
        rows: decisions of a window, where there are many.
        days: of a window, where there are few.
        least_days: of any window: a cycle of the traffic, as nights differ from days whatever a model is worth.
    """
    return tuple(_windows(at, after, now, _Sizes(rows, round(days * DAY), round(least_days * DAY))))


@dataclass(frozen=True, slots=True)
class _Sizes:
    rows: int
    most: int
    least: int

    def end(self, at: Times, start: int, now: int) -> tuple[int, bool]:
        """Return the place after a window's last decision, and whether it is closed."""
        n, first = len(at), int(at[start])
        shortest, longest = (first + span for span in (min(self.least, self.most), self.most))
        by_rows = max(start + self.rows, int(np.searchsorted(at, shortest, side="left")))
        by_time = max(start + LEAST_ROWS, int(np.searchsorted(at, longest, side="left")))
        stop, ends = (by_rows, shortest) if by_rows <= by_time else (by_time, longest)
        return min(stop, n), stop <= n and now >= ends


def _windows(at: Times, after: int, now: int, sizes: _Sizes) -> Iterator[Window]:
    start = int(np.searchsorted(at, after, side="right"))
    while start < len(at):
        stop, closed = sizes.end(at, start, now)
        stop = int(np.searchsorted(at, at[stop - 1], side="right"))
        yield Window(start, stop, after, int(at[stop - 1]), closed)
        start, after = stop, int(at[stop - 1])
