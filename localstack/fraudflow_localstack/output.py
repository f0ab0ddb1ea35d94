"""What a process writes to stdout and stderr, in the order in which it did."""

import contextlib
import os
import select
import threading

CHUNK = 1 << 16
# One invocation's output is held in memory until it ends; a runaway loop of prints must not take LocalStack along.
MAX_BYTES = 8 << 20
TRUNCATED = "\n[output truncated]\n"


class Output:
    """A pipe and the thread that empties it, so that a process never waits for its log."""

    def __init__(self) -> None:
        self._reader, self.writer = os.pipe()
        os.set_blocking(self._reader, False)
        self._lock = threading.Lock()
        self._buffer = bytearray()
        self._truncated = False
        threading.Thread(target=self._pump, name="lambda-output", daemon=True).start()

    def close_writer(self) -> None:
        """Close our copy of the writing end once the process has its own: the pipe then ends with the process."""
        os.close(self.writer)

    def take(self) -> str:
        """Return everything written since the last call, including what is still in the pipe, in whole lines."""
        with self._lock:
            self._drain()
            text = self._buffer.decode(errors="replace")
            if self._truncated:
                text += TRUNCATED
            self._buffer.clear()
            self._truncated = False
        return text if not text or text.endswith("\n") else f"{text}\n"

    def _pump(self) -> None:
        poll = select.poll()
        poll.register(self._reader, select.POLLIN)
        ended = False
        while not ended:
            poll.poll()
            with self._lock:
                ended = self._drain()
        with self._lock:
            os.close(self._reader)
            self._reader = -1

    def _drain(self) -> bool:
        """Move what the pipe holds into the buffer; say whether the pipe has ended."""
        if self._reader < 0:
            return True
        with contextlib.suppress(BlockingIOError):
            while data := os.read(self._reader, CHUNK):
                room = MAX_BYTES - len(self._buffer)
                self._truncated |= len(data) > room
                self._buffer += data[:room]
            return True
        return False
