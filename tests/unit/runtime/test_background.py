"""What goes on while a handler computes."""

import threading
import time
import weakref
from collections.abc import Iterator

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

    background.begin(work)
    assert not done.is_set()
    may_go_on.set()
    background.finish()
    assert done.is_set()


def test_what_failed_fails_the_answer_after_all_has_ended() -> None:
    done = threading.Event()

    def fail() -> None:
        raise ConnectionError("broke off")

    background.begin(fail)
    background.begin(done.set)
    with pytest.raises(ConnectionError):
        background.finish()
    assert done.is_set()
    background.finish()  # once told, it is no longer there


def test_a_failed_handler_leaves_nothing_for_the_next_invocation() -> None:
    def fail() -> None:
        raise ConnectionError("broke off")

    background.begin(fail)
    background.abandon()
    background.finish()


def test_a_result_can_be_asked_for() -> None:
    assert background.start(lambda: b"body").result() == b"body"


class Large:
    """Stands in for a table."""


def test_a_result_is_not_held_once_it_is_taken() -> None:
    taken = weakref.ref(background.start(Large).result())
    # The thread that made it lets go of it a moment later.
    deadline = time.monotonic() + 10
    while taken() is not None and time.monotonic() < deadline:
        time.sleep(0.01)
    assert taken() is None
