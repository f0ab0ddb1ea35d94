"""The keys of a home, in a file that its owner alone may read: programs send them, servers compare them."""

import contextlib
import json
import os
import secrets
import stat
import tempfile
from dataclasses import asdict, dataclass, field
from pathlib import Path

# Who asks with the home's password.
USER = "fraudflow"
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class KeysError(Exception):
    """Raised when the keys can't be used; the message is one sentence that names the file and what to do."""


@dataclass(frozen=True)
class Keys:
    """A key pair for AWS signatures, and a password for servers that don't know them."""

    access_key_id: str
    secret_access_key: str = field(repr=False)
    password: str = field(repr=False)


def read(path: Path) -> Keys:
    """Return the keys of a file.

    Raises:
        KeysError: when it isn't there, isn't ours or can be read by others.
    """
    remedy = "remove it, and `fraudflow up` makes new keys"
    try:
        if stat.S_IMODE(path.stat().st_mode) & _OTHERS:
            raise KeysError(f"{path} can be read by others than its owner: {remedy}.")
        content = json.loads(path.read_text("utf-8"))
        return Keys(**{name: _text(content[name]) for name in Keys.__dataclass_fields__})
    except FileNotFoundError as error:
        raise KeysError(f"{path} is missing; `fraudflow down` and `fraudflow up` make it.") from error
    except OSError as error:
        raise KeysError(f"{path} can't be read ({error.strerror}).") from error
    except (ValueError, KeyError, TypeError) as error:
        raise KeysError(f"{path} does not hold the keys of a home: {remedy}.") from error


def make(path: Path) -> Keys:
    """Return the keys of a file, which is made with random ones when it isn't there.

    Raises:
        KeysError: when it can't be made, isn't ours or can be read by others.
    """
    if not path.exists():
        # Not the form of AWS's own ids, which LocalStack reads an account from.
        fresh = Keys(f"FRAUDFLOW{secrets.token_hex(6).upper()}", secrets.token_hex(20), secrets.token_urlsafe(24))
        try:
            write_once(path, json.dumps(asdict(fresh), indent=1))
        except OSError as error:
            raise KeysError(f"{path} can't be made ({error.strerror}).") from error
    return read(path)


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise TypeError
    return value


def write_once(path: Path, text: str) -> None:
    """Write the whole file or nothing; of two programs that make it at once, the first one wins."""
    with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=f".{path.name}.") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(file.name, path)
