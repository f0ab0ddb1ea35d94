"""Histories that models of earlier releases carry: an entity's training transactions strictly before a timestamp."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator

from functions.core.data.rows import Hashes, Numbers

UNKNOWN = -1


@dataclass(frozen=True, slots=True)
class Transactions:
    """Entity hashes (n,), timestamps (n,) and amounts (n,) of n rows.

    A NaN timestamp marks a row without a history: its time or its entity is missing. A NaN amount is missing.
    """

    entities: Hashes
    moments: Numbers
    amounts: Numbers


@dataclass(frozen=True, slots=True)
class Past:
    """Earlier transactions of each of n rows' entity: their count, their mean amount, the time since the last.

    ``count`` is NaN where entity or timestamp is missing, and 0 for an entity without earlier transactions; the others
    are NaN in both cases, and ``mean_amount`` where no earlier amount is known.
    """

    count: Numbers
    mean_amount: Numbers
    since_last: Numbers


class History(BaseEstimator):  # type: ignore[misc]  # scikit-learn publishes no types
    """The training transactions of a model of release 0.2 or earlier, summed up along time for each entity.

    Such a model scores as it always did. Later ones are given histories as columns (``functions.core.histories``), see
    ``docs/decisions/0052-histories-live-outside-of-models.md``.

    Rows with equal timestamps are not in each other's history: their order is unknown. A row's features depend on that
    row and on the fitted transactions strictly before it, never on other rows of the same call.

    Entities are kept as 64-bit hashes: their identifiers are not stored with the model, nor do long ones make it large.
    Numbers never collide; the probability that any two of a million texts do is 3e-8.

    Attributes:
        entities_: hashes in order (e,).
        moments_: distinct timestamps in order (m,).
        keys_: ``index of the entity * (m + 1) + index of the timestamp`` of each pair that occurs, in order, after a
            key that is less than any (k + 1,). The last key before a row's own is of its entity's latest earlier one.
        counts_: transactions of that entity up to that timestamp (k + 1,).
        means_: their mean amount (k + 1,).
        latest_: the timestamp itself (k + 1,).
    """

    def before(self, asked: Transactions) -> Past:
        """Return the earlier transactions of n rows' entities; the rows' own amounts are ignored."""
        dated = ~np.isnan(asked.moments)
        place = np.searchsorted(self.entities_, asked.entities)
        known = dated & (place < len(self.entities_))
        known[known] = self.entities_[place[known]] == asked.entities[known]
        keys = self._key(np.where(known, place, UNKNOWN), np.searchsorted(self.moments_, asked.moments))
        last = np.searchsorted(self.keys_, keys) - 1
        # Without an earlier moment of the same entity, the key before is another's: point to the first, which is empty.
        last[~known | (self.keys_[last] < self._key(place, 0))] = 0
        with np.errstate(over="ignore", invalid="ignore"):
            since = asked.moments - self.latest_[last]
        return Past(np.where(dated, self.counts_[last], np.nan), self.means_[last], since)

    def _key(self, entity: NDArray[np.intp] | int, moment: NDArray[np.intp] | int) -> NDArray[np.int64]:
        return np.asarray(entity * (len(self.moments_) + 1) + moment, dtype=np.int64)
