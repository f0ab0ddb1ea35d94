"""Labels that were sent over HTTP: on the disk before they are answered, and in the bucket for labels seconds later.

Each request is a file. Those that wait are sent as one file of labels, and removed when it has arrived: killed in
between, they are sent again, and a label that comes twice counts once.
"""

import datetime as dt
import json
import logging
import os
import threading
from collections.abc import Sequence
from pathlib import Path
from uuid import uuid4

from functions.core.errors import FraudflowError
from functions.feedback.label_sending import LabelsBucket, ReceivedLabel

_logger = logging.getLogger(__name__)
_SEND_SECONDS = 2.0
_RETRY_SECONDS = 10.0
_REQUESTS_AT_ONCE = 200
_SUFFIX = ".json"


class LabelInbox:
    """The labels of one service that have not been sent on.

    Args:
        folder: for requests that wait; it is made.
        bucket: where they are sent; None keeps them.
    """

    def __init__(self, folder: Path, bucket: LabelsBucket | None) -> None:
        self._folder, self._bucket = folder, bucket
        self._closing = threading.Event()
        # A daemon: S3 may take longer to be away than the service may take to stop.
        self._thread = threading.Thread(target=self._work, name="label-sender", daemon=True)

    def start(self) -> None:
        """Make the folder, and start to send what is there.

        Raises:
            OSError: when the folder can't be made.
        """
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._thread.start()

    def close(self, seconds: float = 5.0) -> None:
        """Send what there is within some seconds, and end; the rest is sent next time."""
        self._closing.set()
        self._thread.join(seconds)

    def keep(self, labels: Sequence[ReceivedLabel]) -> None:
        """Keep the labels of a request, all or none: they are on the disk when this returns.

        Raises:
            OSError: when they can't be kept.
        """
        # Files are sent in the order of their names.
        name = f"{dt.datetime.now(dt.UTC):%Y%m%dT%H%M%S%f}-{uuid4().hex[:8]}"
        written = self._folder / f"{name}.part"
        try:
            with os.fdopen(os.open(written, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                json.dump(labels, file, separators=(",", ":"))
                file.flush()
                os.fsync(file.fileno())
            written.rename(written.with_suffix(_SUFFIX))
        except OSError:
            written.unlink(missing_ok=True)
            raise
        _sync(self._folder)

    def waiting(self) -> list[Path]:
        """Return the requests that have not been sent on, the oldest first."""
        return sorted(self._folder.glob(f"*{_SUFFIX}"))

    def send(self) -> bool:
        """Send the oldest requests that wait, as one file; return whether there may be more.

        Raises:
            StorageUnavailableError: when S3 is away.
            StorageDeniedError: when S3 refuses.
        """
        if self._bucket is None or not (some := self.waiting()[:_REQUESTS_AT_ONCE]):
            return False
        labels = [ReceivedLabel(*each) for path in some for each in json.loads(path.read_text("utf-8"))]
        self._bucket.send(some[0].stem, labels)
        for path in some:
            path.unlink()
        return len(some) == _REQUESTS_AT_ONCE

    def _work(self) -> None:
        wait = 0.0
        while not self._closing.wait(wait):
            wait = _SEND_SECONDS if self._sent() else _RETRY_SECONDS
        self._sent()

    def _sent(self) -> bool:
        """Send all there is; return whether that went well."""
        try:
            while self.send():
                pass
        except Exception as error:  # noqa: BLE001 - sending goes on, whatever it is
            reason = str(error) if isinstance(error, FraudflowError) else type(error).__name__
            _logger.warning("Labels are kept in %s until they can be sent: %s", self._folder, reason)
            return False
        return True


def _sync(folder: Path) -> None:
    """Make the names in a folder last."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
