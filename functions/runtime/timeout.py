"""The time until an invocation's timeout, which Lambda passes to each one.

Only ExplainModel uses it: it stops in time to return what it has.
"""

import math
import threading
import time


class _End(threading.local):
    """Each thread has its own, as the handler's invocations are of one."""

    def __init__(self) -> None:
        self.at = math.inf


_end = _End()


def start(context: object) -> None:
    """Set the deadline of the invocation; without a context, outside of Lambda, there is none."""
    ask = getattr(context, "get_remaining_time_in_millis", None)
    _end.at = math.inf if ask is None else time.monotonic() + ask() / 1000


def seconds_left() -> float:
    """Return the seconds until the function's timeout."""
    return _end.at - time.monotonic()
