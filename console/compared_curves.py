"""The curves of compared runs: as numbers for a chart, and as a table that says the same."""

from collections.abc import Sequence
from typing import NamedTuple

from infra.errors import EvaluationError
from infra.runs.evaluation_documents import EvaluationDocument, EvaluationDocuments
from infra.runs.run_report import Run

_RECALLS = (0.25, 0.5, 0.75, 0.9)


class RunCurves(NamedTuple):
    """Curves of one run: points by rising recall, and by rising share of the test rows that are flagged."""

    name: str
    upload: str
    recall: list[float]
    precision: list[float]
    flagged: list[float]
    cost: list[float]

    @property
    def precisions(self) -> list[tuple[float, float | None]]:
        """The best precision at each of a few recalls."""
        points = list(zip(self.recall, self.precision, strict=True))
        return [
            (least, max((precision for recall, precision in points if recall >= least), default=None))
            for least in _RECALLS
        ]

    @property
    def cheapest(self) -> tuple[float, float] | None:
        """The share of rows flagged where the cost is lowest, and that cost."""
        best = min(zip(self.cost, self.flagged, strict=True), default=None)
        return None if best is None else (best[1], best[0])


def curves_of(documents: EvaluationDocuments, runs: Sequence[Run]) -> tuple[list[RunCurves], list[str]]:
    """Return the curves of runs, and a sentence about each whose curves can't be read."""
    found, faults = list[RunCurves](), list[str]()
    for run in runs:
        try:
            found.append(_curves(run, documents.of_run(run.execution)))
        except EvaluationError as error:
            faults.append(str(error))
    return found, faults


def _curves(run: Run, document: EvaluationDocument) -> RunCurves:
    frauds, rows = document.confusion.frauds, max(document.confusion.rows, 1)
    curve = document.curves.precision_recall
    best: dict[float, float] = {}
    for recall, precision in zip(curve.recall, curve.precision, strict=False) if curve else ():
        best[recall] = max(precision, best.get(recall, 0.0))
    alarms = {frauds - point.frauds_missed + point.false_alarms: point.cost for point in document.curves.cost}
    # Of a logarithmic scale no alarm at all is no part.
    by_flagged = {count / rows: cost for count, cost in alarms.items() if count}
    recalls, shares = sorted(best), sorted(by_flagged)
    return RunCurves(
        name=run.execution.name,
        upload=run.execution.upload,
        recall=recalls,
        precision=[best[each] for each in recalls],
        flagged=shares,
        cost=[by_flagged[each] for each in shares],
    )
