"""Histograms of a column in the reference and in the new data, with labelled bins."""

from functions.core.drift.findings import Bin
from functions.core.drift.reference import CategoricalProfile, Counts, NumericProfile
from functions.core.numerals import apart


def number_bins(profile: NumericProfile, old: Counts, new: Counts) -> tuple[Bin, ...]:
    """Return each bin's share of the reference and of the new data; bins that are empty on both sides are omitted.

    Args:
        profile: the column's.
        old: the reference's counts in its bins, as ``profile.coarse`` returns them: (bins + 1,).
        new: the counts of the new data in the same bins.
    """
    return _bins([*_labels(profile), "missing"], old, new)


def category_bins(profile: CategoricalProfile, old: Counts, new: Counts) -> tuple[Bin, ...]:
    """Return each category's share of the reference and of the new data, as ``profile.bin`` counts them."""
    return _bins([*profile.categories, "all others", "missing"], old, new)


def _bins(labels: list[str], old: Counts, new: Counts) -> tuple[Bin, ...]:
    shares = zip(labels, old / max(old.sum(), 1), new / max(new.sum(), 1), strict=True)
    return tuple(
        Bin(label=label, reference=float(before), new=float(now)) for label, before, now in shares if before or now
    )


def _labels(profile: NumericProfile) -> list[str]:
    """Return the bins' labels, from edge to edge; a bin of one value is labelled by it."""
    ends = profile.bin_cuts
    numbers = sorted({end for pair in ends for end in pair if end is not None})
    written = dict(zip(numbers, apart(numbers), strict=True))
    return [_label(*(None if end is None else written[end] for end in pair)) for pair in ends]


def _label(low: str | None, high: str | None) -> str:
    if low is None:
        return "all values" if high is None else f"up to {high}"
    if high is None:
        return f"over {low}"
    return low if low == high else f"{low} to {high}"
