"""Metrics of a decision about retraining: one group, which the next decision replaces."""

import datetime as dt

from functions.contracts.loop_records import RetrainRecord
from functions.run.watch_dependencies import DecideRetrainingDependencies
from functions.telemetry.loop_metrics import (
    DECISION,
    LAST_DECISION,
    OUTCOMES,
    QUESTION_OPEN,
    RETRAINING_COST,
    RETRAINING_GAIN,
    RETRAININGS,
    one_of,
    samples,
)
from functions.telemetry.metrics import Metric, Sample


def retraining_samples(record: RetrainRecord, dependencies: DecideRetrainingDependencies) -> list[Sample]:
    """Return the samples of a decision; without a weighing there is no expected gain."""
    records = dependencies.retrainings(record.model)
    values: dict[Metric, float | None] = {
        LAST_DECISION: dt.datetime.fromisoformat(record.at).timestamp(),
        RETRAINING_GAIN: record.figures.get("expected_gain"),
        RETRAINING_COST: dependencies.settings.retrain_cost,
        RETRAININGS: len(records.started()),
        QUESTION_OPEN: _asked_since(record, dependencies),
    }
    return [*samples(values, record.model), *one_of(DECISION, record.model, "decision", OUTCOMES, {record.outcome})]


def _asked_since(record: RetrainRecord, dependencies: DecideRetrainingDependencies) -> float | None:
    """Return since when a person is asked, also where this decision is about to ask."""
    waiting = dependencies.retrainings(record.model).open_question(dependencies.now(), version=record.version)
    if waiting is not None and record.outcome != "retrain":
        return dt.datetime.fromisoformat(waiting.at).timestamp()
    return dt.datetime.fromisoformat(record.at).timestamp() if record.outcome == "ask" else None
