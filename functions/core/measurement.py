"""All that is measured of a run's models on the test split, as one document."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from numpy.typing import ArrayLike

from functions.core import curves
from functions.core.bootstrap import RESAMPLES, Intervals, Scored, bootstrap_intervals
from functions.core.confusion import Confusion
from functions.core.costs import BusinessImpact, Costs, Floats, business_impact
from functions.core.evaluation import FraudMetrics, evaluate
from functions.core.report.data import CandidateResult, Curves, Uncertainty


@dataclass(frozen=True, slots=True)
class Measurement:
    """The selected model's figures, curves and uncertainty, and every candidate's figures; money where it is cost."""

    threshold: float
    metrics: FraudMetrics
    confusion: Confusion
    impact: BusinessImpact
    cost_at_half: float
    curves: Curves
    uncertainty: Uncertainty
    candidates: tuple[CandidateResult, ...] = ()


@dataclass(frozen=True, slots=True)
class PricedRows:
    """Labels (n,), the prices of mistakes, and what missing each row would cost (n,) where that varies."""

    y: ArrayLike
    costs: Costs
    amounts: Floats | None
    seed: int

    def intervals(self, scored: Scored) -> Intervals:
        """Give the bootstrap intervals of a model's figures; the same resamples for every model."""
        return bootstrap_intervals(self.y, scored, self.costs, self.amounts, seed=self.seed)


@dataclass(frozen=True, slots=True)
class Contestant:
    """A candidate, what it gave to the test rows, and its own threshold."""

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
    """Measure the selected model, and each candidate at its own threshold, on n test rows.

    Args:
        rows: the test rows; ``seed`` is that of the bootstrap.
        scored: the selected model's scores and its threshold.
        chosen: the selected candidate's name.
        contestants: all candidates.
        policies: the thresholds that were chosen on held-out rows, by what for.
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
        uncertainty=Uncertainty(rows.intervals(scored), RESAMPLES),
        candidates=tuple(_result(rows, each, chosen=chosen) for each in contestants),
    )


def _result(rows: PricedRows, contestant: Contestant, *, chosen: str) -> CandidateResult:
    result = evaluate(rows.y, contestant.scored.scores, threshold=contestant.scored.threshold)
    intervals = rows.intervals(contestant.scored)
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
