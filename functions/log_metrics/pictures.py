"""The pictures of a run."""

import io
import json
from collections.abc import Callable, Iterator
from typing import Any

import pandas as pd

from functions.contracts import LogMetricsInput
from functions.core.measurement import Measurement


def draw(
    event: LogMetricsInput, measured: Measurement, scores: bytes, drift: Callable[[], bytes | None]
) -> Iterator[tuple[str, bytes]]:
    """Draw one picture after the other, each with its path among the run's artifacts.

    ``scores`` is the table that EvaluateModel has written. ``drift`` gives what DetectDrift has, if it has written
    anything; it is asked for the last picture.
    """
    from functions.core import figures  # noqa: PLC0415 - matplotlib is 30 MB, which nobody needs who does not draw

    table = pd.read_parquet(io.BytesIO(scores))
    labels, given = table["label"], table["score"]
    threshold = event.model.threshold
    curves, explanation = measured.curves, event.drift.explanation
    pictures: dict[str, Callable[[], bytes]] = {
        "confusion_matrix": lambda: figures.confusion_matrix(labels, given, threshold=threshold),
        "precision_recall_curve": lambda: figures.precision_recall_curve(labels, given, threshold=threshold),
        "score_distribution": lambda: figures.score_distribution(labels, given, threshold=threshold),
        "cost_curve": lambda: figures.cost_curve(curves.cost, curves.points),
        "reliability_curve": lambda: figures.reliability_curve(curves.reliability),
        "drift_by_feature": lambda: figures.drift_by_feature(_drift_scores(drift()), explanation=explanation),
    }
    for name, picture in pictures.items():
        yield f"figures/{name}.png", picture()


def _drift_scores(drift: bytes | None) -> dict[str, float]:
    if drift is None:
        return {}
    report: dict[str, Any] = json.loads(drift)
    return {each["feature"]: each["score"] for each in report["features"]}
