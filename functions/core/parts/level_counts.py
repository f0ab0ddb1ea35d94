"""How often each text of a column occurs that comes in parts: exact up to a bound, then those that are frequent."""

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

# Each of them may be as long as ``_LONGEST``.
MOST_LEVELS = 10_000
_LONGEST = 200
# Of the sketch: 2**15 counters, with which a count is off by 0.01 % of the rows at most.
_COUNTERS = 15


@dataclass(frozen=True)
class LevelCounts:
    """Counts of texts, or a sketch of Apache DataSketches (frequent items) where there are more than ``MOST_LEVELS``.

    A long text is cut, and ends with a digest of the whole.
    """

    counts: Mapping[str, int]
    sketch: bytes | None = None

    @classmethod
    def of(cls, counts: Mapping[str, int]) -> "LevelCounts":
        """Keep the counts of a part."""
        kept: Counter[str] = Counter()
        for text, count in counts.items():
            kept[_short(text)] += count
        return cls(kept) if len(kept) <= MOST_LEVELS else cls({}, _sketch(kept))

    @property
    def exact(self) -> bool:
        """Return whether every text is counted."""
        return self.sketch is None

    def merge(self, other: "LevelCounts") -> "LevelCounts":
        """Return the counts of both together."""
        joined = dict(Counter(self.counts) + Counter(other.counts))
        sketches = [each.sketch for each in (self, other) if each.sketch is not None]
        if not sketches and len(joined) <= MOST_LEVELS:
            return LevelCounts(joined)
        return LevelCounts({}, _sketch(joined, *sketches))

    def top(self, most: int) -> dict[str, int]:
        """Return the most frequent texts, the first of them in order where several are as frequent.

        Of a sketch they are estimates, and no text that can't be told from those behind it.
        """
        found = dict(self.counts) if self.sketch is None else _frequent(self.sketch)
        return dict(sorted(found.items(), key=lambda item: (-item[1], item[0]))[:most])


def _short(text: str) -> str:
    if len(text) <= _LONGEST:
        return text
    digest = hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
    return f"{text[: _LONGEST - len(digest)]}{digest}"


def _sketch(counts: Mapping[str, int], *sketches: bytes) -> bytes:
    from datasketches import frequent_strings_sketch  # noqa: PLC0415 - of large tables alone

    joined = frequent_strings_sketch(_COUNTERS)
    for text in sorted(counts):
        joined.update(text, counts[text])
    for each in sketches:
        joined.merge(frequent_strings_sketch.deserialize(each))
    return bytes(joined.serialize())


def _frequent(sketch: bytes) -> dict[str, int]:
    from datasketches import frequent_items_error_type, frequent_strings_sketch  # noqa: PLC0415 - likewise

    found = frequent_strings_sketch.deserialize(sketch)
    sure = found.get_frequent_items(frequent_items_error_type.NO_FALSE_POSITIVES)
    return {text: int(estimate) for text, estimate, _, _ in sure}
