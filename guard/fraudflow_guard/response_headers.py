"""Headers of responses: nothing in them lets another origin read or frame the response."""

from collections.abc import Iterable

_CROSS_ORIGIN = "access-control-"
# Where a header of the server's own stands, it knows better.
_DEFAULTS = (
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "SAMEORIGIN"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
)
# What people have uploaded, opened by itself: no scripts, no forms, no origin, and nothing from elsewhere.
_SANDBOX = (
    "Content-Security-Policy",
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:",
)

type Headers = list[tuple[str, str]]


def kept_apart(headers: Iterable[tuple[str, str]], *, sandboxed: bool = False) -> Headers:
    """Return an answer's headers without what invites other origins, and with what keeps them out.

    Args:
        headers: as the server gave them.
        sandboxed: whether the content is somebody's file, and not a page of the server.
    """
    out_of_place = {_SANDBOX[0].lower()} if sandboxed else set()
    kept = [
        (name, value)
        for name, value in headers
        if not name.lower().startswith(_CROSS_ORIGIN) and name.lower() not in out_of_place
    ]
    present = {name.lower() for name, _ in kept}
    added = [default for default in _DEFAULTS if default[0].lower() not in present]
    return [*kept, *added, *([_SANDBOX] if sandboxed else [])]
