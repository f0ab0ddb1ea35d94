"""The labels that have come back, and what the last of them says of each transaction.

Labels come late, twice, contradict each other, and are revoked. None is ever changed: each is an event, and the state
of a transaction follows from all of its events, in whatever order they came.
"""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from functions.core.loop.outcomes import Flags, Texts, Times

type Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class LabelEvents:
    """n labels, as they came; each attribute has the shape (n,).

    Attributes:
        transaction_id: what is labelled; it may have several labels.
        fraud: what the label says.
        known_at: since when that is known, in microseconds since 1970.
        received_at: when it came, likewise.
    """

    transaction_id: Texts
    fraud: Flags
    known_at: Times
    received_at: Times

    def __len__(self) -> int:
        return len(self.fraud)

    def of(self, rows: NDArray[Any]) -> Self:
        """Return some of the events, by a mask or by their places."""
        return type(self)(self.transaction_id[rows], self.fraud[rows], self.known_at[rows], self.received_at[rows])


@dataclass(frozen=True, slots=True)
class LabelStates:
    """What is known of m transactions, each once; each attribute has the shape (m,).

    Attributes:
        transaction_id: the transactions, in the order of their first events.
        fraud: what the last label says: that with the latest ``known_at``, of several that which came last.
        known_at: since when that is known: from the first of the labels that said so without a break.
        revoked: whether it was known as fraud before that, and is not any more.
        contradicted: whether the latest ``known_at`` has labels of both kinds, so that the one that came last decided.
        repeated: number of events that said again what was known.
    """

    transaction_id: Texts
    fraud: Flags
    known_at: Times
    revoked: Flags
    contradicted: Flags
    repeated: Counts

    def __len__(self) -> int:
        return len(self.fraud)


def joined(*several: LabelEvents) -> LabelEvents:
    """Return the events of several, one after the other."""
    return LabelEvents(
        np.concatenate([each.transaction_id for each in several]),
        np.concatenate([each.fraud for each in several]),
        np.concatenate([each.known_at for each in several]),
        np.concatenate([each.received_at for each in several]),
    )


def states(events: LabelEvents) -> LabelStates:
    """Return what the labels say of each transaction, in O(n log n) for n events."""
    transactions, names = pd.factorize(events.transaction_id)
    # Stable: of labels that came at once, that of the later row is the later one.
    order = np.lexsort((events.received_at, events.known_at, transactions))
    transaction, fraud, known_at = transactions[order], events.fraud[order], events.known_at[order]
    begins = np.ones(len(order), bool)
    begins[1:] = transaction[1:] != transaction[:-1]
    says_again = np.zeros(len(order), bool)
    says_again[1:] = ~begins[1:] & (fraud[1:] == fraud[:-1])
    last = np.flatnonzero(np.append(begins[1:], True)) if len(order) else np.zeros(0, np.intp)
    # The place of the last change, carried forward to each event.
    since = np.maximum.accumulate(np.where(says_again, 0, np.arange(len(order))))
    at_last = known_at == known_at[last][transaction]
    contradicting = at_last & (fraud != fraud[last][transaction])
    size = len(names)
    return LabelStates(
        transaction_id=np.asarray(names, object),
        fraud=fraud[last],
        known_at=known_at[since[last]],
        revoked=_any(transaction, fraud & ~at_last, size) & ~fraud[last],
        contradicted=_any(transaction, contradicting, size),
        repeated=np.bincount(transaction, says_again, size).astype(np.int64),
    )


def _any(groups: NDArray[np.intp], flags: Flags, size: int) -> Flags:
    """Return for each of the groups 0 to size - 1 whether a flag of it is set."""
    return np.asarray(np.bincount(groups, flags, size) > 0)
