"""History columns of whole tables: every row sees what was known strictly before it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from functions.core.data.rows import Numbers
from functions.core.histories.events import UNKNOWN, EntityEvents, Integers
from functions.core.histories.history_plan import HistoryPlan
from functions.core.histories.past_values import Counted, Needed, elapsed, is_night, length_in, value_of, windows_of

type Places = NDArray[np.intp]


def past_columns(plan: HistoryPlan, known: EntityEvents, asked: EntityEvents) -> dict[str, Numbers]:
    """Compute the history columns of n rows.

    A row's history are the known events of its entity with an earlier moment, of equal moments none, and within a
    window of ``w`` seconds those from ``w`` seconds before it on; never more than the latest ``events_at_most``.

    Args:
        plan: of the histories.
        known: m events in any order, usually with the n rows among them.
        asked: the n rows.

    Returns:
        The plan's columns, (n,) each: NaN where the entity or the moment is not known, and where nothing is known to
        average. The count of an entity without a past is 0.
    """
    found: dict[str, Numbers] = {}
    for entity in plan.entities:
        found |= _EntityColumn(plan, entity, known, asked).columns()
    return {name: found[name] for name in plan.names}


@dataclass(frozen=True)
class _Windows:
    """Where each row's window begins and ends among the known events, which are in order; (n,) each."""

    starts: Places
    ends: Places


class _EntityColumn:
    """The known events of one entity column in the order of entity, moment and id, and the rows that ask for them.

    Rows are asked for in that order too: then windows begin and end later from row to row.
    """

    def __init__(self, plan: HistoryPlan, entity: str, known: EntityEvents, asked: EntityEvents) -> None:
        self._plan, self._entity, self._rows = plan, entity, len(asked)
        there = np.flatnonzero((known.entities[entity] != 0) & (known.moments != UNKNOWN))
        names, codes = np.unique(known.entities[entity][there], return_inverse=True)
        order = there[np.lexsort((known.ids[there], known.moments[there], codes))]
        self._known = known.take(order)
        self._moments, ranks = np.unique(self._known.moments, return_inverse=True)
        self._keys = self._key(np.searchsorted(names, self._known.entities[entity]), ranks)
        valid = np.flatnonzero((asked.entities[entity] != 0) & (asked.moments != UNKNOWN))
        self._unmet = ~np.isin(asked.entities[entity][valid], names)
        places = np.searchsorted(names, asked.entities[entity][valid])
        row_order = np.lexsort((asked.moments[valid], places))
        self._unmet, self._places = self._unmet[row_order], places[row_order]
        self._order = valid[row_order]
        self._asked = asked.take(self._order)
        self._ends = self._before(self._asked.moments)
        self._first = np.searchsorted(self._keys, self._key(self._places, np.zeros_like(self._places)))

    def columns(self) -> dict[str, Numbers]:
        found: dict[str, Numbers] = {}
        for window, columns in windows_of(self._plan, self._entity).items():
            at = self._windows(window)
            counted = self._counted(at, Needed.of(columns))
            for column in columns:
                found[column.name] = self._spread(value_of(column.aggregate, counted, self._asked.amounts))
        for column in self._plan.columns:
            if column.entity == self._entity and column.aggregate == "since_last":
                found[column.name] = self._spread(elapsed(self._asked.moments, self._latest(column.window)))
        return found

    def _key(self, codes: Places, ranks: Places) -> Places:
        return codes * (len(self._moments) + 1) + ranks

    def _before(self, moments: Integers) -> Places:
        """Return, of each row's entity, the place of the first known event at its moment or later."""
        ranks = np.searchsorted(self._moments, moments)
        ends = np.searchsorted(self._keys, self._key(self._places, ranks))
        return np.where(self._unmet, 0, ends)

    def _windows(self, window: int | None) -> _Windows:
        length = length_in(self._plan, window)
        first = self._first if length is None else self._before(self._asked.moments - length)
        starts = np.maximum(first, self._ends - self._plan.events_at_most)
        return _Windows(np.where(self._unmet, 0, starts), self._ends)

    def _latest(self, window: int | None) -> Integers:
        at = self._windows(window)
        moments = np.append(self._known.moments, UNKNOWN)
        return np.where(at.ends > at.starts, moments[at.ends - 1], UNKNOWN)

    def _counted(self, at: _Windows, needed: Needed) -> Counted:
        nothing = np.zeros(len(at.starts), dtype=np.int64)
        amounts = self._known.amounts
        known = amounts != UNKNOWN
        return Counted(
            events=at.ends - at.starts,
            known=_sums(known.astype(np.int64), at) if needed.amounts else nothing,
            total=_sums(np.where(known, amounts, 0), at) if needed.amounts else nothing,
            largest=_largest(amounts, at) if needed.largest else nothing,
            merchants=self._different(at) if needed.merchants else nothing,
            nights=_sums(is_night(self._known.moments, self._plan.night).astype(np.int64), at)
            if needed.nights
            else nothing,
        )

    def _different(self, at: _Windows) -> Integers:
        """Count the different merchants in each window.

        Those are the events there, less those whose merchant was in the window before: the pair of the two lies in the
        window. Windows move on from row to row, so that a pair is in those of consecutive rows: from the first that
        ends behind it to the first that starts behind its beginning.
        """
        entities, merchants = self._known.entities[self._entity], self._known.merchants
        met = np.flatnonzero(merchants != 0)
        order = met[np.lexsort((met, merchants[met], entities[met]))]
        same = (merchants[order[1:]] == merchants[order[:-1]]) & (entities[order[1:]] == entities[order[:-1]])
        first, then = order[:-1][same], order[1:][same]
        # Of rows whose entity was never met, windows are empty; where they stand, they must not go back.
        starts, ends = np.maximum.accumulate(at.starts), np.maximum.accumulate(at.ends)
        enters, leaves = np.searchsorted(ends, then, side="right"), np.searchsorted(starts, first, side="right")
        within = enters < leaves
        steps = np.zeros(len(starts) + 1, dtype=np.int64)
        np.add.at(steps, enters[within], 1)
        np.add.at(steps, leaves[within], -1)
        repeated = np.cumsum(steps[:-1])
        found = _sums((merchants != 0).astype(np.int64), at) - repeated
        return np.where(at.ends > at.starts, found, 0)

    def _spread(self, values: Numbers) -> Numbers:
        found = np.full(self._rows, np.nan)
        found[self._order] = values
        return found


def _sums(values: Integers, at: _Windows) -> Integers:
    # Running sums may pass 2**63 and begin anew: their differences are right all the same.
    running = np.concatenate([[0], np.cumsum(values)])
    found: Integers = running[at.ends] - running[at.starts]
    return found


def _largest(values: Integers, at: _Windows) -> Integers:
    """Return the largest value in each window: of two overlapping stretches of a power of two, which cover it."""
    lengths = at.ends - at.starts
    found = np.full(len(lengths), UNKNOWN, dtype=np.int64)
    stretch, largest = 1, values
    while (longer := np.flatnonzero(lengths >= stretch)).size:
        rows = longer[lengths[longer] < 2 * stretch]
        found[rows] = np.maximum(largest[at.starts[rows]], largest[at.ends[rows] - stretch])
        largest = np.maximum(largest[:-stretch], largest[stretch:]) if len(largest) > stretch else largest[:0]
        stretch *= 2
    return found
