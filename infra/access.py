"""Who may use a stack: where its home keeps its keys."""

from pathlib import Path

from fraudflow_guard import keys
from fraudflow_guard.keys import Keys

from infra.errors import StackError
from infra.state import Home


def path(home: Home) -> Path:
    """Return where a home's keys are: for servers that read them themselves."""
    return home.path / "keys.json"


def make_keys(home: Home) -> Keys:
    """Return the keys of a home, made now if there are none.

    Raises:
        StackError: when they can't be made or used.
    """
    try:
        return keys.make(path(home))
    except keys.KeysError as error:
        raise StackError(str(error)) from error


def find_keys(home: Home) -> Keys | None:
    """Return the keys of a home; None where no stack was started yet.

    Raises:
        StackError: when they can't be used.
    """
    return read_keys(home) if path(home).exists() else None


def read_keys(home: Home) -> Keys:
    """Return the keys that ``up`` has made.

    Raises:
        StackError: when they can't be used.
    """
    try:
        return keys.read(path(home))
    except keys.KeysError as error:
        raise StackError(str(error)) from error
