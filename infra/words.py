"""Words of what the command line prints and the console shows: counts with their nouns, and text from outside."""

import re
from typing import Literal, NamedTuple

_IRREGULAR = {"frauds caught": "fraud caught"}
# Control characters, and those that turn the direction of writing: what a file says must not drive a terminal.
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")

# What a phrase is taken for: a terminal and a page have a colour for each.
type Tone = Literal["", "good", "bad", "warn", "dim", "champion", "leak", "link"]


class Phrase(NamedTuple):
    """A piece of a line."""

    text: str
    tone: Tone = ""


def counted(number: float, nouns: str) -> str:
    """Write a whole number of things, named in the plural: ``1 row``, ``1,200 rows``; zero takes the plural."""
    return f"{number:,.0f} {_IRREGULAR.get(nouns, nouns.removesuffix('s')) if number == 1 else nouns}"


def plain(text: object) -> str:
    """Return text from outside with everything spelled out that a terminal would obey."""
    return _UNPRINTABLE.sub(_spell, str(text))


def _spell(match: re.Match[str]) -> str:
    code = ord(match.group())
    return f"\\x{code:02x}" if code <= 0xFF else f"\\u{code:04x}"  # noqa: PLR2004
