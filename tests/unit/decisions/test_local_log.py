"""The local file of decisions: kept once, found again, shipped in ranges, removed for good."""

import datetime as dt
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from functions.decisions.decision import ADDED_COLUMNS, COLUMNS, to_row
from functions.decisions.decision_parts import from_parquet, pack
from functions.decisions.local_log import DecisionLogError, LocalLog
from tests.decided import AT, decided


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "scoring" / "decisions.sqlite"


@pytest.fixture
def log(path: Path) -> Iterator[LocalLog]:
    with LocalLog(path) as opened:
        yield opened


def test_a_decision_comes_back_as_it_was_kept(log: LocalLog, path: Path) -> None:
    decision = decided("one", features={"a": 0.1 + 0.2, "b": 1e-310, "c": "\ud800 ü", "d": None}, score=1 / 3)
    assert log.add([decision]) == [decision]
    with LocalLog(path) as another:
        assert another.find(["one", "none"]) == {"one": decision}


def test_the_first_decision_of_a_transaction_stays_also_within_one_call(log: LocalLog, path: Path) -> None:
    first, second, other = decided("one", score=0.1), decided("one", score=0.9), decided("two")
    kept = log.add([first, second, other])
    assert kept[0] is first
    assert kept[1] == first
    assert kept[2] is other
    with LocalLog(path) as restarted:
        assert restarted.add([second]) == [first]


def test_shadows_are_kept_beside_the_decision_once_a_version(log: LocalLog) -> None:
    decision = decided("one")
    shadows = [decided("one", kind="shadow", version=version, features={}) for version in ("4", "5")]
    assert log.add([*shadows, decision]) == [*shadows, decision]
    assert log.add([replace(shadows[0], score=0.9)]) == [shadows[0]]
    assert log.find(["one"]) == {"one": decision}
    assert log.backlog().rows == 3


def test_many_are_found_at_once(log: LocalLog) -> None:
    decisions = [decided() for _ in range(1200)]
    log.add(decisions)
    assert log.find([each.transaction_id for each in decisions]) == {each.transaction_id: each for each in decisions}


def test_a_call_that_can_not_be_kept_keeps_nothing(log: LocalLog) -> None:
    with pytest.raises(ValueError, match="JSON"):
        log.add([decided("one"), decided("two", features={"a": float("nan")})])
    assert log.find(["one", "two"]) == {}


def test_ranges_leave_one_after_the_other_and_an_interrupted_one_again(log: LocalLog, path: Path) -> None:
    decisions = [decided() for _ in range(5)]
    log.add(decisions)
    first = log.next_shipment(3)
    assert first is not None
    with LocalLog(path) as restarted:
        restarted.add([decided("later")])
        assert restarted.next_shipment(1000) == first
        assert restarted.rows(first) == [to_row(each) for each in decisions[:3]]
        restarted.mark_shipped(first)
        second = restarted.next_shipment(1000)
        assert second is not None
        assert [row[0] for row in restarted.rows(second)] == [
            *[each.transaction_id for each in decisions[3:]],
            "later",
        ]
        restarted.mark_shipped(second)
        assert restarted.next_shipment(1000) is None


def test_the_backlog_is_what_has_not_been_shipped_with_its_oldest(log: LocalLog) -> None:
    assert log.backlog() == (0, None)
    log.add([decided(at=AT), decided(at=AT + dt.timedelta(seconds=9))])
    assert log.backlog() == (2, AT)
    shipment = log.next_shipment(1)
    assert shipment is not None
    log.mark_shipped(shipment)
    assert log.backlog() == (1, AT + dt.timedelta(seconds=9))


def test_only_what_is_old_and_shipped_expires(log: LocalLog) -> None:
    log.add([decided("old", at=AT), decided("new", at=AT + dt.timedelta(days=8))])
    assert log.remove_before(AT + dt.timedelta(days=1), 100) == 0
    shipment = log.next_shipment(100)
    assert shipment is not None
    log.mark_shipped(shipment)
    assert log.remove_before(AT + dt.timedelta(days=1), 100) == 1
    assert set(log.find(["old", "new"])) == {"new"}


def test_numbers_are_not_used_again_after_the_newest_was_removed(log: LocalLog) -> None:
    log.add([decided("one")])
    shipment = log.next_shipment(100)
    assert shipment is not None
    log.mark_shipped(shipment)
    log.remove(["one"])
    log.add([decided("two")])
    following = log.next_shipment(100)
    assert following is not None
    assert following.after >= shipment.last


def test_a_removed_transaction_leaves_nothing_in_the_files(log: LocalLog, path: Path) -> None:
    card = "h:fedcba9876543210"
    log.add([decided("of-the-card", features={"card": card}), decided("of-the-card", kind="shadow", features={})])
    log.add([decided("of-another")])
    assert log.transactions_of(card) == {"of-the-card"}
    assert log.remove(["of-the-card"]) == 2
    assert log.transactions_of(card) == set()
    for file in path.parent.iterdir():
        assert card.encode() not in file.read_bytes()
        assert b"of-the-card" not in file.read_bytes()


