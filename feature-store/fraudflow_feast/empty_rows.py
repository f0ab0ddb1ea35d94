"""Rows without events, which stand for what is to be removed: Feast has no request for that."""

from datetime import datetime
from typing import Any

from fraudflow_feast.feast_definitions import FEATURE

type Rows = list[tuple[Any, dict[str, Any], datetime, datetime | None]]


def divided(rows: Rows) -> tuple[Rows, list[Any]]:
    """Return the rows that have events, and the entity keys of the others."""
    kept = [row for row in rows if row[1][FEATURE].string_val]
    return kept, [row[0] for row in rows if not row[1][FEATURE].string_val]
