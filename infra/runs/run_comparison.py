"""Two runs side by side: what differs in their settings, data, figures, money and models."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal

from pydantic import BaseModel, computed_field

from functions.contracts import Bounds, PipelineOutput
from functions.setting_words import typed
from infra.runs.run_report import Run
from infra.words import plain

type Value = float | str | None
type Kind = Literal["text", "whole", "decimal", "threshold"]

_NONE = "\N{EN DASH}"
_SAME_DIGITS = 12
_DECIMALS: Mapping[Kind, int] = {"whole": 0, "decimal": 3, "threshold": 4}
# Figures at the chosen threshold: the name of each in the report, and of its interval.
_FIGURES = (
    ("F1", "test_fraud_f1", "fraud_f1"),
    ("Precision", "test_fraud_precision", "fraud_precision"),
    ("Recall", "test_fraud_recall", "fraud_recall"),
    ("Average precision", "test_average_precision", "average_precision"),
    ("ROC AUC", "test_roc_auc", ""),
)
_COUNTS = (
    ("Frauds caught", "frauds_detected_count"),
    ("Frauds missed", "frauds_missed_count"),
    ("False alarms", "false_alarms_count"),
)


class ComparedValue(BaseModel):
    """One thing about both runs; None where a run does not tell it. ``difference`` is the second's less the first's."""

    label: str
    a: Value
    b: Value
    kind: Kind = "text"
    a_interval: Bounds | None = None
    b_interval: Bounds | None = None

    @computed_field  # type: ignore[prop-decorator]
    @property
    def differs(self) -> bool:
        """Return whether both are told, and are not the same."""
        return self.is_told and self.a != self.b

    @property
    def is_told(self) -> bool:
        """Return whether both runs tell it."""
        return self.a is not None and self.b is not None

    @computed_field  # type: ignore[prop-decorator]
    @property
    def difference(self) -> float | None:
        """The second less the first; None unless both are numbers."""
        if isinstance(self.a, str) or isinstance(self.b, str) or self.a is None or self.b is None:
            return None
        return round(self.b - self.a, _SAME_DIGITS)

    @property
    def texts(self) -> tuple[str, str, str]:
        """Both, with their intervals, and the difference, in words."""
        changed = self.difference
        sign = self._written(changed, "+") if changed else ""
        return self._told(self.a, self.a_interval), self._told(self.b, self.b_interval), sign

    def _told(self, value: Value, interval: Bounds | None) -> str:
        if interval is None or value is None:
            return self._written(value)
        return f"{self._written(value)} ({self._written(interval.low)} to {self._written(interval.high)})"

    def _written(self, value: Value, sign: str = "") -> str:
        if value is None or value == "":
            return _NONE
        if isinstance(value, str):
            return plain(value)
        return f"{value:{sign},.{_DECIMALS[self.kind]}f}"


class ComparedRun(BaseModel):
    """One of the two: what became of it, in a sentence where it has not succeeded."""

    name: str
    upload: str
    status: str
    sentence: str | None


class RunComparison(BaseModel):
    """Two runs side by side."""

    a: ComparedRun
    b: ComparedRun
    same_data: bool | None
    settings: list[ComparedValue]
    data: list[ComparedValue]
    figures: list[ComparedValue]
    money: list[ComparedValue]
    model: list[ComparedValue]

    @property
    def caution(self) -> str | None:
        """What to know before the figures are compared; None where both were measured on the same data."""
        if self.same_data is not False:
            return None
        return (
            "The two were trained and measured on different data: a difference between their figures may be one "
            "between the data."
        )


def compare(a: Run, b: Run) -> RunComparison:
    """Compare two runs, as far as they went."""
    results = a.execution.result(), b.execution.result()
    both = _Both(a, b, *results)
    known = all(results)
    return RunComparison(
        a=_side(a),
        b=_side(b),
        same_data=_digest(results[0]) == _digest(results[1]) if known else None,
        settings=list(both.settings()),
        data=list(both.data()),
        figures=list(both.figures()),
        money=list(both.money()),
        model=list(both.model()),
    )


class _Both:
    """Two runs and their results, where they have any."""

    def __init__(self, a: Run, b: Run, first: PipelineOutput | None, second: PipelineOutput | None) -> None:
        self._runs = a, b
        self._results = first, second

    def settings(self) -> Iterable[ComparedValue]:
        """Compare the settings: of a run that has not succeeded, those that it was given."""
        a, b = (_settings(run, result) for run, result in zip(self._runs, self._results, strict=True))
        for name in sorted(a.keys() | b.keys()):
            yield ComparedValue(label=name, a=a.get(name), b=b.get(name))

    def data(self) -> Iterable[ComparedValue]:
        """Compare the data."""
        yield ComparedValue(label="File", a=self._runs[0].execution.upload, b=self._runs[1].execution.upload)
        for label, of in _DATA.items():
            yield self._of_results(label, of, "text" if label in _TEXTS else "whole")

    def figures(self) -> Iterable[ComparedValue]:
        """Compare what the models do on their test rows."""
        a, b = (run.report for run in self._runs)
        for label, name, interval in _FIGURES:
            intervals = {"a_interval": a.intervals.get(interval), "b_interval": b.intervals.get(interval)}
            yield ComparedValue(label=label, a=a.metrics.get(name), b=b.metrics.get(name), kind="decimal", **intervals)
        yield ComparedValue(label="Brier score", a=a.brier_score, b=b.brier_score, kind="decimal")
        for label, name in _COUNTS:
            yield ComparedValue(label=label, a=a.metrics.get(name), b=b.metrics.get(name), kind="whole")

    def money(self) -> Iterable[ComparedValue]:
        """Compare what the decisions on the test rows cost."""
        a, b = (run.report for run in self._runs)
        for label, name, interval in (
            ("Cost", "total_cost", "cost"),
            ("Cost without a model", "cost_without_model", ""),
            ("Saved", "saved", "saved"),
        ):
            yield ComparedValue(
                label=label,
                a=getattr(a.impact, name, None),
                b=getattr(b.impact, name, None),
                kind="whole",
                a_interval=a.intervals.get(interval),
                b_interval=b.intervals.get(interval),
            )

    def model(self) -> Iterable[ComparedValue]:
        """Compare the versions, their thresholds, and the verdicts on drift."""
        a, b = (run.report for run in self._runs)
        versions = [each.model and f"{each.model.name} {each.model.version}, {each.model.status}" for each in (a, b)]
        yield ComparedValue(label="Version", a=versions[0], b=versions[1])
        algorithms = [each.model and each.model.algorithm for each in (a, b)]
        yield ComparedValue(label="Algorithm", a=algorithms[0], b=algorithms[1])
        yield ComparedValue(label="Threshold", a=a.threshold, b=b.threshold, kind="threshold")
        drifts = [each.drift and each.drift.verdict.replace("_", " ") for each in (a, b)]
        yield ComparedValue(label="Drift", a=drifts[0], b=drifts[1])
        yield ComparedValue(label="Seconds", a=a.seconds, b=b.seconds, kind="whole")

    def _of_results(self, label: str, of: Callable[[PipelineOutput], Value], kind: Kind) -> ComparedValue:
        a, b = (None if each is None else of(each) for each in self._results)
        return ComparedValue(label=label, a=a, b=b, kind=kind)


_DATA: Mapping[str, Callable[[PipelineOutput], Value]] = {
    "Rows": lambda result: result.dataset.rows,
    "Frauds": lambda result: result.dataset.frauds,
    "Columns used": lambda result: result.dataset.features,
    "Target": lambda result: result.dataset.target,
    "Duplicate rows": lambda result: result.dataset.duplicate_rows,
    "Test rows": lambda result: result.splits.counts["test"].rows,
    "Frauds in the test rows": lambda result: result.splits.counts["test"].frauds,
    "Digest": lambda result: result.dataset.digest,
}
_TEXTS = frozenset({"Target", "Digest"})


def _side(run: Run) -> ComparedRun:
    report = run.report
    sentence = report.error.message if report.error else None
    if sentence is None and run.execution.is_running:
        sentence = "The run is in progress: it has no figures yet."
    if sentence is None and report.model is None:
        sentence = " ".join(run.notes) or "The run has no results."
    return ComparedRun(
        name=run.execution.name, upload=run.execution.upload, status=run.execution.status, sentence=sentence
    )


def _settings(run: Run, result: PipelineOutput | None) -> dict[str, str]:
    chosen: Mapping[str, Any] | object = (
        result.settings.model_dump(mode="json") if result else run.execution.input.get("settings")
    )
    return {str(name): typed(value) for name, value in chosen.items()} if isinstance(chosen, Mapping) else {}


def _digest(result: PipelineOutput | None) -> str | None:
    return result.dataset.digest if result else None
