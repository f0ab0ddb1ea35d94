"""Decisions to keep, and what a test waits for."""

import datetime as dt
import itertools
from typing import Any

from functions.decisions.decision import KeptReason, LoggedDecision
from serving.decision_shipper import Retention

AT = dt.datetime(2026, 3, 1, 12, 0, 0, 250_000, dt.UTC)
KEEP = Retention(local=dt.timedelta(days=7), shipped=dt.timedelta(days=365))
_number = itertools.count()


def decided(transaction_id: str | None = None, **changes: Any) -> LoggedDecision:  # noqa: ANN401 - whatever the column holds
    """A decision of which all is made up; each has a transaction of its own unless told."""
    told: dict[str, Any] = {
        "transaction_id": transaction_id or f"t{next(_number)}",
        "at": AT,
        "features": {"amount": 12.5, "card": "h:0123456789abcdef", "shop": "Käse & Co", "age": None},
        "score": 0.1 + 0.2,
        "decision": "alarm",
        "threshold": 0.25,
        "model": "fraud-detector",
        "version": "3",
        "latency_ms": 1.25,
        "served": "http",
        "cost_alarm": 1.4,
        "cost_pass": 30.0,
        "missed_cost": 100.0,
        "pass_chance": float(changes.get("decision") == "pass"),
        "reasons": (KeptReason("amount", 12.5, 0.75),),
    }
    return LoggedDecision(**told | changes)
