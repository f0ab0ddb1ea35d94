"""History columns of whole tables: every row sees what was known strictly before it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from functions.core.data.rows import Hashes, Numbers
from functions.core.histories.events import UNKNOWN, EntityEvents, Integers
from functions.core.histories.history_definitions import Aggregate
from functions.core.histories.history_plan import HistoryPlan
from functions.core.histories.past_values import Counted, Needed, elapsed, is_night, length_in, value_of

type Places = NDArray[np.intp]

BLOCK = 500_000


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
    found = dict(each_past_column(plan, known, asked))
    return {name: found[name] for name in plan.names}


def each_past_column(plan: HistoryPlan, known: EntityEvents, asked: EntityEvents) -> Iterator[tuple[str, Numbers]]:
    """Compute the same one after the other, in an order of their own: all at once take 8 bytes a row and column."""
    for entity in plan.entities:
        yield from _EntityColumn(plan, entity, known, asked).columns()


@dataclass(frozen=True)
class _Windows:
    """Where each row's window begins and ends among the known events, which are in order; (n,) each."""

    starts: Places
    ends: Places


class _EntityColumn:
    """The known events of one entity column in the order of entity, moment and id, and the rows that ask for them.

    Rows are asked for in that order too, those whose entity was never met first: then windows begin and end later from
    row to row. Moments are looked up once for all rows that share one.
    """

    def __init__(self, plan: HistoryPlan, entity: str, known: EntityEvents, asked: EntityEvents) -> None:
        self._plan, self._entity, self._rows = plan, entity, len(asked)
        there = _usable(known, entity)
        codes, names = pd.factorize(known.entities[entity][there])
        self._different_moments, ranks = np.unique(known.moments[there], return_inverse=True)
        self._keys = self._key(codes, ranks)
        order = _order(self._keys, known.ids[there])
        self._keys, self._codes, places = self._keys[order], codes[order], there[order]
        self._amounts, self._merchants = known.amounts[places], known.merchants[places]
        if asked is known:
            self._asked_moments, self._ranks, self._row_codes, self._order = (
                self._different_moments, ranks[order], self._codes, places,
            )  # fmt: skip
        else:
            valid = _usable(asked, entity)
            row_codes = pd.Index(names).get_indexer(
                pd.Index(asked.entities[entity][valid])
            )  # -1 of one that was never met
            self._asked_moments, ranks = np.unique(asked.moments[valid], return_inverse=True)
            order = np.lexsort((ranks, row_codes))
            self._ranks, self._row_codes, self._order = ranks[order], row_codes[order], valid[order]
        self._own = self._amounts if asked is known else asked.amounts[self._order]
        self._ends = self._before(0)

    def columns(self) -> Iterator[tuple[str, Numbers]]:
        for window, columns in self._plan.windows[self._entity].items():
            at = self._windows(window)
            for column in columns:
                # Of one column after the other: what all need at once is more memory than the table.
                yield column.name, self._valued(column.aggregate, at)
        for column in self._plan.columns:
            if column.entity == self._entity and column.aggregate == "since_last":
                yield column.name, self._since_last(self._windows(column.window))

    def _valued(self, aggregate: Aggregate, at: _Windows) -> Numbers:
        counted = self._counted(at, Needed.of(aggregate))
        parts = self._plan.amount_parts
        return self._spread(lambda rows: value_of(aggregate, counted.part(rows), self._own[rows], parts))

    def _since_last(self, at: _Windows) -> Numbers:
        known = np.append(self._moments, UNKNOWN)

        def values(rows: slice) -> Numbers:
            latest = np.where(at.ends[rows] > at.starts[rows], known[at.ends[rows] - 1], UNKNOWN)
            return elapsed(self._asked_moments[self._ranks[rows]], latest)

        return self._spread(values)

    def _key(self, codes: Places, ranks: Places | int) -> Places:
        return codes * (len(self._different_moments) + 1) + ranks

    def _before(self, length: int) -> Places:
        """Return, of each row's entity, the place of the first known event from so long before its moment on."""
        ranks = np.searchsorted(self._different_moments, self._asked_moments - length)[self._ranks]
        return np.searchsorted(self._keys, self._key(self._row_codes, ranks))

    def _first(self) -> Places:
        return np.searchsorted(self._keys, self._key(self._row_codes, 0))

    def _windows(self, window: int | None) -> _Windows:
        length = length_in(self._plan, window)
        first = self._first() if length is None else self._before(length)
        return _Windows(np.maximum(first, self._ends - self._plan.events_at_most), self._ends)

    def _counted(self, at: _Windows, needed: Needed) -> Counted:
        events = at.ends - at.starts
        nothing = np.broadcast_to(np.int64(0), events.shape)
        return Counted(
            events=events,
            known=self._with_amount(at) if needed.amounts else nothing,
            total=_between(self._total, at) if needed.amounts else nothing,
            largest=_largest(self._amounts, at) if needed.largest else nothing,
            merchants=self._different(at) if needed.merchants else nothing,
            nights=_between(self._nights, at) if needed.nights else nothing,
        )

    @property
    def _moments(self) -> Integers:
        return self._different_moments[self._keys % (len(self._different_moments) + 1)]

    @cached_property
    def _total(self) -> Integers:
        return _running(np.where(self._amounts == UNKNOWN, 0, self._amounts))

    @cached_property
    def _nights(self) -> Integers:
        return _running(is_night(self._moments, self._plan.night))

    @cached_property
    def _without_amount(self) -> Integers | None:
        missing = self._amounts == UNKNOWN
        return _running(missing) if missing.any() else None

    def _with_amount(self, at: _Windows) -> Integers:
        events = at.ends - at.starts
        return events if self._without_amount is None else events - _between(self._without_amount, at)

    def _different(self, at: _Windows) -> Integers:
        """Count the different merchants in each window.

        Those are the events there, less those whose merchant was in the window before: the pair of the two lies in the
        window. Windows move on from row to row, so that a pair is in those of consecutive rows: from the first that
        ends behind it to the first that starts behind its beginning.
        """
        enters = np.searchsorted(at.ends, self._repeats.then, side="right")
        leaves = np.searchsorted(at.starts, self._repeats.first, side="right")
        within = enters < leaves
        rows = len(at.ends)
        steps = np.bincount(enters[within], minlength=rows + 1) - np.bincount(leaves[within], minlength=rows + 1)
        repeated = np.cumsum(steps[:-1])
        return _between(self._with_merchant, at) - repeated

    @cached_property
    def _with_merchant(self) -> Integers:
        return _running(self._merchants != 0)

    @cached_property
    def _repeats(self) -> "_Repeats":
        return _Repeats.of(self._codes, self._merchants)

    def _spread(self, values: Callable[[slice], Numbers]) -> Numbers:
        """Return a column whose values are made of so many rows at once."""
        found = np.full(self._rows, np.nan)
        for start in range(0, len(self._order), BLOCK):
            rows = slice(start, start + BLOCK)
            found[self._order[rows]] = values(rows)
        return found