def test_the_service_does_not_wait_for_all_rows_to_be_read(log: LocalLog) -> None:
    ran: list[str] = []
    log._database.set_trace_callback(ran.append)
    log.add([decided("one"), decided("one"), decided("one", kind="shadow"), decided("one", kind="shadow")])
    log.find(["one"])
    log.backlog()
    log.remove(["one"])
    log._database.set_trace_callback(None)
    asked = [each for each in ran if each.startswith(("DELETE", "SELECT"))]
    plans = [row[3] for each in asked for row in log._database.execute(f"EXPLAIN QUERY PLAN {each}")]
    assert len(plans) >= 6
    assert not [each for each in plans if each.startswith("SCAN decisions")]


def test_the_file_is_its_owners_alone(log: LocalLog, path: Path) -> None:
    log.add([decided()])
    assert {stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()} == {0o600}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_full_disk_keeps_nothing_says_so_and_is_got_over(log: LocalLog) -> None:
    log._database.execute("PRAGMA max_page_count = 30")
    with pytest.raises(DecisionLogError, match="the disk is full"):
        log.add([decided(f"big{number}", features={"text": "x" * 3000}) for number in range(100)])
    assert log.find(["big0"]) == {}
    log._database.execute("PRAGMA max_page_count = 100000")
    log.add([decided("big0")])
    assert set(log.find(["big0"])) == {"big0"}


def test_a_damaged_file_is_named(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"no database" * 1000)
    with pytest.raises(DecisionLogError, match=r"decisions\.sqlite is damaged: stop the scoring service"):
        LocalLog(path)


def test_a_file_of_a_later_release_is_left_alone(log: LocalLog, path: Path) -> None:
    log._database.execute("PRAGMA user_version = 3")
    with pytest.raises(DecisionLogError, match="later release"):
        LocalLog(path)


def test_a_file_of_release_0_2_0_is_opened_with_its_decisions_and_its_place_in_the_shipping(path: Path) -> None:
    one = decided("one", score=0.5, cost_pass=50.0, missed_cost=100.0, pass_chance=0.0)
    two = decided("two", score=0.0, cost_pass=0.0, missed_cost=None, decision="pass", pass_chance=1.0)
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as database, database:
        database.executescript(
            """
            CREATE TABLE decisions (
                number INTEGER PRIMARY KEY AUTOINCREMENT,
                transaction_id TEXT NOT NULL, at INTEGER NOT NULL, features TEXT NOT NULL, score REAL NOT NULL,
                decision TEXT NOT NULL, threshold REAL NOT NULL, model TEXT NOT NULL, version TEXT NOT NULL,
                latency_ms REAL NOT NULL, served TEXT NOT NULL, cost_alarm REAL NOT NULL, cost_pass REAL NOT NULL,
                reasons TEXT NOT NULL, kind TEXT NOT NULL
            );
            CREATE UNIQUE INDEX first_decision ON decisions (transaction_id) WHERE kind = 'decision';
            CREATE UNIQUE INDEX one_shadow ON decisions (transaction_id, model, version) WHERE kind = 'shadow';
            CREATE TABLE shipping (
                log TEXT NOT NULL, shipped INTEGER NOT NULL DEFAULT 0, under_way INTEGER NOT NULL DEFAULT 0
            );
            INSERT INTO shipping VALUES ('0123456789ab', 1, 1);
            PRAGMA user_version = 1;
            """
        )
        kept = [each for each in COLUMNS if each not in ADDED_COLUMNS]
        database.executemany(
            f"INSERT INTO decisions ({', '.join(kept)}) VALUES ({', '.join('?' * len(kept))})",  # noqa: S608
            [[dict(zip(COLUMNS, to_row(each), strict=True))[name] for name in kept] for each in (one, two)],
        )
    new = decided("three", decision="pass", explored=True, pass_chance=0.02)
    with LocalLog(path) as opened:
        assert opened.add([decided("one", score=0.9)]) == [one]
        assert opened.add([new]) == [new]
        assert opened.find(["two"]) == {"two": two}
        shipment = opened.next_shipment(100)
        assert shipment is not None
        assert (shipment.log, shipment.after) == ("0123456789ab", 1)
        assert from_parquet(pack(opened.rows(shipment)), "part") == [two, new]
    with LocalLog(path) as again:
        assert again.find(["three"]) == {"three": new}


def test_a_directory_that_can_not_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DecisionLogError, match=r"can't be used \((File exists|Not a directory)\)"):
        LocalLog(tmp_path / "file" / "decisions.sqlite")


def test_two_processes_may_write_the_same_file(log: LocalLog, path: Path) -> None:
    with LocalLog(path) as other:
        first = decided("one", score=0.1)
        other.add([first])
        assert log.add([decided("one", score=0.2)]) == [first]


def test_the_order_of_columns_in_the_file_does_not_matter(path: Path, log: LocalLog) -> None:
    decision = decided("one")
    log.add([decision])
    with sqlite3.connect(path) as database:
        database.execute("ALTER TABLE decisions ADD COLUMN of_a_later_release TEXT")
    assert log.find(["one"]) == {"one": decision}
