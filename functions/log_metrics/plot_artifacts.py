"""The plots of a run."""

import io
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pandas as pd

from functions.contracts import LogMetricsInput
from functions.core.evaluation.measurement import Measurement
from functions.core.report import plots

logger = logging.getLogger(__name__)


def draw(
    event: LogMetricsInput,
    measured: Measurement,
    scores: bytes,
    drift: Callable[[], bytes | None],
    undrawn: list[str],
) -> Iterator[tuple[str, bytes]]:
    """Draw one plot after the other, each with its path among the run's artifacts.

    A plot decides nothing: whatever keeps one from being drawn is logged, and the run goes on.

    Args:
        event: what LogMetrics is given.
        measured: what EvaluateModel has measured.
        scores: the table that EvaluateModel has written.
        drift: gives what DetectDrift has, if it has written anything; it is asked for the last plot.
        undrawn: is told the plots that can't be drawn, each with why.
    """
    for name, plot in _plots(event, measured, scores, drift).items():
        try:
            body = plot()
        except Exception as error:
            logger.exception("not drawn", extra={"plot": name})
            undrawn.append(f"{name} ({type(error).__name__}: {error})")
            continue
        yield f"figures/{name}.svg", body


def _plots(
    event: LogMetricsInput, measured: Measurement, scores: bytes, drift: Callable[[], bytes | None]
) -> dict[str, Callable[[], bytes]]:
    curves, confusion = measured.curves, measured.confusion
    threshold, explanation = event.evaluation.threshold, event.drift.explanation
    return {
        "confusion_matrix": lambda: plots.confusion_matrix(confusion, threshold=threshold),
        "precision_recall_curve": lambda: plots.precision_recall_curve(curves, confusion),
        "score_distribution": lambda: _score_distribution(scores, threshold),
        "cost_curve": lambda: plots.cost_curve(curves),
        "reliability_curve": lambda: plots.reliability_curve(curves),
        "drift_by_feature": lambda: _drift_by_feature(drift(), explanation),
    }


def _score_distribution(scores: bytes, threshold: float) -> bytes:
    table = pd.read_parquet(io.BytesIO(scores))
    return plots.score_distribution(table["label"], table["score"], threshold=threshold)


def _drift_by_feature(drift: bytes | None, explanation: str) -> bytes:
    features: list[dict[str, Any]] = [] if drift is None else json.loads(drift)["features"]
    return plots.drift_by_feature(
        {each["feature"]: each["score"] for each in features},
        explanation=explanation,
        titles={each["feature"]: each["title"] for each in features if each.get("title")},
    )
