"""The pictures of a run."""

import io
import json
from collections.abc import Callable, Iterator
from typing import Any

import pandas as pd

from functions.contracts import LogMetricsInput
from functions.core.measurement import Measurement
from functions.services import RunFiles


def draw(
    event: LogMetricsInput, files: RunFiles, measured: Measurement, drift: Callable[[], bytes | None]
) -> Iterator[tuple[str, bytes]]:
    """Draw one picture after the other, each with its path among the run's artifacts.

    ``drift`` gives what DetectDrift has written, if it has; it is asked for the last picture.
    """
    from functions.core import figures  # noqa: PLC0415 - matplotlib is 30 MB, which nobody needs who does not draw

    table = pd.read_parquet(io.BytesIO(files.read(event.evaluation.scores_uri)))
    labels, scores = table["label"], table["score"]
    threshold = event.model.threshold
    curves, explanation = measured.curves, event.drift.explanation
    pictures: dict[str, Callable[[], bytes]] = {
        "confusion_matrix": lambda: figures.confusion_matrix(labels, scores, threshold=threshold),
        "precision_recall_curve": lambda: figures.precision_recall_curve(labels, scores, threshold=threshold),
        "score_distribution": lambda: figures.score_distribution(labels, scores, threshold=threshold),
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
