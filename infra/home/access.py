"""The access keys of a stack, in its home."""

import tempfile
from pathlib import Path

from fraudflow_guard import keys
from fraudflow_guard.keys import Keys

from infra.errors import StackError
from infra.home.layout import Home


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


def keep(home: Home, text: str) -> None:
    """Write the keys of a stack that makes its own, in place of those that its home had."""
    with tempfile.NamedTemporaryFile("w", dir=home.path, prefix=".keys.", delete=False) as file:
        file.write(text)
    Path(file.name).replace(path(home))


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
