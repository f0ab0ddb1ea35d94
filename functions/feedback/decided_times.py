"""When transactions were decided on, by their numbers."""

import datetime as dt

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from functions.core.loop.outcomes import Texts, Times
from functions.decisions.decision_parts import to_table
from functions.feedback.part_bodies import decision_bodies
from functions.ports import ObjectStore

_NEVER = np.iinfo(np.int64).max


def decided_at(store: ObjectStore, bucket: str, transaction_ids: Texts) -> Times:
    """Return when each of n transactions was decided on first, in microseconds since 1970; 0 where it was not yet.

    Args:
        store: of the decision log.
        bucket: of the decision log; all of its parts are looked into.
        transaction_ids: distinct ones (n,).

    Raises:
        UnreadableRecordError: when a part is damaged.
        StorageUnavailableError: when S3 is away.
    """
    wanted = pa.array(transaction_ids, pa.string())
    found = np.full(len(wanted), _NEVER)
    for uri, body in decision_bodies(store, bucket, dt.date.min, dt.date.max):
        part = to_table(body, uri, ("transaction_id", "at", "kind"))
        part = part.filter(pc.equal(part.column("kind"), "decision"))
        places = pc.index_in(part.column("transaction_id").combine_chunks(), value_set=wanted)
        known = places.is_valid()
        at = part.column("at").cast(pa.int64()).filter(known).to_numpy()
        np.minimum.at(found, places.drop_null().to_numpy(), at)
    return np.where(found == _NEVER, 0, found)