@dataclass(frozen=True)
class _Repeats:
    """Pairs of an entity's events at the same merchant, with none there between them: the places of the two."""

    first: Places
    then: Places

    @classmethod
    def of(cls, codes: Places, merchants: Hashes) -> "_Repeats":
        """Find the pairs in the order of their second events."""
        met = np.flatnonzero(merchants != 0)
        shops, names = pd.factorize(merchants[met])
        keys = codes[met] * max(len(names), 1) + shops
        order = np.argsort(keys, kind="stable")
        same = np.flatnonzero(keys[order[1:]] == keys[order[:-1]])
        before = np.full(len(codes), -1, dtype=np.intp)
        before[met[order[same + 1]]] = met[order[same]]
        then = np.flatnonzero(before >= 0)
        return cls(before[then], then)


def _usable(events: EntityEvents, entity: str) -> Places:
    return np.flatnonzero((events.entities[entity] != 0) & (events.moments != UNKNOWN))


def _order(keys: Places, ids: Hashes) -> Places:
    """Return the order by key and id: few keys are equal, so that they alone are ordered by id."""
    order = np.argsort(keys)
    ordered = keys[order]
    same = ordered[1:] == ordered[:-1]
    equal = np.flatnonzero(np.append(same, False) | np.append(False, same))
    places = order[equal]
    order[equal] = places[np.lexsort((ids[places], keys[places]))]
    return order


def _running(values: NDArray[np.int64] | NDArray[np.bool_]) -> Integers:
    # Running sums may pass 2**63 and begin anew: their differences are right all the same.
    found = np.zeros(len(values) + 1, dtype=np.int64)
    np.cumsum(values, out=found[1:])
    return found


def _between(running: Integers, at: _Windows) -> Integers:
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
