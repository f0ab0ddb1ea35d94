"""The pictures of a run."""

import io
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pandas as pd

from functions.contracts import LogMetricsInput
from functions.core.measurement import Measurement

logger = logging.getLogger(__name__)


def draw(
    event: LogMetricsInput,
    measured: Measurement,
    scores: bytes,
    drift: Callable[[], bytes | None],
    undrawn: list[str],
) -> Iterator[tuple[str, bytes]]:
    """Draw one picture after the other, each with its path among the run's artifacts.

    A picture decides nothing: whatever keeps one from being drawn is logged, and the run goes on.

    Args:
        event: what LogMetrics is given.
        measured: what EvaluateModel has measured.
        scores: the table that EvaluateModel has written.
        drift: gives what DetectDrift has, if it has written anything; it is asked for the last picture.
        undrawn: is told the pictures that can't be drawn, each with why.
    """
    for name, picture in _pictures(event, measured, scores, drift).items():
        try:
            body = picture()
        except Exception as error:
            logger.exception("not drawn", extra={"picture": name})
            undrawn.append(f"{name} ({type(error).__name__}: {error})")
            continue
        yield f"figures/{name}.png", body


def _pictures(
    event: LogMetricsInput, measured: Measurement, scores: bytes, drift: Callable[[], bytes | None]
) -> dict[str, Callable[[], bytes]]:
    from functions.core import figures  # noqa: PLC0415 - matplotlib is 30 MB, which nobody needs who does not draw

    table = pd.read_parquet(io.BytesIO(scores))
    labels, given = table["label"], table["score"]
    threshold = event.model.threshold
    curves, explanation = measured.curves, event.drift.explanation
    return {
        "confusion_matrix": lambda: figures.confusion_matrix(labels, given, threshold=threshold),
        "precision_recall_curve": lambda: figures.precision_recall_curve(labels, given, threshold=threshold),
        "score_distribution": lambda: figures.score_distribution(labels, given, threshold=threshold),
        "cost_curve": lambda: figures.cost_curve(curves.cost, curves.points),
        "reliability_curve": lambda: figures.reliability_curve(curves.reliability),
        "drift_by_feature": lambda: figures.drift_by_feature(_drift_scores(drift()), explanation=explanation),
    }


def _drift_scores(drift: bytes | None) -> dict[str, float]:
    if drift is None:
        return {}
    report: dict[str, Any] = json.loads(drift)
    return {each["feature"]: each["score"] for each in report["features"]}
