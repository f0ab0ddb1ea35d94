"""Work that goes on while a handler computes: what it reads next, what it has written.

A handler's answer waits for the end of all that it has begun, and fails when any of it has failed: whoever reads the
answer finds what it names.
"""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import cache
from typing import Any
from weakref import WeakSet

from functions.runtime import io_wait

# More would wait for each other: S3 on this machine is one process.
_AT_ONCE = 4


class _Begun(threading.local):
    """Each handler's own, should several run in threads of one process."""

    def __init__(self) -> None:
        self.futures: list[Future[None]] = []
        # Whoever waits for a result, or the thread that works on it, holds it: it may be a whole table.
        self.asked: WeakSet[Future[Any]] = WeakSet()


_begun = _Begun()


@cache
def _pool() -> ThreadPoolExecutor:
    """Make the threads when they are first needed: never before an execution environment is forked."""
    return ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="background")


def start[T](work: Callable[[], T]) -> Future[T]:
    """Begin something whose result is asked for, or is not needed."""
    started = _pool().submit(work)
    _begun.asked.add(started)
    return started


def result[T](started: Future[T], whose: io_wait.Wait) -> T:
    """Give the result of what was started; the time until it is there is spent waiting for ``whose`` answer."""
    with io_wait.waiting(whose):
        return started.result()


def begin(work: Callable[[], None]) -> Future[None]:
    """Begin something that must have succeeded before the handler answers."""
    begun = _pool().submit(work)
    _begun.futures.append(begun)
    return begun


def finish() -> None:
    """Wait for all that was begun; raise what the first that failed has raised."""
    begun = list(_begun.futures)
    abandon()
    for future in begun:
        future.result()


def abandon() -> None:
    """Wait for all that was begun, whatever becomes of it: nothing may reach into the next invocation."""
    wait([*_begun.futures, *_begun.asked])
    _begun.futures.clear()
    _begun.asked.clear()
