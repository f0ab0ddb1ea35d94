"""In which power of ten the median of a table's amounts is, told exactly from its parts."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from functions.core.data.rows import Numbers
from functions.core.histories.events import parts_of

# Powers of ten that a float may have.
_FIRST, _LAST = -324, 308


@dataclass(frozen=True, eq=False)
class AmountDecades:
    """Amounts other than zero by the power of ten of their size: how many there are, the least and the largest (d,)."""

    counts: NDArray[np.int64]
    least: Numbers
    largest: Numbers

    @classmethod
    def of(cls, amounts: Numbers) -> "AmountDecades":
        """Count n amounts; what is missing or infinite counts in none."""
        sizes = np.abs(amounts[np.isfinite(amounts) & (amounts != 0)])
        decades = np.clip(np.floor(np.log10(sizes)), _FIRST, _LAST).astype(np.intp) - _FIRST
        count = _LAST - _FIRST + 1
        least, largest = np.full(count, np.inf), np.full(count, -np.inf)
        np.minimum.at(least, decades, sizes)
        np.maximum.at(largest, decades, sizes)
        return cls(np.bincount(decades, minlength=count).astype(np.int64), least, largest)

    def merge(self, other: "AmountDecades") -> "AmountDecades":
        """Return those of both together."""
        return AmountDecades(
            self.counts + other.counts,
            np.minimum(self.least, other.least),
            np.maximum(self.largest, other.largest),
        )

    @property
    def amount_parts(self) -> float:
        """In how many parts of one amounts are counted: what ``parts_of`` says of all amounts at once."""
        total, ends = int(self.counts.sum()), np.cumsum(self.counts)
        if not total:
            return parts_of(np.empty(0))
        low, high = (int(np.searchsorted(ends, place, side="right")) for place in ((total - 1) // 2, total // 2))
        # The two in the middle: of one decade, any of its amounts says as much.
        return parts_of(np.array([self.least[low] if low == high else self.largest[low], self.least[high]]))
