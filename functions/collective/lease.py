"""The lease of a training: who asked for it renews it, and workers stop when it is not renewed, or is ended."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from functions.collective.meeting import SmallFiles
from functions.core.errors import FraudflowError

RENEW_SECONDS = 5.0
LOOK_SECONDS = 2.0
# A function that was frozen or killed renews nothing: its workers stop after so long.
LEASE_SECONDS = 60.0
_ENDED = b"ended"


def lease_uri(folder: str) -> str:
    """Return where the lease of a try is."""
    return f"{folder}/lease"


@contextmanager
def renewed(store: SmallFiles, folder: str, *, every: float = RENEW_SECONDS) -> Iterator[None]:
    """Renew the lease in the background, and end it at the end."""
    over, uri = threading.Event(), lease_uri(folder)
    store.write(uri, b"0", "text/plain")

    def renew() -> None:
        number = 0
        while not over.wait(every):
            number += 1
            # A store that is away for a moment costs a turn: workers wait for several.
            with suppress(FraudflowError):
                store.write(uri, str(number).encode(), "text/plain")

    renewing = threading.Thread(target=renew, name="lease", daemon=True)
    renewing.start()
    try:
        yield
    finally:
        over.set()
        renewing.join()
        with suppress(FraudflowError):
            store.write(uri, _ENDED, "text/plain")


class Lease:
    """A lease as a worker sees it. No clock is compared with another's: it is renewed when it reads otherwise."""

    def __init__(
        self, store: SmallFiles, folder: str, *, seconds: float = LEASE_SECONDS, first_seconds: float | None = None
    ) -> None:
        """Begin to look, and wait for the first renewal ``first_seconds``, as long as for the others unless given."""
        self._store, self._uri, self._seconds = store, lease_uri(folder), seconds
        self._first_seconds = seconds if first_seconds is None else first_seconds
        self._last, self._since = b"", time.monotonic()

    def is_over(self) -> bool:
        """Return whether nobody waits for the model any more."""
        # A store that can't be asked is no news of a renewal.
        with suppress(FraudflowError):
            read = self._store.read(self._uri)
            if read != self._last:
                self._last, self._since = read, time.monotonic()
        seconds = self._seconds if self._last else self._first_seconds
        return self.was_ended or time.monotonic() - self._since > seconds

    @property
    def was_ended(self) -> bool:
        """Whether it was ended on purpose, as far as was looked."""
        return self._last == _ENDED
