"""The decision log of a function, which has no disk of its own: each decision is an object before it is answered.

``once/<hash of the id>`` says on which day a transaction was decided on, and ``date=YYYY-MM-DD/lambda-<hash>.parquet``
is its part of the log. Both are written where nothing is yet: of functions that decide on the same transaction at once,
the first one's decision is everybody's answer.
"""

import datetime as dt
import hashlib
from dataclasses import dataclass

from functions.core.errors import UnreadableRecordError
from functions.decisions.decision import LoggedDecision
from functions.decisions.decision_parts import CONTENT_TYPE, from_parquet, part_key, to_parquet
from functions.ports import ObjectStore

_BYTES = 16


@dataclass(frozen=True)
class KeyedDecisions:
    """Decisions as objects of a bucket, by their transaction."""

    store: ObjectStore
    bucket: str

    def find(self, transaction_id: str) -> LoggedDecision | None:
        """Return the first decision on a transaction; None where there is none.

        Raises:
            StorageUnavailableError: when S3 is away.
            UnreadableRecordError: when it is damaged.
        """
        once = self._once(transaction_id)
        if not self.store.exists(once):
            return None
        part = self._part(transaction_id, self._day(once))
        return self._read(part) if self.store.exists(part) else None

    def keep(self, decision: LoggedDecision) -> LoggedDecision:
        """Keep a decision: it is in S3 when this returns.

        Returns:
            The first decision of its transaction: the same object, or the one of a request before it.

        Raises:
            StorageUnavailableError: when S3 is away, so that it must not be answered.
            StorageDeniedError: when S3 refuses.
            UnreadableRecordError: when an earlier one is damaged.
        """
        once, day = self._once(decision.transaction_id), decision.at.astimezone(dt.UTC).date()
        if not self.store.create(once, day.isoformat().encode(), "text/plain"):
            day = self._day(once)
        part, body = self._part(decision.transaction_id, day), to_parquet([decision])
        if self.store.create(part, body, CONTENT_TYPE):
            return decision
        first = self._read(part)
        if first is None:  # its only row was removed, as of an entity that is to be forgotten
            self.store.write(part, body, CONTENT_TYPE)
        return first or decision

    def _day(self, once: str) -> dt.date:
        try:
            return dt.date.fromisoformat(self.store.read(once).decode())
        except ValueError as error:
            raise UnreadableRecordError(f"{once} can't be read: it is damaged, or no mark of a decision.") from error

    def _read(self, part: str) -> LoggedDecision | None:
        return next(iter(from_parquet(self.store.read(part), part)), None)

    def _once(self, transaction_id: str) -> str:
        return f"s3://{self.bucket}/once/{_name(transaction_id)}"

    def _part(self, transaction_id: str, day: dt.date) -> str:
        return f"s3://{self.bucket}/{part_key(day, f'lambda-{_name(transaction_id)}')}"


def _name(transaction_id: str) -> str:
    return hashlib.blake2b(transaction_id.encode("utf-8", "surrogatepass"), digest_size=_BYTES).hexdigest()
