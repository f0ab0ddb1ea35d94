"""Prefetches and background writes: a handler computes while its files arrive and leave.

A handler returns when all of its writes have arrived, and fails when any of them has failed.
"""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import cache
from typing import Any
from weakref import WeakSet

from functions.runtime import io_wait

# More would wait for each other: S3 on this machine is one process.
_WRITES_AT_ONCE = 4
# One after the other, as they are needed: states that start side by side share one server, and what comes first is
# waited for.
_READS_AT_ONCE = 1


class _Started(threading.local):
    """Each handler's own, should several run in threads of one process."""

    def __init__(self) -> None:
        self.writes: list[Future[None]] = []
        # Whoever waits for a result, or the thread that works on it, holds it: it may be a whole table.
        self.others: WeakSet[Future[Any]] = WeakSet()


_started = _Started()


@cache
def _pool(name: str, at_once: int) -> ThreadPoolExecutor:
    """Make the threads when they are first needed: never before an execution environment is forked."""
    return ThreadPoolExecutor(at_once, thread_name_prefix=name)


def prefetch[T](read: Callable[[], T]) -> Future[T]:
    """Start reading a file, after those that were asked for before."""
    started = _pool("prefetch", _READS_AT_ONCE).submit(read)
    _started.others.add(started)
    return started


def start[T](work: Callable[[], T]) -> Future[T]:
    """Start a request whose result is taken later (``result``), if at all."""
    started = _pool("background", _WRITES_AT_ONCE).submit(work)
    _started.others.add(started)
    return started


def result[T](started: Future[T], whose: io_wait.Wait) -> T:
    """Return the result of what was started, and count the wait as one for ``whose`` response."""
    with io_wait.waiting(whose):
        return started.result()


def write(work: Callable[[], None]) -> Future[None]:
    """Start a write that must have succeeded before the handler returns."""
    started = _pool("background", _WRITES_AT_ONCE).submit(work)
    _started.writes.append(started)
    return started


def flush() -> None:
    """Wait for all the writes; raise the error of the first that failed."""
    writes = list(_started.writes)
    wait(writes)
    _started.writes.clear()
    for each in writes:
        each.result()


def abandon() -> None:
    """Cancel what has not started and wait for the rest, failed or not: nothing may reach into the next invocation."""
    for each in _started.others:
        each.cancel()
    wait([*_started.writes, *(each for each in _started.others if not each.cancelled())])
    _started.writes.clear()
    _started.others.clear()
