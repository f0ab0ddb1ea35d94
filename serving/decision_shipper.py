"""The thread that ships the service's decisions, joins their small parts, and removes what is too old to be kept."""

import datetime as dt
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from functions.core.errors import FraudflowError
from functions.decisions.local_log import DecisionLogError, LocalLog
from functions.decisions.part_joining import PartJoiner
from functions.decisions.shipping import DecisionsBucket

_logger = logging.getLogger(__name__)
_SHIP_SECONDS = 3.0
_RETRY_SECONDS = 15.0
_CLEANING_SECONDS = 6 * 3600.0
_JOINING_SECONDS = 600.0
_REMOVED_AT_ONCE = 1000


@dataclass(frozen=True)
class Retention:
    """How long decisions are kept.

    Attributes:
        local: in the service's own file once they are in S3: as long a repeated transaction gets its first decision.
        shipped: in S3, by their date.
    """

    local: dt.timedelta
    shipped: dt.timedelta


class DecisionShipper:
    """Ships decisions every few seconds, in a thread of its own.

    Args:
        path: of the local file.
        bucket: where they go; None ships nothing.
        retention: how long they are kept.
        now: the clock.
        turns: in which this and the log's other threads write.
    """

    def __init__(
        self,
        path: Path,
        bucket: DecisionsBucket | None,
        retention: Retention,
        now: Callable[[], dt.datetime],
        turns: threading.Lock,
    ) -> None:
        self._log = LocalLog(path, turns)
        self._bucket, self._retention, self._now = bucket, retention, now
        self._joiner = None if bucket is None else PartJoiner(bucket)
        self._closing = threading.Event()
        # A daemon: S3 may take longer to be away than the service may take to stop.
        self._thread = threading.Thread(target=self._work, name="decision-shipper", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def close(self, seconds: float) -> None:
        """Ship what there is, and end; wait for that for some seconds."""
        self._closing.set()
        self._thread.join(seconds)

    def _work(self) -> None:
        cleaned, joined, wait = None, None, _SHIP_SECONDS
        while not self._closing.wait(wait):
            wait = _SHIP_SECONDS if self._shipped() else _RETRY_SECONDS
            self._checkpoint()
            if self._is_due(cleaned, _CLEANING_SECONDS):
                self._clean()
                cleaned = self._now()
            if self._is_due(joined, _JOINING_SECONDS):
                self._join()
                joined = self._now()
        self._shipped()
        self._log.close()

    def _is_due(self, last: dt.datetime | None, seconds: float) -> bool:
        return last is None or (self._now() - last).total_seconds() > seconds

    def _join(self) -> None:
        """Join small parts: readers ask S3 for each."""
        try:
            if self._joiner is not None:
                self._joiner.join(self._log, self._now())
        except Exception as error:  # noqa: BLE001 - it is tried again, whatever it is
            _logger.warning("Small parts of decisions could not be joined: %s", _reason(error))

    def _shipped(self) -> bool:
        """Ship all there is; return whether that went well."""
        try:
            while self._bucket is not None and self._bucket.ship(self._log):
                pass
        except Exception as error:  # noqa: BLE001 - shipping goes on, whatever it is
            _logger.warning("Decisions are kept here until they can be shipped: %s", _reason(error))
            return False
        return True

    def _checkpoint(self) -> None:
        try:
            self._log.checkpoint()
        except DecisionLogError as error:
            _logger.warning("%s", error)

    def _clean(self) -> None:
        """Remove what is older than it is to be kept."""
        now = self._now()
        try:
            while self._log.remove_before(now - self._retention.local, _REMOVED_AT_ONCE) == _REMOVED_AT_ONCE:
                pass
            if self._bucket is not None:
                self._bucket.remove_before((now - self._retention.shipped).date())
        except Exception as error:  # noqa: BLE001 - the same
            _logger.warning("Old decisions could not be removed: %s", _reason(error))


def _reason(error: Exception) -> str:
    """Return a reason without the message of what is not ours: it may quote a transaction."""
    return str(error) if isinstance(error, FraudflowError) else f"{type(error).__name__}."
