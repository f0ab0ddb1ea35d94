"""Columns of two plans that tell the same of a row, and columns of one name that do not."""

from dataclasses import replace

import pytest

from functions.core.histories.history_definitions import AGGREGATES
from functions.core.histories.history_plan import HistoryColumn, HistoryPlan

DAY = 86_400
PLAN = HistoryPlan(
    "at", 1.0, "amount", "shop", (0, 6), 1_000, tuple(HistoryColumn(each, "card", each, DAY) for each in AGGREGATES)
)


def others(other: HistoryPlan) -> set[str]:
    """Return the columns that mean something else there."""
    return {name for name, meaning in PLAN.meanings.items() if other.meanings.get(name) != meaning}


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (PLAN, set()),
        (PLAN.with_usual({"count": 3.0}), set()),
        (replace(PLAN, amount_parts=1.0), set()),
        (replace(PLAN, columns=PLAN.columns[:-1]), {"ratio"}),
        (replace(PLAN, amount="fee"), {"sum", "mean", "max", "ratio"}),
        (replace(PLAN, merchant="shop_id"), {"distinct"}),
        (replace(PLAN, night=(22, 6)), {"night_share"}),
        (replace(PLAN, clock="sent_at"), set(AGGREGATES)),
        (replace(PLAN, unit=60.0), set(AGGREGATES)),
        (replace(PLAN, events_at_most=10), set(AGGREGATES)),
        (replace(PLAN, columns=(replace(PLAN.columns[0], window=7 * DAY), *PLAN.columns[1:])), {"count"}),
        (replace(PLAN, columns=(replace(PLAN.columns[0], entity="device"), *PLAN.columns[1:])), {"count"}),
    ],
)
def test_a_column_means_what_it_is_made_of(other: HistoryPlan, expected: set[str]) -> None:
    assert others(other) == expected
