"""A damaged database is named with what to do, and left as it is."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from infra.errors import StackError
from infra.home.databases import check_databases
from infra.home.layout import Home

DAMAGE: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "cut short": (lambda body: body[: len(body) // 2], "it is damaged ("),
    "another file": (lambda body: b"no database " * (len(body) // 12), "it is damaged (file is not a database)"),
    "holes": (lambda body: body[:4096] + bytes(8192) + body[12288:], "it is damaged ("),
    "noise": (lambda body: body[:4096] + bytes(range(256)) * 64 + body[20480:], "it is damaged ("),
    "empty": (lambda _: b"", "it is empty"),
}


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home").create()
    home.blobs.mkdir(parents=True)
    (home.blobs / "data").write_bytes(b"x")
    for path in (home.ledger, home.mlflow_database):
        with closing(sqlite3.connect(path)) as database, database:
            database.execute("CREATE TABLE version (bucket TEXT, key TEXT UNIQUE, document TEXT)")
            rows = [("mlflow-artifacts", f"key {number}", "document " * 50) for number in range(200)]
            database.executemany("INSERT INTO version VALUES (?, ?, ?)", rows)
    return home


def test_whole_databases_and_none_are_fine(home: Home, tmp_path: Path) -> None:
    check_databases(home)
    check_databases(Home(tmp_path / "new").create())


@pytest.mark.parametrize(("damage", "said"), DAMAGE.values(), ids=DAMAGE)
@pytest.mark.parametrize("name", ["ledger", "mlflow_database"])
def test_a_damaged_one_is_named_with_what_to_do_and_not_touched(
    home: Home, name: str, damage: Callable[[bytes], bytes], said: str
) -> None:
    path: Path = getattr(home, name)
    damaged = damage(path.read_bytes())
    path.write_bytes(damaged)

    with pytest.raises(StackError) as told:
        check_databases(home)

    sentence = str(told.value)
    assert sentence.startswith(f"{path}, ")
    assert f"can't be used: {said}" in sentence
    assert "put a copy of it back, or move " in sentence
    assert "\n" not in sentence
    assert path.read_bytes() == damaged
    assert (home.blobs / "data").exists()


def test_a_ledger_that_is_gone_while_its_data_is_there_is_not_begun_anew(home: Home) -> None:
    home.ledger.unlink()
    with pytest.raises(StackError, match=r"ledger.sqlite, the ledger of S3's .* can't be used: it is missing"):
        check_databases(home)


def test_a_database_that_was_moved_away_is_begun_anew(home: Home) -> None:
    home.mlflow_database.unlink()
    check_databases(home)


def test_a_start_that_was_killed_before_anything_was_kept_begins_again(tmp_path: Path) -> None:
    home = Home(tmp_path / "home").create()
    home.blobs.mkdir(parents=True)
    for path in (home.ledger, home.mlflow_database):
        path.write_bytes(b"")
    check_databases(home)


@pytest.mark.parametrize(
    ("pragma", "said"),
    [
        ("user_version = 2", "a later release has written it (format 2), and fraudflow "),
        ("application_id = 7", "it is another program's database"),
    ],
)
def test_a_ledger_that_this_release_can_not_use_is_said(home: Home, pragma: str, said: str) -> None:
    with closing(sqlite3.connect(home.ledger)) as database, database:
        database.execute(f"PRAGMA {pragma}")
    with pytest.raises(StackError) as told:
        check_databases(home)
    assert said in str(told.value)


def test_a_directory_in_its_place_is_said(home: Home) -> None:
    home.mlflow_database.unlink()
    home.mlflow_database.mkdir()
    with pytest.raises(StackError, match=r"mlflow.db, .* can't be used: it is no file"):
        check_databases(home)


def test_one_that_is_in_use_is_its_users_business(home: Home) -> None:
    with closing(sqlite3.connect(home.ledger, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        check_databases(home)
