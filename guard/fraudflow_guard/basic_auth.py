"""HTTP basic authentication with a home's password: browsers ask for it, and remember it."""

import hmac
from base64 import b64decode, b64encode

from fraudflow_guard.keys import USER

CHALLENGE = ("WWW-Authenticate", 'Basic realm="fraudflow", charset="UTF-8"')
REASON = f"The user is {USER}, and its password is shown by `fraudflow env`."


def authorization(password: str) -> str:
    """Return the value of the header ``Authorization`` that shows a password."""
    return f"Basic {b64encode(f'{USER}:{password}'.encode()).decode()}"


def shows(password: str, given: str | None) -> bool:
    """Return whether a value of ``Authorization`` holds a password; the comparison takes constant time."""
    kind, _, encoded = (given or "").partition(" ")
    try:
        shown = b64decode(encoded, validate=True) if kind.lower() == "basic" else b""
    except ValueError:
        shown = b""
    return hmac.compare_digest(shown, f"{USER}:{password}".encode())
