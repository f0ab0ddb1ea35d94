"""What a file of labels says of its transactions that was not known, after all other labels."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from functions.core.loop.label_history import LabelEvents, joined, states
from functions.core.loop.outcomes import Flags, Texts, Times


@dataclass(frozen=True, slots=True)
class LabelNews:
    """What became of the m transactions of a file; each attribute has the shape (m,).

    Attributes:
        transaction_id: the transactions, each once.
        fraud: what is known of each now.
        known_at: since when, in microseconds since 1970.
        repeated: whether the file said what was known before.
        outdated: whether another label that was known later outweighs the file's.
        contradicted: whether there are labels of both kinds, known at the same time, of which that decided which came
            last.
        revoked: whether it was fraud before, and is not any more.
    """

    transaction_id: Texts
    fraud: Flags
    known_at: Times
    repeated: Flags
    outdated: Flags
    contradicted: Flags
    revoked: Flags


def news(own: LabelEvents, others: LabelEvents) -> LabelNews:
    """Return what a file's labels say.

    Args:
        own: the file's.
        others: all that came in other files, before it or since.
    """
    mine = states(own)
    others = others.of(pd.Series(others.transaction_id).isin(mine.transaction_id).to_numpy(bool))
    # Own labels first: the states are in the order of the file's transactions then.
    before, now = states(others), states(joined(own, others))
    place = pd.Index(before.transaction_id).get_indexer(pd.Index(mine.transaction_id))
    known = place >= 0
    was = np.append(before.fraud, False)[place]
    return LabelNews(
        transaction_id=mine.transaction_id,
        fraud=now.fraud,
        known_at=now.known_at,
        repeated=known & (was == mine.fraud),
        outdated=known & (now.fraud != mine.fraud),
        contradicted=now.contradicted,
        revoked=now.revoked,
    )
