"""I/O wait of an invocation, in seconds by the service that it waits for.

The adapters say when they wait; the handler's last log line tells it. What is left of an invocation is its own
computing. Work that goes on in other threads counts only as far as the handler waits for its end.
"""

import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Literal

type Wait = Literal["storage", "tracking", "monitoring", "executions"]


class _Account(threading.local):
    """Each thread has its own, and only the handler's is told."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self.waiting = False


_account = _Account()


def start() -> None:
    """Start a new account: an execution environment serves many invocations, one at a time."""
    _account.seconds.clear()


@contextmanager
def waiting(for_whom: Wait) -> Iterator[None]:
    """Count the time until the block ends; within another such block it is that one's already."""
    if _account.waiting:
        yield
        return
    _account.waiting = True
    began = time.perf_counter()
    try:
        yield
    finally:
        _account.waiting = False
        _account.seconds[for_whom] += time.perf_counter() - began


def spent() -> Mapping[str, float]:
    """Return the seconds so far."""
    return {name: round(seconds, 4) for name, seconds in _account.seconds.items()}
