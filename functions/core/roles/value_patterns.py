"""Texts that name somebody or something by how they are written, whatever their column is called."""

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType

_OCTET = r"(?:25[0-5]|2[0-4]\d|1?\d?\d)"
PATTERNS: Mapping[str, re.Pattern[str]] = MappingProxyType(
    {
        "e-mail addresses": re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+"),
        # ISO 13616: a country, two check digits, up to 30 letters and digits, often in groups of four.
        "account numbers": re.compile(r"[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}"),
        # ISO/IEC 7812: 13 to 19 digits, in groups of four, or of American Express; some are masked.
        "card numbers": re.compile(
            r"\d{13,19}|\d{4}([ -])\d{4}\1\d{4}\1\d{1,7}|\d{4}[ -]\d{6}[ -]\d{5}"
            r"|\d{4,6}[ -]?[\dXx*]{0,2}[Xx*]{2,9}[ -]?\d{3,4}"
        ),
        "telephone numbers": re.compile(r"(?:\+|00)\d{1,3}(?:[ ()./-]{0,2}\d){6,12}"),
        "network addresses": re.compile(
            rf"(?:{_OCTET}\.){{3}}{_OCTET}|(?:[0-9a-fA-F]{{0,4}}:){{3,7}}[0-9a-fA-F]{{0,4}}"
        ),
        "addresses of a blockchain": re.compile(r"0x[0-9a-fA-F]{40}"),
    }
)
# A few values may be a shop's own word for none.
MOSTLY = 0.9
_LOOKED_AT = 1_000


def look_like(texts: Sequence[str]) -> str | None:
    """Return what nearly all of the different texts of a column look like; None when they are like nothing listed.

    Args:
        texts: the different values of a column; some of them, evenly apart, are looked at.
    """
    some = texts[:: max(len(texts) // _LOOKED_AT, 1)]
    return next(
        (
            title
            for title, pattern in PATTERNS.items()
            if some and sum(pattern.fullmatch(text) is not None for text in some) >= MOSTLY * len(some)
        ),
        None,
    )
