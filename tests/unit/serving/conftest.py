"""Every test of the service closes the databases that it has opened."""

import sqlite3
from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture(autouse=True)
def databases_are_closed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    opened: list[sqlite3.Connection] = []
    connect = sqlite3.connect

    def connected(*given: Any, **options: Any) -> sqlite3.Connection:  # noqa: ANN401 - sqlite3's
        opened.append(connect(*given, **options))
        return opened[-1]

    monkeypatch.setattr(sqlite3, "connect", connected)
    yield
    left = [each for each in opened if not _is_closed(each)]
    assert not left, f"{len(left)} of {len(opened)} databases were left open: a service that is made is also closed"


def _is_closed(database: sqlite3.Connection) -> bool:
    try:
        return database.total_changes < 0
    except sqlite3.ProgrammingError as error:  # another thread's is open
        return "closed" in str(error)
