"""Listing the runs while the console starts, so that whoever opens the page of the runs first does not wait for it."""

import contextlib
import threading
import time

from console.stack_access import StackAccess
from infra.told_errors import TOLD

_PAUSE_SECONDS = 2.0
_ATTEMPTS = 150


def warm_up(stack: StackAccess, pause: float = _PAUSE_SECONDS, attempts: int = _ATTEMPTS) -> threading.Thread:
    """Begin to list the runs, aside; while the stack is starting itself, again after a pause."""

    def work() -> None:
        for _ in range(attempts):
            with contextlib.suppress(*TOLD):
                if stack.connected().runs.warm():
                    return
            time.sleep(pause)

    thread = threading.Thread(target=work, daemon=True, name="warms up")
    thread.start()
    return thread
