"""Background work while a handler computes."""

import threading
import time
import weakref
from collections.abc import Iterator
from functools import partial

import pytest

from functions.runtime import background


@pytest.fixture(autouse=True)
def _nothing_begun() -> Iterator[None]:
    background.abandon()
    yield
    background.abandon()


def test_an_answer_waits_for_what_was_begun() -> None:
    may_go_on, done = threading.Event(), threading.Event()

    def work() -> None:
        may_go_on.wait(10)
        done.set()

    background.write(work)
    assert not done.is_set()
    may_go_on.set()
    background.flush()
    assert done.is_set()


def test_what_failed_fails_the_answer_after_all_has_ended() -> None:
    done = threading.Event()

    def fail() -> None:
        raise ConnectionError("broke off")

    background.write(fail)
    background.write(done.set)
    with pytest.raises(ConnectionError):
        background.flush()
    assert done.is_set()
    background.flush()  # once told, it is no longer there


def test_a_failed_handler_leaves_nothing_for_the_next_invocation() -> None:
    def fail() -> None:
        raise ConnectionError("broke off")

    background.write(fail)
    background.abandon()
    background.flush()


def test_a_result_can_be_asked_for() -> None:
    assert background.start(lambda: b"body").result() == b"body"


def test_files_are_read_one_after_the_other_in_the_order_that_they_are_needed() -> None:
    may_go_on, begun = threading.Event(), list[str]()

    def read(name: str) -> str:
        begun.append(name)
        may_go_on.wait(10)
        return name

    reads = [background.prefetch(partial(read, name)) for name in "abc"]
    may_go_on.set()
    assert [each.result() for each in reads] == begun == ["a", "b", "c"]


def test_what_nobody_waits_for_is_not_read_after_the_handler() -> None:
    has_begun, may_go_on, begun = threading.Event(), threading.Event(), list[str]()

    def read(name: str) -> None:
        begun.append(name)
        has_begun.set()
        may_go_on.wait(10)

    first, *others = [background.prefetch(partial(read, name)) for name in "abc"]
    assert has_begun.wait(10)
    threading.Timer(0.05, may_go_on.set).start()
    background.abandon()
    assert first.done()
    assert all(each.cancelled() for each in others)
    assert begun == ["a"]


class Large:
    """Stands in for a table."""


def test_a_result_is_not_held_once_it_is_taken() -> None:
    taken = weakref.ref(background.start(Large).result())
    # The thread that made it lets go of it a moment later.
    deadline = time.monotonic() + 10
    while taken() is not None and time.monotonic() < deadline:
        time.sleep(0.01)
    assert taken() is None
