"""What an invocation spends waiting for others: seconds, by whom it waits for.

The adapters say when they wait; the handler's last log line tells it. What is left of an invocation is its own
computing. Work that an adapter does in the background counts only as far as somebody waits for its end.
"""

import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Literal

type Wait = Literal["storage", "tracking", "monitoring", "executions"]

_seconds: defaultdict[str, float] = defaultdict(float)
_waiting = False


def begin() -> None:
    """Start a new account: an execution environment serves many invocations, one at a time."""
    _seconds.clear()


@contextmanager
def waiting(for_whom: Wait) -> Iterator[None]:
    """Count the time until the block ends; within another such block it is that one's already."""
    global _waiting  # noqa: PLW0603 - one process, one invocation
    if _waiting:
        yield
        return
    _waiting = True
    began = time.perf_counter()
    try:
        yield
    finally:
        _waiting = False
        _seconds[for_whom] += time.perf_counter() - began


def spent() -> Mapping[str, float]:
    """Give the seconds so far."""
    return {name: round(seconds, 4) for name, seconds in _seconds.items()}
