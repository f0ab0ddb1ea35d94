"""The summary of a run, line by line: what ``fraudflow show`` prints and the run's page shows."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from infra.runs.drift_words import drift_line, shifts
from infra.runs.failure_advice import advice
from infra.runs.money_words import worth
from infra.runs.run_report import DatasetReport, ModelReport, Run, RunReport
from infra.words import Phrase, counted, plain

# How notes of columns that know the label begin.
_LEAKS = ("LEAK: ", "Suspected leak: ")


class SummaryLine(NamedTuple):
    """One line; without a label it goes on with what the line before is about."""

    label: str
    phrases: tuple[Phrase, ...]


def about_failure(run: Run, *, is_run: bool = True) -> Iterable[SummaryLine]:
    """Return why a run failed, and what to do; without that for other executions, as its commands are for runs."""
    if run.report.error:
        said = plain(run.report.error.message)
        yield SummaryLine("Error", (Phrase(plain(run.report.error.type), "bad"), Phrase(": "), Phrase(said)))
        if is_run:
            yield _line("What to do", Phrase(advice(run.report.error, run.states)))


def about_results(run: Run, *, is_run: bool = True) -> Iterable[SummaryLine]:
    """Return what ``show`` says of a run's data and model; other executions have other results, which it can't read."""
    if is_run:
        yield from (*about_data(run), *about_model(run))
    elif duplicate := run.execution.duplicate():
        yield from notes([duplicate])


def about_data(run: Run) -> Iterable[SummaryLine]:
    """Return the data of a run, its target, and what was noted."""
    if run.report.dataset:
        yield _line("Dataset", Phrase(_dataset(run.report.dataset)))
    if run.explanation:
        yield _line("Target", Phrase(plain(run.explanation)))
    yield from notes(run.notes)


def about_model(run: Run) -> Iterable[SummaryLine]:
    """Return the model of a run and the decision about it, its metrics, costs and drift."""
    report = run.report
    if report.model and report.threshold is not None:
        yield SummaryLine("Model", _model(report.model))
        if run.registration_reason:
            yield _line("Decision", Phrase(plain(run.registration_reason)))
        yield _line("Threshold", Phrase(f"{report.threshold:.4f}"))
    if report.metrics:
        yield _line("Fraud class", Phrase(_fraud_metrics(report)))
        yield from (_line(label, phrase) for label, phrase in worth(report))
    if report.drift:
        yield SummaryLine("Drift", drift_line(report.drift))
        yield from (SummaryLine("", line) for line in shifts(report.drift.top_features))


def links(report: RunReport, mlflow_url: str) -> Iterable[SummaryLine]:
    """Return the addresses of a run's report page, its run in MLflow and its version in the registry."""
    if report.mlflow_run_url and report.model:
        name, version = report.model.name, report.model.version
        if report.report_url:
            yield _line("Report", Phrase(plain(report.report_url), "link"))
        yield _line("MLflow run", Phrase(plain(report.mlflow_run_url), "link"))
        yield _line("Registry", Phrase(plain(f"{mlflow_url}/#/models/{name}/versions/{version}"), "link"))


def notes(said: Sequence[str]) -> Iterable[SummaryLine]:
    """Return the lines of notes; one about a column that knows the label is not to be missed."""
    for number, note in enumerate(said):
        yield _line("" if number else "Notes", note_phrase(note))


def note_phrase(note: str) -> Phrase:
    """Return a note."""
    return Phrase(plain(note), "leak" if note.startswith(_LEAKS) else "")


def _line(label: str, phrase: Phrase) -> SummaryLine:
    return SummaryLine(label, (phrase,))


def _dataset(dataset: DatasetReport) -> str:
    share = dataset.frauds / dataset.rows if dataset.rows else 0.0
    counts = {"rows": dataset.rows, "features": dataset.features, "frauds": dataset.frauds}
    return f"{', '.join(counted(number, noun) for noun, number in counts.items())} ({share:.2%})"


def _model(model: ModelReport) -> tuple[Phrase, ...]:
    status = Phrase(model.status, "champion" if model.alias == "champion" else "warn")
    return Phrase(plain(f"{model.name} version {model.version} ({model.algorithm}), ")), status


def _fraud_metrics(report: RunReport) -> str:
    names = {
        "F1": "test_fraud_f1",
        "precision": "test_fraud_precision",
        "recall": "test_fraud_recall",
        "average precision": "test_average_precision",
        "ROC AUC": "test_roc_auc",
    }
    shown = [f"{label} {report.metrics[name]:.3f}" for label, name in names.items() if name in report.metrics]
    return ", ".join(shown)
