"""Plots of a run as SVG files, drawn with the report page's charts: equal values give equal bytes."""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike

from functions.core.drift import RETRAIN, WATCH
from functions.core.evaluation.confusion import Confusion
from functions.core.evaluation.results import Curves
from functions.core.report import model_charts
from functions.core.report.axes import decades, from_zero
from functions.core.report.bars import ScoreBar, score_bars
from functions.core.report.charts import Chart
from functions.core.report.drawings import Drawing
from functions.core.report.formats import probability, share
from functions.core.report.matrix import outcome_matrix
from functions.core.report.standalone import document
from functions.core.wording import counted

MAX_FEATURES = 30
_BINS = 50
# Below one row, so that a bar of one row is seen.
_LEAST_ROWS = 0.5


def confusion_matrix(confusion: Confusion, *, threshold: float) -> bytes:
    """Draw the confusion matrix: counts, and shares of each row as the shade."""
    caption = f"{counted(confusion.rows, 'row')} of the test split, at the threshold {probability(threshold)}."
    return document(Drawing("Confusion matrix", outcome_matrix(confusion), caption))


def precision_recall_curve(curves: Curves, confusion: Confusion) -> bytes:
    """Draw the precision-recall curve with the operating point."""
    return document(model_charts.precision_recall(curves, confusion))


def score_distribution(y: ArrayLike, scores: ArrayLike, *, threshold: float) -> bytes:
    """Draw histograms of n scores from 0 to 1 by class (1 = fraud), on a logarithmic scale of rows."""
    title, is_fraud = "Scores by class", np.asarray(y) == 1
    given = np.clip(np.asarray(scores, dtype=np.float64), 0, 1)
    edges = np.linspace(0, 1, _BINS + 1)
    legitimate, frauds = (np.histogram(given[mask], edges)[0] for mask in (~is_fraud, is_fraud))
    chart = _rows_by_score(title, max(legitimate.max(), frauds.max(), 1))
    drawn = chart.draw(
        *(
            chart.bars(edges.tolist(), np.maximum(rows, chart.y.low).tolist(), style)
            for rows, style in ((legitimate, "legitimate"), (frauds, "frauds"))
        ),
        chart.line(((threshold, chart.y.low), (threshold, chart.y.high)), "reference"),
    )
    legends = (
        ("legitimate", f"legitimate: {counted(int(legitimate.sum()), 'row')}"),
        ("frauds", f"fraud: {counted(int(frauds.sum()), 'row')}"),
        ("dashed", f"threshold: {probability(threshold)}"),
    )
    return document(Drawing(title, drawn, "Rows of the test split, on a logarithmic scale.", legends))


def cost_curve(curves: Curves) -> bytes:
    """Draw the cost curve, in money, with the chosen threshold, 0.5 and the baseline without a model."""
    return document(model_charts.cost(curves))


def reliability_curve(curves: Curves) -> bytes:
    """Draw the reliability diagram."""
    return document(model_charts.reliability(curves))


def drift_by_feature(
    scores: Mapping[str, float], *, explanation: str, titles: Mapping[str, str] = MappingProxyType({})
) -> bytes:
    """Draw the features' drift scores as sorted bars with the limits of the verdicts.

    Args:
        scores: drift score of each feature; empty when there was nothing to compare.
        explanation: the caption.
        titles: what those features are that are history columns, by their names.
    """
    title = "Drift by feature"
    if not scores:
        return document(Drawing(title, None, explanation))
    shown = sorted(scores.items(), key=lambda item: (-item[1], item[0]))[:MAX_FEATURES]
    which = counted(len(shown), "feature")
    if len(shown) < len(scores):
        which = f"The {len(shown)} highest of {counted(len(scores), 'feature')}"
    bars = [ScoreBar(name, value, _level(value), titles.get(name)) for name, value in shown]
    chart = score_bars(bars, limits={"watch": WATCH, "retrain": RETRAIN}, identifier="drift", title=title)
    return document(Drawing(title, chart, f"{which}, against the champion's data: drift score, 0 to 1."))


def _rows_by_score(title: str, most: int) -> Chart:
    highest = max(1, int(np.ceil(np.log10(most))))
    rows = decades("rows, logarithmic", 0, highest)
    return Chart(
        "scores",
        title,
        "Histograms of the scores of both classes.",
        from_zero("score: probability of fraud", 1, share),
        rows.reaching_down_to(_LEAST_ROWS),
    )


def _level(score: float) -> str:
    if score >= RETRAIN:
        return "retrain"
    return "watch" if score >= WATCH else "stable"
