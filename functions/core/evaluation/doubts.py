"""Reasons to doubt that rows without labels are what the model takes them for, in sentences."""

from collections.abc import Iterator, Sequence

from functions.core.drift.labels import FACTOR
from functions.core.evaluation.curves import ReliabilityBin
from functions.core.evaluation.estimates import Estimates
from functions.core.evaluation.realised import Realised
from functions.core.numerals import share
from functions.core.wording import counted


def doubts(
    found: Estimates, rows: int, tested: Sequence[ReliabilityBin], realised: Realised | None = None
) -> Iterator[str]:
    """Yield what speaks against the estimates of some rows, none of which is certain without labels of all of them.

    Args:
        found: the estimates.
        rows: how many rows they are of.
        tested: the reliability diagram of the model's test split; may be empty.
        realised: by labels of some of the rows, or of all.
    """
    labelled = 0 if realised is None else realised.confusion.rows
    if realised is not None and labelled == rows:
        frauds, low, high = realised.confusion.frauds, found.frauds.low, found.frauds.high
        if not low <= frauds <= high:
            often = "more" if frauds > high else "less"
            yield (
                f"By their labels {counted(frauds, 'row')} are fraud, where the scores expect {low:,.0f} to "
                f"{high:,.0f}: rows like these are fraud {often} often than when the version was trained."
            )
        return
    of_test = sum(each.rows for each in tested)
    before = sum(each.frauds for each in tested) / of_test if of_test else 0.0
    least, most = found.frauds.low / rows, found.frauds.high / rows
    start = (
        f"The scores expect fraud in {share(found.frauds.estimate / rows)} of the rows, after {share(before)} of the "
    )
    if most * FACTOR < before:
        yield f"{start}test split: either there is less of it, or it looks honest to this version; labels will tell."
    elif before and least > before * FACTOR:
        yield f"{start}test split: either there is more of it, or honest rows look like it now; labels will tell."
