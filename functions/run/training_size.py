"""How many rows there are to train on, by which it is decided how many of the legitimate ones are kept."""

from collections.abc import Mapping

from functions.contracts import SplitCounts, SplitName
from functions.core.training.thinning import TableSize
from functions.settings import RunSettings


def training_size(counts: Mapping[SplitName, SplitCounts], settings: RunSettings, *, repeated: float) -> TableSize:
    """Return the size of what is trained on: train, and with rotation validation too, each fold but by one member.

    Args:
        counts: of each split.
        settings: of the run.
        repeated: the share of rows that repeat another.
    """
    names: tuple[SplitName, ...] = ("train", "validation") if settings.rotates else ("train",)
    parts = [counts[name] for name in names]
    return TableSize(sum(each.rows for each in parts), sum(each.frauds for each in parts), repeated)
