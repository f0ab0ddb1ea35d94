"""The ledger of the durable S3: a change is there as a whole, or not at all."""

import contextlib
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fraudflow_localstack.durable_s3.ledger import BucketRow, Ledger, LedgerError, PartRow, UploadRow, VersionRow
from fraudflow_localstack.durable_s3.ledger_documents import from_text

PACKAGE = Path(__file__).parents[1]
LAST_RELEASE = PACKAGE.parent / "tests" / "unit" / "fixtures" / "home_0_1" / "ledger.sql"
BUCKET = BucketRow("uploads", "000000000000", "us-east-1", "{}")

type Open = Callable[[Path], Ledger]


@pytest.fixture
def opened() -> Iterator[Open]:
    """Open ledgers that are closed at the end, however the test ends."""
    with contextlib.ExitStack() as stack:
        yield lambda path: stack.enter_context(contextlib.closing(Ledger(path)))


def version(name: str, blob: str = "b", document: str = "{}") -> VersionRow:
    return VersionRow(name, "object", blob, document)


def names(ledger: Ledger, key: str) -> list[str]:
    return [row.version for row in ledger.versions("uploads", key)]


def test_a_change_is_there_when_the_ledger_is_opened_again(opened: Open, tmp_path: Path) -> None:
    ledger = opened(tmp_path / "ledger")
    with ledger.change() as changes:
        changes.put_bucket(BUCKET).put_key("uploads", "a.csv", [version("1", "b1"), version("2", "b2")])
        changes.put_upload("uploads", UploadRow("u", "big.csv", "{}")).put_part("uploads", "u", PartRow("1", "p", "{}"))
    ledger.close()

    again = opened(tmp_path / "ledger")

    assert again.buckets() == [BUCKET]
    assert again.keys("uploads") == {"a.csv": [version("1", "b1"), version("2", "b2")]}
    assert again.uploads("uploads") == [UploadRow("u", "big.csv", "{}")]
    assert again.parts("uploads", "u") == [PartRow("1", "p", "{}")]
    assert again.blobs() == {"b1", "b2", "p"}


def test_a_change_that_fails_halfway_changes_nothing(opened: Open, tmp_path: Path) -> None:
    ledger = opened(tmp_path / "ledger")
    with ledger.change() as changes:
        changes.put_key("uploads", "a.csv", [version("1")])

    neither = VersionRow("1", "folder", None, "{}")  # type: ignore[arg-type]
    with pytest.raises(sqlite3.IntegrityError), ledger.change() as changes:
        changes.put_key("uploads", "a.csv", [version("2")]).put_key("uploads", "b.csv", [neither])

    assert names(ledger, "a.csv") == ["1"]


def test_versions_keep_their_order_and_a_replaced_one_its_place(opened: Open, tmp_path: Path) -> None:
    ledger = opened(tmp_path / "ledger")
    for rows in (["null"], ["null", "2"], ["null", "2", "3"]):
        with ledger.change() as changes:
            changes.put_key("uploads", "a.csv", [version(row) for row in rows])
    with ledger.change() as changes:
        changes.put_key("uploads", "a.csv", [version("null", "new"), version("3")])

    assert ledger.versions("uploads", "a.csv") == [version("null", "new"), version("3")]


def test_what_is_dropped_is_what_nothing_names_any_more(opened: Open, tmp_path: Path) -> None:
    ledger = opened(tmp_path / "ledger")
    with ledger.change() as changes:
        changes.put_bucket(BUCKET).put_key("uploads", "a.csv", [version("", "old")])
        changes.put_upload("uploads", UploadRow("u", "big.csv", "{}")).put_part("uploads", "u", PartRow("1", "p", "{}"))
    assert changes.dropped == set()

    with ledger.change() as changes:  # a copy onto itself changes its metadata only
        changes.put_key("uploads", "a.csv", [version("", "old", '{"metadata":{}}')])
    assert changes.dropped == set()
    with ledger.change() as changes:
        changes.put_key("uploads", "a.csv", [version("", "new")]).put_part("uploads", "u", PartRow("1", "q", "{}"))
    assert changes.dropped == {"old", "p"}
    with ledger.change() as changes:
        changes.delete_bucket("uploads")
    assert changes.dropped == {"new", "q"}
    assert ledger.blobs() == set()


