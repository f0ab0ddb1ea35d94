"""The curve of a version's threshold: what each of some hundred thresholds does on the test rows of its run."""

from collections.abc import Sequence
from itertools import pairwise

from pydantic import BaseModel

from functions.contracts import TradeOff
from functions.settings import RunSettings, ThresholdPolicy
from infra.errors import EvaluationError
from infra.runs.evaluation_documents import EvaluationDocument, EvaluationDocuments, NamedTradeOffs
from infra.runs.execution import PipelineExecution


class CurvePoint(BaseModel):
    """What a threshold does on the test rows; rates without a denominator are 0."""

    threshold: float
    caught: int
    missed: int
    alarms: int
    cost: float
    saved: float

    @property
    def precision(self) -> float:
        """Share of the flagged rows that are fraud."""
        return self.caught / (self.caught + self.alarms) if self.caught + self.alarms else 0.0

    @property
    def recall(self) -> float:
        """Share of the frauds that are flagged."""
        return self.caught / (self.caught + self.missed) if self.caught + self.missed else 0.0


class ThresholdCurve(BaseModel):
    """The points by falling threshold, from flagging nothing to flagging all.

    Attributes:
        policy: what the version's threshold was chosen for.
        chosen: index of the version's own threshold.
        at_f1: index of the one that was chosen for F1 on the held-out rows; None where none was.
        cheapest: index of the cheapest on these rows.
        gap: at most so many more rows are flagged from one point to the next.
        cost_missed: of one fraud, unless there is a ``cost_column``, which has the cost of each: then their mean on the
            held-out rows, as the threshold that was chosen there for cost implies it.
    """

    rows: int
    frauds: int
    points: list[CurvePoint]
    policy: ThresholdPolicy
    chosen: int
    at_f1: int | None
    cheapest: int
    gap: int
    cost_missed: float
    cost_alarm: float
    cost_column: str | None

    @property
    def cost_without_model(self) -> float:
        """The cheaper of doing nothing and alarming on everything."""
        return self.points[0].cost + self.points[0].saved


def read_curve(documents: EvaluationDocuments, execution: PipelineExecution) -> ThresholdCurve:
    """Read the curve of the version that a run has made.

    Raises:
        EvaluationError: when the run has none, or it can't be read.
    """
    document, result = documents.of_run(execution), execution.result()
    if result is None or not document.curves.cost:
        raise EvaluationError(f"The evaluation of the run {execution.name} has no curve.")
    return make_curve(document, result.settings, result.results.model.threshold_policy)


def make_curve(document: EvaluationDocument, settings: RunSettings, policy: ThresholdPolicy) -> ThresholdCurve:
    """Make the curve of a document: its points, and the operating points that have a name, all with exact counts."""
    counts, named = document.confusion, document.curves.points
    operating = [named.chosen, named.at_half, named.doing_nothing, *named.policies.values()]
    found = {each.threshold: each for each in [*document.curves.cost, *operating]}
    ordered = [found[threshold] for threshold in sorted(found, reverse=True)]
    everything = (counts.rows - counts.frauds) * settings.cost_false_alarm
    without = min(named.doing_nothing.cost, everything)
    at = {each.threshold: number for number, each in enumerate(ordered)}
    f1 = named.policies.get("f1")
    return ThresholdCurve(
        rows=counts.rows,
        frauds=counts.frauds,
        points=[_point(each, counts.frauds, without) for each in ordered],
        policy=policy,
        chosen=at[named.chosen.threshold],
        at_f1=None if f1 is None else at[f1.threshold],
        cheapest=min(range(len(ordered)), key=lambda number: ordered[number].cost),
        gap=_gap(ordered),
        cost_missed=_mean_cost(named, settings) if settings.cost_missed_fraud_column else settings.cost_missed_fraud,
        cost_alarm=settings.cost_false_alarm,
        cost_column=settings.cost_missed_fraud_column,
    )


def _point(point: TradeOff, frauds: int, without: float) -> CurvePoint:
    return CurvePoint(
        threshold=point.threshold,
        caught=frauds - point.frauds_missed,
        missed=point.frauds_missed,
        alarms=point.false_alarms,
        cost=point.cost,
        saved=without - point.cost,
    )


def _mean_cost(named: NamedTradeOffs, settings: RunSettings) -> float:
    """Return the mean cost of held-out frauds, by alarm / (alarm + mean) = threshold; 0 where that says nothing."""
    threshold = named.policies.get("cost", named.chosen).threshold
    return settings.cost_false_alarm * (1 - threshold) / threshold if 0 < threshold < 1 else 0.0


def _gap(points: Sequence[TradeOff]) -> int:
    flagged = [each.false_alarms - each.frauds_missed for each in points]
    return max((later - earlier for earlier, later in pairwise(flagged)), default=0)
