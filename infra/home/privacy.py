"""A home that only its owner may look into: people put real data there, and files of some releases were open to all."""

import os
import pwd
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from infra.errors import StackError
from infra.home.layout import Home

_OTHERS = 0o077
_OTHERS_WRITE = 0o022


@contextmanager
def new_files_are_private() -> Iterator[None]:
    """Make all new files of this process and its children readable by their owner only."""
    before = os.umask(_OTHERS)
    try:
        yield
    finally:
        os.umask(before)


def make_private(home: Home) -> None:
    """Remove all permissions of other users from a home's files.

    Raises:
        StackError: when the home, or something in it, is not the user's, or others could put something in its place.
    """
    try:
        _claim(home)
        for entry in home.path.iterdir():
            if home.is_ours(entry):
                _close(entry)
    except PermissionError as error:
        raise StackError(
            f"{error.filename or home.path} can't be made yours alone ({error.strerror}): "
            f"set FRAUDFLOW_HOME to a directory of your own."
        ) from error


def _claim(home: Home) -> None:
    """Restrict the home itself, unless the directory holds other things too: then only our files."""
    _check_owner(home.path)
    mode = home.path.stat().st_mode
    if not mode & _OTHERS:
        return
    shared = bool(mode & stat.S_ISVTX) or any(not home.is_ours(entry) for entry in home.path.iterdir())
    if not shared:
        home.path.chmod(stat.S_IMODE(mode) & ~_OTHERS)
    elif mode & _OTHERS_WRITE:
        raise StackError(
            f"{_named(home.path)} holds other things too, and others may write there: "
            f"set FRAUDFLOW_HOME to a directory of its own."
        )


def _close(entry: Path) -> None:
    """Restrict a file, or a directory with everything in it.

    A link at the top is followed: a large directory may lie on another disk. Below, links may lead anywhere.
    """
    _check_owner(entry)
    _restrict(entry)
    if entry.is_dir():
        for folder, folders, files in os.walk(entry):
            for name in (*folders, *files):
                path = Path(folder, name)
                with suppress(FileNotFoundError):  # a stack that is up makes and removes files all the time
                    if not path.is_symlink():
                        _check_owner(path)
                        _restrict(path)


def _restrict(path: Path) -> None:
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & _OTHERS:
        path.chmod(mode & ~_OTHERS)


def _check_owner(path: Path) -> None:
    owner = path.stat().st_uid
    if owner != os.geteuid():
        raise StackError(
            f"{_named(path)} belongs to {_user(owner)}, and a stack keeps real data: "
            f"let it be yours (`chown`), or set FRAUDFLOW_HOME to a directory of your own."
        )


def _named(path: Path) -> str:
    return f"{path}, which leads to {path.resolve()}," if path.is_symlink() else str(path)


def _user(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"user {number}"
