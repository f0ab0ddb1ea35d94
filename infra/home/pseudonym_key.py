"""The key by which a home hashes cards, people and devices, in a file of its own.

No server reads it; of them the scoring service alone is handed it.
"""

import re
import secrets
import stat
import tempfile
from pathlib import Path

from fraudflow_guard.keys import write_once

from infra.errors import StackError
from infra.home.layout import Home

_FORM = re.compile(r"[0-9a-f]{64}")
_BYTES = 32
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def make_pseudonym_key(home: Home) -> str:
    """Return the key of a home, 64 hexadecimal digits; a home of an earlier release has none, and is given one.

    Raises:
        StackError: when it can't be made or used.
    """
    path = home.pseudonym_key
    if not path.exists():
        try:
            write_once(path, secrets.token_hex(_BYTES))
        except OSError as error:
            raise StackError(f"{path} can't be made ({error.strerror}).") from error
    return read_pseudonym_key(home)


def read_pseudonym_key(home: Home) -> str:
    """Return the key that ``up`` has made.

    Raises:
        StackError: when it isn't there, can't be read, can be read by others, or is no key.
    """
    path = home.pseudonym_key
    try:
        mode, text = path.stat().st_mode, path.read_text("utf-8").strip()
    except FileNotFoundError as error:
        raise StackError(f"{path} is missing; `fraudflow up` makes it.") from error
    except UnicodeDecodeError as error:
        raise _not_a_key(path) from error
    except OSError as error:
        raise StackError(f"{path} can't be read ({error.strerror}).") from error
    if mode & _OTHERS:
        raise StackError(f"{path} can be read by others than its owner: `chmod 600` it.")
    if not _FORM.fullmatch(text):
        raise _not_a_key(path)
    return text


def keep(home: Home, text: str) -> None:
    """Write the key of a stack that makes its own, in place of the one that its home had."""
    path = home.pseudonym_key
    with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
        file.write(text)
    Path(file.name).replace(path)


def _not_a_key(path: Path) -> StackError:
    return StackError(
        f"{path} does not hold a key of 64 hexadecimal digits: put a copy of it back, or remove it, and `fraudflow up` "
        f"makes another, with which all cards and people are new to the champion."
    )
