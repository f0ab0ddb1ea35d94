"""What a run's splits keep of their legitimate rows: the size that decides it, the counts, and the sentence for people.

Also where splits are written part by part: counts are summed first, and then the share is known.
"""

from collections.abc import Mapping
from dataclasses import replace

from functions.contracts import SplitCounts
from functions.core.data.splitting import SplitName
from functions.core.training import thinning
from functions.core.training.thinning import TableSize
from functions.settings import RunSettings

THINNED: tuple[SplitName, ...] = ("train", "validation")


def training_size(
    counts: Mapping[SplitName, SplitCounts], settings: RunSettings, *, repeated: float, columns: int
) -> TableSize:
    """Return the size of what is trained on: train, and with rotation validation too, each fold but by one member.

    Args:
        counts: of the splits.
        settings: of the run.
        repeated: share of the table's rows that repeat another.
        columns: of the table, histories among them. Validation is in memory too, trained on or not.
    """
    size = _size(counts, THINNED if settings.rotates else ("train",), repeated)
    held = sum(counts[name].rows for name in THINNED)
    return replace(size, most=thinning.MOST_CELLS / columns * size.rows / held)


def kept_of(split: SplitCounts, kept: int, *, share: float) -> SplitCounts:
    """Return a split's counts with the number of rows that are kept of it.

    Raises:
        InvalidSettingsError: when no legitimate row is.
    """
    thinning.require_legitimate(kept - split.frauds, split.rows - split.frauds, share=share)
    return split.model_copy(update={"kept": kept})


def sentence(share: float, counts: Mapping[SplitName, SplitCounts]) -> str | None:
    """Return what was left out of the splits, for people; None where nothing was."""
    size = _size(counts, THINNED)
    return thinning.sentence(share, size, sum(counts[name].stored for name in THINNED) - size.frauds)


def _size(counts: Mapping[SplitName, SplitCounts], names: tuple[SplitName, ...], repeated: float = 0.0) -> TableSize:
    parts = [counts[name] for name in names]
    return TableSize(sum(each.rows for each in parts), sum(each.frauds for each in parts), repeated)
