"""Whom an invocation waits for."""

import time
from collections.abc import Iterator

import pytest

from functions.runtime import io_wait


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    """Yield a clock that stands still until it is set."""
    now = [0.0]
    monkeypatch.setattr(time, "perf_counter", lambda: now[0])
    io_wait.start()
    yield now
    io_wait.start()


def test_waiting_is_counted_by_whom_it_is_for(clock: list[float]) -> None:
    for whom, seconds in (("storage", 1.0), ("tracking", 0.5), ("storage", 0.25)):
        with io_wait.waiting(whom):  # type: ignore[arg-type]
            clock[0] += seconds
        clock[0] += 10
    assert io_wait.spent() == {"storage": 1.25, "tracking": 0.5}


def test_waiting_within_waiting_is_counted_once(clock: list[float]) -> None:
    with io_wait.waiting("tracking"):
        clock[0] += 1
        with io_wait.waiting("storage"):
            clock[0] += 1
    assert io_wait.spent() == {"tracking": 2.0}


def test_what_fails_has_been_waited_for(clock: list[float]) -> None:
    def broken_off() -> None:
        clock[0] += 2
        raise KeyError

    with pytest.raises(KeyError), io_wait.waiting("storage"):
        broken_off()
    with io_wait.waiting("storage"):
        clock[0] += 1
    assert io_wait.spent() == {"storage": 3.0}


def test_an_invocation_begins_with_nothing_spent(clock: list[float]) -> None:
    with io_wait.waiting("storage"):
        clock[0] += 1
    io_wait.start()
    assert io_wait.spent() == {}
