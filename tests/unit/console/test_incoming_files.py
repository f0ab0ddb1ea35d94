"""Files that browsers send: their names, their limits, and that nothing is left of what went wrong."""

import errno
import os
import shutil
import stat
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from console.incoming_files import IncomingFiles, usable_name
from infra.errors import UploadError
from infra.home.layout import Home
from infra.runs import uploads


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


@pytest.fixture
def files(home: Home) -> IncomingFiles:
    return IncomingFiles(home)


def _arrived(files: IncomingFiles, name: str = "a.csv") -> str:
    with files.arriving(name) as arrival:
        arrival.write(b"a,b\n")
        arrival.write(b"1,2\n")
    return arrival.id


def _kept(home: Home) -> list[str]:
    return sorted(each.name for each in (home.console / "incoming").iterdir())


def test_a_file_is_kept_under_its_name_for_its_owner_alone(home: Home, files: IncomingFiles) -> None:
    before = os.umask(0)
    try:
        found = files.find(_arrived(files))
    finally:
        os.umask(before)
    assert (found.name, found.path.read_bytes()) == ("a.csv", b"a,b\n1,2\n")
    for path in (found.path, found.path.parent, home.console / "incoming"):
        assert not stat.S_IMODE(path.stat().st_mode) & 0o077


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("payments.csv", "payments.csv"),
        ("../../etc/passwd", "passwd"),
        ("..\\..\\boot.csv", "boot.csv"),
        ("/", "file.csv"),
        ("..", "file.csv"),
        ("", "file.csv"),
        (".fraudflow/settings/x.json", "x.json"),
        ("a\x00b\x1b[31m\u202e.csv", "a_b_[31m_.csv"),
        ("\ud800.csv", "_.csv"),
        ("ÜÄÖ 口座.csv", "ÜÄÖ 口座.csv"),
        ("<img src=x onerror=alert(1)>.csv", "<img src=x onerror=alert(1)>.csv"),
        ("x" * 10_000 + ".csv.gz", "x" * 193 + ".csv.gz"),
        ("口" * 300 + ".parquet", "口" * 64 + ".parquet"),
    ],
)
def test_a_name_is_a_name_and_no_path(files: IncomingFiles, given: str, kept: str) -> None:
    assert usable_name(given) == kept
    found = files.find(_arrived(files, given))
    assert (found.name, found.path.read_bytes()) == (kept, b"a,b\n1,2\n")


@pytest.mark.parametrize("identity", ["..", "0" * 32, "0" * 31, "../" * 10 + "aa", "a.arriving"])
def test_what_is_not_there_is_one_sentence(files: IncomingFiles, identity: str) -> None:
    _arrived(files)
    with pytest.raises(UploadError, match="not here any more"):
        files.find(identity)


def test_nothing_is_left_of_a_file_that_broke_off(home: Home, files: IncomingFiles) -> None:
    def break_off() -> None:
        with files.arriving("a.csv") as arrival:
            arrival.write(b"a")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        break_off()
    assert _kept(home) == []


def test_a_file_that_is_too_large_is_refused(home: Home, files: IncomingFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "LARGEST", 5)
    with pytest.raises(UploadError, match=r"a\.csv is larger than 5 GiB; divide it into several files"):
        _arrived(files)
    assert _kept(home) == []


def test_a_file_that_would_fill_the_disk_is_refused_before_it_comes(
    files: IncomingFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=10))
    with pytest.raises(UploadError, match="The disk has no room"), files.arriving("a.csv", 6):
        pytest.fail("It came.")
    with pytest.raises(UploadError, match="larger than 5 GiB"), files.arriving("a.csv", uploads.LARGEST + 1):
        pytest.fail("It came.")


@pytest.mark.parametrize("broken", ["write", "close"])
def test_a_full_disk_is_one_sentence(
    home: Home, files: IncomingFiles, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    class _Full:
        def __getattr__(self, name: str) -> object:
            def do(*_: object) -> None:
                if name == broken:
                    raise OSError(errno.ENOSPC, "No space left on device")

            return do

    def write() -> None:
        with files.arriving("a.csv") as arrival:
            monkeypatch.setattr(arrival, "_file", _Full())
            arrival.write(b"a")

    with pytest.raises(UploadError, match=r"The disk has no room for a\.csv"):
        write()
    assert _kept(home) == []


def test_a_file_that_leaves_is_found_by_nobody_else_and_is_back_when_that_fails(
    home: Home, files: IncomingFiles
) -> None:
    identity = _arrived(files)

    def leave() -> None:
        with files.leaving(identity) as file:
            assert file.path.read_bytes() == b"a,b\n1,2\n"
            with pytest.raises(UploadError), files.leaving(identity):
                pytest.fail("It left twice.")
            raise ValueError("fails")

    with pytest.raises(ValueError, match="fails"):
        leave()
    with files.leaving(identity) as file:
        assert file.name == "a.csv"
    assert _kept(home) == []


def test_what_is_old_or_broken_off_is_removed(home: Home, files: IncomingFiles) -> None:
    young, old, leaving = (_arrived(files) for _ in range(3))
    folder = home.console / "incoming"
    (folder / leaving).rename(folder / f"{leaving}.leaving")
    (folder / "x.arriving").mkdir()
    yesterday = time.time() - 25 * 3600
    os.utime(folder / old, (yesterday, yesterday))
    files.sweep()
    assert _kept(home) == sorted([young, f"{leaving}.leaving", "x.arriving"])
    files.sweep(at_start=True)
    assert _kept(home) == sorted([young, leaving])
    files.remove(young)
    files.remove(young)
    assert _kept(home) == [leaving]
