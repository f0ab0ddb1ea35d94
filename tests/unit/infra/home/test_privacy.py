"""A home that exists already is made its owner's, or refused with a sentence."""

import os
import stat
from pathlib import Path

import pytest

from infra.errors import StackError
from infra.home.layout import Home
from infra.home.privacy import make_private, new_files_are_private


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """Make a home as former releases have left some: open to everybody."""
    home = Home(tmp_path / "home").create()
    for folder in (home.monitoring / "prometheus", home.blobs, home.secrets):
        folder.mkdir(parents=True)
    for file in (home.mlflow_database, home.monitoring / "prometheus" / "data", home.ledger, home.deployed):
        file.write_bytes(b"x")
    (home.path / "mlflow.20260101T000000.db").write_bytes(b"x")
    for path in (home.path, *home.path.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    return home


def test_a_home_that_was_open_is_closed(home: Home) -> None:
    make_private(home)

    found = {path: mode(path) for path in (home.path, *home.path.rglob("*"))}
    assert len(found) > 10
    assert {path: 0o700 if path.is_dir() else 0o600 for path in found} == found


def test_a_program_may_still_be_run_by_its_owner(home: Home) -> None:
    program = home.localstack / "program"
    program.write_bytes(b"")
    program.chmod(0o755)
    make_private(home)
    assert mode(program) == 0o700


def test_in_a_directory_for_other_things_only_ours_is_closed(home: Home) -> None:
    other = home.path / "thesis.txt"
    other.write_text("mine")
    other.chmod(0o644)
    make_private(home)
    assert (mode(home.path), mode(other), mode(home.mlflow_database)) == (0o755, 0o644, 0o600)


@pytest.mark.parametrize("shared", [0o777, 0o775, 0o1777])
def test_a_place_that_others_write_to_is_refused(home: Home, shared: int) -> None:
    (home.path / "theirs").write_text("x")
    home.path.chmod(shared)
    with pytest.raises(StackError, match="others may write there: set FRAUDFLOW_HOME to a directory of its own"):
        make_private(home)
    assert mode(home.path) == shared


def test_a_link_into_a_shared_place_is_refused_and_named(tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o1777)
    link = tmp_path / "home"
    link.symlink_to(shared)
    with pytest.raises(StackError) as told:
        make_private(Home(link).create())
    assert str(told.value).startswith(f"{link}, which leads to {shared}, holds other things too, and others may write")
    assert mode(shared) == 0o1777


def test_a_link_to_a_directory_of_ones_own_is_followed_and_one_deeper_down_is_not(home: Home, tmp_path: Path) -> None:
    disk, elsewhere = tmp_path / "disk", tmp_path / "elsewhere"
    for folder in (disk, elsewhere):
        folder.mkdir(mode=0o755)
        (folder / "file").write_bytes(b"x")
        (folder / "file").chmod(0o644)
    home.secrets.rmdir()
    home.secrets.symlink_to(disk)
    (home.monitoring / "link").symlink_to(elsewhere)
    make_private(home)
    assert (mode(disk), mode(disk / "file")) == (0o700, 0o600)
    assert (mode(elsewhere), mode(elsewhere / "file")) == (0o755, 0o644)


def test_what_belongs_to_somebody_else_is_refused_and_named(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    somebody = os.geteuid() + 4321
    with monkeypatch.context() as patch:
        patch.setattr(os, "geteuid", lambda: somebody)
        with pytest.raises(
            StackError, match=f"{home.path} belongs to .*, and a stack keeps real data: let it be yours"
        ):
            make_private(home)
    if os.geteuid() == 0:
        os.chown(home.monitoring / "prometheus" / "data", 54321, -1)
        with pytest.raises(StackError, match="prometheus/data belongs to user 54321, and"):
            make_private(home)


def test_what_is_made_meanwhile_is_private(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        with new_files_are_private():
            (tmp_path / "inside").write_text("x")
        (tmp_path / "outside").write_text("x")
    finally:
        os.umask(before)
    assert (mode(tmp_path / "inside"), mode(tmp_path / "outside")) == (0o600, 0o644)
