"""The output of a process, stdout and stderr in one order."""

import contextlib
import os
import select
import threading

CHUNK = 1 << 16
# A runaway loop of prints must not take LocalStack along.
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
        """Return everything written since the last call, including what is still in the pipe, as whole lines."""
        with self._lock:
            self._drain()
            text = self._cut(len(self._buffer))
        return text if not text or text.endswith("\n") else f"{text}\n"

    def take_lines(self) -> str:
        """Return the lines that were finished since the last call."""
        with self._lock:
            self._drain()
            return self._cut(self._buffer.rfind(b"\n") + 1)

    def _cut(self, end: int) -> str:
        text = self._buffer[:end].decode(errors="replace")
        del self._buffer[:end]
        if self._truncated:
            self._truncated = False
            text += TRUNCATED
        return text

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
        """Move what the pipe holds into the buffer; return whether the pipe has ended."""
        if self._reader < 0:
            return True
        with contextlib.suppress(BlockingIOError):
            while data := os.read(self._reader, CHUNK):
                room = MAX_BYTES - len(self._buffer)
                self._truncated |= len(data) > room
                self._buffer += data[:room]
            return True
        return False
