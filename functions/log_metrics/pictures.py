"""The pictures of a run."""

import io
from typing import Any

import pandas as pd

from functions.contracts import LogMetricsInput
from functions.core.measurement import Measurement
from functions.services import RunFiles


def draw(event: LogMetricsInput, files: RunFiles, measured: Measurement) -> dict[str, bytes]:
    """Draw each picture, by its path among the run's artifacts."""
    from functions.core import figures  # noqa: PLC0415 - matplotlib is 30 MB, which nobody needs who does not draw

    table = pd.read_parquet(io.BytesIO(files.read(event.evaluation.scores_uri)))
    labels, scores = table["label"], table["score"]
    threshold = event.model.threshold
    drawn = {
        "confusion_matrix": figures.confusion_matrix(labels, scores, threshold=threshold),
        "precision_recall_curve": figures.precision_recall_curve(labels, scores, threshold=threshold),
        "score_distribution": figures.score_distribution(labels, scores, threshold=threshold),
        "cost_curve": figures.cost_curve(measured.curves.cost, measured.curves.points),
        "reliability_curve": figures.reliability_curve(measured.curves.reliability),
        "drift_by_feature": figures.drift_by_feature(_drift_scores(event, files), explanation=event.drift.explanation),
    }
    return {f"figures/{name}.png": body for name, body in drawn.items()}


def _drift_scores(event: LogMetricsInput, files: RunFiles) -> dict[str, float]:
    if event.drift.report_uri is None:
        return {}
    report: dict[str, Any] = files.read_json(event.drift.report_uri)
    return {each["feature"]: each["score"] for each in report["features"]}
