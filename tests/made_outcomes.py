"""Decisions with what became of them, made row by row."""

from collections.abc import Mapping

import numpy as np

from functions.core.loop.maturity import DAY
from functions.core.loop.outcomes import Outcomes

NOW = 100 * DAY


def decided(*rows: Mapping[str, object]) -> Outcomes:
    """Return decisions: ten days old, of version 1, passed and without a label, but for what each row says."""
    usual = {
        "at": NOW - 10 * DAY,
        "version": "1",
        "score": 0.01,
        "threshold": 0.5,
        "passed": True,
        "weight": 1.0,
        "missed_cost": 100.0,
        "label": np.nan,
        "labelled_at": 0,
    }
    filled = [{"transaction_id": f"t{number}"} | usual | dict(row) for number, row in enumerate(rows)]
    return Outcomes(**{name: np.array([row[name] for row in filled]) for name in Outcomes.__dataclass_fields__})
