"""Draws that are the same each time: a keyed hash of a name in place of a random number.

A transaction that is sent again, to another server or after a restart, is drawn as before, and nobody who lacks the key
can choose a name that is drawn as he likes (decision 44).
"""

import hashlib
from dataclasses import dataclass, field

_BYTES = 8
# A float holds so many bits of it exactly.
_SPARE = 8 * _BYTES - 53
_ONE = 2.0**53


@dataclass(frozen=True, slots=True)
class Draw:
    """A share of all names.

    Attributes:
        share: between 0 and 1.
        purpose: what is drawn for; draws for one purpose say nothing of those for another.
        key: of this home, at most 64 bytes.
    """

    share: float
    purpose: str
    key: bytes = field(repr=False)

    def takes(self, name: str) -> bool:
        """Return whether a name belongs to the share."""
        return bool(self.share) and uniform(name, self.purpose, self.key) < self.share


def uniform(name: str, purpose: str, key: bytes) -> float:
    """Return a number of 0 or more and below 1, uniform over names, by BLAKE2b with a key (RFC 7693)."""
    # A purpose has no such character, so no purpose and name are another's.
    text = f"{purpose}\0{name}".encode("utf-8", "surrogatepass")
    drawn = int.from_bytes(hashlib.blake2b(text, key=key, digest_size=_BYTES).digest())
    return (drawn >> _SPARE) / _ONE


def exploring(share: float, key: bytes) -> Draw:
    """Return the draw of the alarms that are let through, by their transaction."""
    return Draw(share, "explore", key)
