"""The only place where the tests sleep."""

import time
from collections.abc import Callable


def poll[T](probe: Callable[[], T], *, seconds: float, waiting_for: str) -> T:
    """Call ``probe`` until it returns something true; fail with a sentence when it does not in time."""
    deadline = time.monotonic() + seconds
    while not (result := probe()):
        if time.monotonic() > deadline:
            raise AssertionError(f"Waited {seconds} s in vain for {waiting_for}")
        time.sleep(0.05)
    return result
