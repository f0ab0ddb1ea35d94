"""Entity history features: an entity's (a card's, a customer's) transactions strictly before a timestamp."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd
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
    """The transactions that it was fitted on, summed up along time for each entity.

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

    def fit(self, known: Transactions) -> Self:
        """Fit to transactions, in any order."""
        rows = ~np.isnan(known.moments)
        amounts = known.amounts[rows]
        self.entities_, entity = np.unique(known.entities[rows], return_inverse=True)
        self.moments_, moment = np.unique(known.moments[rows], return_inverse=True)
        keys = self._key(entity, moment)
        # Amounts of one moment are summed up in their own order, so that the file's order does not round the sum.
        order = np.lexsort((amounts, keys))
        keys, amounts = keys[order], amounts[order]
        # Summed up for each entity on its own: another's, or a later, huge amount can't take digits from the sum.
        sums = pd.DataFrame({"rows": 1.0, "amounts": ~np.isnan(amounts), "total": np.nan_to_num(amounts)})
        sums = sums.groupby(entity[order], sort=False).cumsum()
        ends = np.flatnonzero(np.diff(keys, append=UNKNOWN))
        self.keys_ = np.append(self._key(UNKNOWN, 0), keys[ends])
        self.counts_ = np.append(0.0, sums["rows"].to_numpy()[ends])
        with np.errstate(invalid="ignore"):
            self.means_ = np.append(np.nan, (sums["total"] / sums["amounts"]).to_numpy()[ends])
        self.latest_ = np.append(np.nan, known.moments[rows][order][ends])
        return self

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
