"""The log of one process, for the caller's LogResult and for CloudWatch Logs."""

import time
from collections.abc import Callable
from dataclasses import dataclass

# LogResult holds the last 4 KB; LocalStack cuts it to that itself.
TAIL_CHARACTERS = 1 << 14


@dataclass(frozen=True)
class Entry:
    """Whole lines that were written at one time, in milliseconds since the epoch."""

    timestamp: int
    text: str


type Sink = Callable[[list[Entry]], None]


class Journal:
    """A buffer of log text: a quick invocation is then one request to CloudWatch Logs, not three."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._entries: list[Entry] = []
        self._tail = ""

    def write(self, text: str) -> None:
        """Add whole lines, written now."""
        if text:
            self._entries.append(Entry(time.time_ns() // 1_000_000, text))
            self._tail = (self._tail + text)[-TAIL_CHARACTERS:]

    def flush(self) -> None:
        """Send what was written since the last flush."""
        if self._entries:
            self._sink(self._entries)
            self._entries = []

    def finish(self) -> str:
        """Flush, and return the last lines of the invocation."""
        self.flush()
        tail, self._tail = self._tail, ""
        return tail
