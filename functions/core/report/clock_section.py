"""A plain model on rows at random and on the latest rows, where a table has a clock."""

from functions.core.evaluation.intervals import Interval
from functions.core.evaluation.latest_rows import LatestRows
from functions.core.report.bars import dot_with_interval
from functions.core.report.blocks import Column, Row, name, section, table, with_range
from functions.core.report.formats import count, score, score_range
from functions.core.report.markup import Element, h


def by_clock(found: LatestRows | None, split: str) -> tuple[Element, ...]:
    """Return the section that shows both, given how the run itself was split in a sentence; none without a clock."""
    if found is None:
        return ()
    verdict = (
        "The two differ beyond the noise: what a random split shows is not what the latest rows show."
        if found.disagree
        else "The two differ by no more than chance would make them."
    )
    rows = [
        _row("Rows at random", found.at_random, found.frauds_at_random),
        _row("Latest rows", found.latest, found.frauds_latest),
    ]
    columns = (
        Column("Test rows", "text"),
        Column("From 0 to 1", "bars"),
        Column("Average precision"),
        Column("Frauds"),
    )
    return (
        section(
            "clock",
            "At random and by the clock",
            h(
                "p",
                "A plain LightGBM, trained once on the other rows of each split, ordered by ",
                name(found.clock),
                ". Both are weighted to the share of frauds in the whole table. ",
                h("strong", verdict),
                f" The metrics of this run rest on its own split. {split}",
            ),
            table("Average precision of a plain model, with 95 % intervals", columns, rows),
        ),
    )


def _row(label: str, found: Interval, frauds: int) -> Row:
    return Row(
        label, (dot_with_interval(found, high=1), with_range(score(found.estimate), score_range(found)), count(frauds))
    )
