"""Metrics, curves and intervals of a run's models on the test split, as one document."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from functions.core.evaluation import curves
from functions.core.evaluation.certainty import Intervals, PricedRows, bound
from functions.core.evaluation.confusion import Confusion
from functions.core.evaluation.costs import BusinessImpact, business_impact
from functions.core.evaluation.fraud_metrics import FraudMetrics, evaluate
from functions.core.evaluation.results import CandidateResult, Curves
from functions.core.evaluation.scored import Scored


@dataclass(frozen=True, slots=True)
class Measurement:
    """The selected model's metrics, curves and intervals, and every candidate's metrics; costs are money."""

    threshold: float
    metrics: FraudMetrics
    confusion: Confusion
    impact: BusinessImpact
    cost_at_half: float
    curves: Curves
    intervals: Intervals
    candidates: tuple[CandidateResult, ...] = ()


@dataclass(frozen=True, slots=True)
class Contestant:
    """A candidate, its scores of the test rows, and its own threshold."""

    algorithm: str
    scored: Scored
    seconds: float
    collapsed: str | None


def measure(
    rows: PricedRows,
    scored: Scored,
    *,
    chosen: str,
    contestants: Sequence[Contestant],
    policies: Mapping[str, float] | None = None,
) -> Measurement:
    """Compute the metrics of the selected model, and of each candidate at its own threshold, on n test rows.

    Args:
        rows: the test rows.
        scored: the selected model's scores and its threshold.
        chosen: the selected candidate's name.
        contestants: all candidates.
        policies: the thresholds that were chosen on held-out rows, by the policy's name.
    """
    y, scores, threshold = rows.y, scored.scores, scored.threshold
    result = evaluate(y, scores, threshold=threshold)
    metrics, confusion = result.metrics, result.confusion
    both_classes = 0 < confusion.frauds < confusion.rows
    at_half = business_impact(y, scores >= 0.5, rows.costs, rows.amounts)  # noqa: PLR2004 - what a classifier does
    return Measurement(
        threshold=threshold,
        metrics=metrics,
        confusion=confusion,
        impact=business_impact(y, scores >= threshold, rows.costs, rows.amounts),
        cost_at_half=at_half.total_cost,
        curves=Curves(
            precision_recall=curves.precision_recall_curve(y, scores) if both_classes else None,
            roc=curves.roc_curve(y, scores) if both_classes else None,
            reliability=curves.reliability_curve(y, scores, spacing="log"),
            cost=curves.cost_curve(y, scores, rows.costs, rows.amounts, threshold=threshold),
            points=curves.operating_points(y, scores, rows.costs, rows.amounts, threshold=threshold, policies=policies),
            average_precision=metrics.test_average_precision,
            roc_auc=metrics.test_roc_auc,
            brier_score=metrics.test_brier_score,
        ),
        intervals=bound(rows, scored.flagged, metrics.test_average_precision),
        candidates=tuple(_result(rows, each, chosen=chosen) for each in contestants),
    )


def _result(rows: PricedRows, contestant: Contestant, *, chosen: str) -> CandidateResult:
    result = evaluate(rows.y, contestant.scored.scores, threshold=contestant.scored.threshold)
    intervals = bound(rows, contestant.scored.flagged, result.metrics.test_average_precision)
    return CandidateResult(
        algorithm=contestant.algorithm,
        chosen=contestant.algorithm == chosen,
        average_precision=intervals.average_precision,
        brier_score=result.metrics.test_brier_score,
        cost=intervals.cost,
        frauds_missed=result.confusion.frauds_missed,
        false_alarms=result.confusion.false_alarms,
        seconds=contestant.seconds,
        collapsed=contestant.collapsed,
    )
