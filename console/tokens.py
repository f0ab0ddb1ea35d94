"""The console's token: pages carry it, and what changes something must show it. Only the home's owner can read it."""

import secrets

from fraudflow_guard.keys import write_once

from infra.errors import StackError
from infra.home.layout import Home

HEADER = "x-fraudflow-token"


def make_token(home: Home) -> str:
    """Return the token of a home's console, made now if there is none: an open page outlives a restart.

    Raises:
        StackError: when it can't be made or read.
    """
    try:
        home.console.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not home.console_token.exists():
            write_once(home.console_token, secrets.token_urlsafe(32))
        return home.console_token.read_text("ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise StackError(f"{home.console_token} can't be used ({error}): remove it, and it is made again.") from error
