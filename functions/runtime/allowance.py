"""How much longer an invocation may take: Lambda tells each one, and nobody else knows.

Only what explains asks: it stops in time to tell what it has.
"""

import math
import threading
import time


class _End(threading.local):
    """Each thread has its own, as the handler's invocations are of one."""

    def __init__(self) -> None:
        self.at = math.inf


_end = _End()


def begin(context: object) -> None:
    """Take note of when the invocation ends; without a context, outside of Lambda, it does not."""
    ask = getattr(context, "get_remaining_time_in_millis", None)
    _end.at = math.inf if ask is None else time.monotonic() + ask() / 1000


def seconds_left() -> float:
    """Tell the seconds until the function's timeout."""
    return _end.at - time.monotonic()