@pytest.mark.parametrize("torn", [1, 30, 4096, 5000])
def test_a_log_whose_end_is_torn_gives_the_last_whole_change(opened: Open, tmp_path: Path, torn: int) -> None:
    ledger = opened(tmp_path / "ledger")
    with ledger.change() as changes:
        changes.put_key("uploads", "kept.csv", [version("1")])
    log = tmp_path / "ledger-wal"
    whole = log.stat().st_size
    with ledger.change() as changes:
        changes.put_key("uploads", "torn.csv", [version("1", document="x" * 3000)])
    crashed = tmp_path / "crashed"
    crashed.mkdir()
    shutil.copy(tmp_path / "ledger", crashed)
    kept = log.read_bytes()[: max(whole, log.stat().st_size - torn)]
    (crashed / "ledger-wal").write_bytes(kept + b"\xff" * 100)

    assert set(opened(crashed / "ledger").keys("uploads")) == {"kept.csv"}


def test_a_process_that_is_killed_while_it_writes_leaves_every_change_it_has_told_of(
    opened: Open, tmp_path: Path
) -> None:
    program = (
        "import itertools, sys\n"
        "from pathlib import Path\n"
        "from fraudflow_localstack.durable_s3.ledger import Ledger, VersionRow\n"
        "ledger = Ledger(Path(sys.argv[1]))\n"
        "for number in itertools.count():\n"
        "    with ledger.change() as changes:\n"
        "        changes.put_key('uploads', f'{number}.csv', [VersionRow('', 'object', str(number), '{}')])\n"
        "    print(number, flush=True)\n"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "ledger")]
    with subprocess.Popen(command, cwd=PACKAGE, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        told = [writer.stdout.readline().strip() for _ in range(20)]
        writer.send_signal(signal.SIGKILL)
        told += writer.stdout.read().splitlines()

    there = opened(tmp_path / "ledger").keys("uploads")

    assert {f"{number}.csv" for number in told} <= there.keys()
    assert len(there) <= len(told) + 1  # the last may not have been told of


def test_a_second_process_may_not_open_the_ledger(opened: Open, tmp_path: Path) -> None:
    first = opened(tmp_path / "ledger")
    with pytest.raises(LedgerError, match="database is locked"):
        Ledger(tmp_path / "ledger")
    first.close()
    Ledger(tmp_path / "ledger").close()


def test_the_database_of_another_program_or_format_is_refused(tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "other")
    other.execute("CREATE TABLE mine (x)")
    other.close()
    with pytest.raises(LedgerError, match="another program"):
        Ledger(tmp_path / "other")

    Ledger(tmp_path / "ledger").close()
    later = sqlite3.connect(tmp_path / "ledger")
    later.execute("PRAGMA user_version = 2")
    later.close()
    with pytest.raises(LedgerError, match="format 2"):
        Ledger(tmp_path / "ledger")

    (tmp_path / "noise").write_bytes(b"noise" * 1000)
    with pytest.raises(LedgerError, match="not a database"):
        Ledger(tmp_path / "noise")


def test_a_ledger_of_the_last_release_is_read(opened: Open, tmp_path: Path) -> None:
    path = tmp_path / "ledger"
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.executescript(LAST_RELEASE.read_text("utf-8"))

    ledger = opened(path)

    buckets = {row.name: from_text(row.document) for row in ledger.buckets()}
    assert {"uploads", "runs", "mlflow-artifacts"} <= buckets.keys()
    assert buckets["uploads"]["attributes"]["versioning_status"] == "Enabled"
    ((upload,),) = [rows for key, rows in ledger.keys("uploads").items() if key == "march.csv"]
    attributes = from_text(upload.document)["attributes"]
    assert (attributes["key"], attributes["version_id"]) == ("march.csv", upload.version)
    assert "fraudflow-settings" in attributes["user_metadata"]
    assert ledger.blobs() >= {upload.blob}
