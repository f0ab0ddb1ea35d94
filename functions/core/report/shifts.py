"""A feature's two distributions, bin by bin, with names for the bins that people read."""

from itertools import pairwise

import numpy as np

from functions.core.reference import Counts, FeatureProfile, NumericProfile
from functions.core.report.data import BinShift
from functions.core.report.formats import apart


def bin_shifts(reference: FeatureProfile, new: Counts) -> tuple[BinShift, ...]:
    """Give each bin's share of the reference and of the new data; bins that are empty on both sides are left out.

    Args:
        reference: the feature's profile.
        new: counts of the new data (bins,), as ``reference.bin`` gives them.
    """
    if isinstance(reference, NumericProfile):
        labels = [*_number_labels(reference.edges), "missing"]
    else:
        labels = [*reference.categories, "all others", "missing"]
    old = reference.binned
    shares = zip(labels, old / max(old.sum(), 1), new / max(new.sum(), 1), strict=True)
    return tuple(BinShift(label, float(before), float(after)) for label, before, after in shares if before or after)


def _number_labels(edges: tuple[float, ...]) -> list[str]:
    """Name the bins between edges; a bin of one repeated value, which ``reference`` cuts out, has that value's name."""
    if not edges:
        return ["all values"]
    # An edge just below a repeated value is that value to people.
    shown = [after if np.nextafter(edge, np.inf) == after else edge for edge, after in pairwise((*edges, np.inf))]
    distinct = sorted(set(shown))
    written = dict(zip(distinct, apart(distinct), strict=True))
    inner = [written[high] if low == high else f"{written[low]} to {written[high]}" for low, high in pairwise(shown)]
    return [f"up to {written[shown[0]]}", *inner, f"over {written[shown[-1]]}"]
