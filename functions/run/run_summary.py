"""A run in a few lines of Markdown: what MLflow shows on the page of the run, and of the version that it has made."""

import re
from collections.abc import Iterator

from functions.contracts import Impact, RegisterModelInput, Registration
from functions.core.wording import counted

# Whatever Markdown would read as something else than itself: names of files and columns may hold anything.
_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|~!])")
_VERDICTS = {
    "no_reference": "no verdict",
    "another_table": "another table",
    "not_enough_data": "not enough data",
}


def of_version(event: RegisterModelInput, reason: str) -> str:
    """Describe a version when it is made, with why it was promoted or not; who is champion now, the alias tells."""
    return "\n".join(_lines(event, f"- Decision: {plain(reason)}"))


def of_run(
    event: RegisterModelInput, made: Registration, *, report: str, report_uri: str, console_page: str | None
) -> str:
    """Describe a run that has ended.

    Args:
        event: what it is about.
        made: the version, and what was decided of it.
        report: the link of its report page, on the same server.
        report_uri: where the page is in S3.
        console_page: the link of the run's page in the console, where there is one.
    """
    decided = "promoted" if made.alias == "champion" else "not promoted"
    version = f"- Version: {made.version} of {plain(made.name)}, {decided} then. {plain(made.reason)}"
    links = [f"[Report]({report}) (also at `{report_uri}`)"]
    if console_page is not None:
        links.append(f"[The run in the console]({console_page})")
    return "\n".join([" · ".join(links), "", *_lines(event, version)])


def plain(text: str) -> str:
    """Write text so that Markdown shows it as it is, on one line."""
    return _MARKUP.sub(r"\\\1", " ".join(text.split()))


def _lines(event: RegisterModelInput, decision: str) -> Iterator[str]:
    dataset, model = event.dataset, event.model
    share = dataset.frauds / dataset.rows
    yield (
        f"- Data: {plain(event.upload.name)}, {counted(dataset.rows, 'row')}, {counted(dataset.features, 'feature')}, "
        f"{counted(dataset.frauds, 'fraud')} ({share:.2%})"
    )
    yield f"- Model: {plain(model.algorithm)}, threshold {event.evaluation.threshold:.4f}"
    yield decision
    yield f"- On the test rows: {_metrics(event)}"
    yield f"- Money: {_money(event.evaluation.impact)}"
    yield f"- Drift: {_VERDICTS.get(event.drift.verdict, event.drift.verdict)}. {plain(event.drift.explanation)}"


def _metrics(event: RegisterModelInput) -> str:
    known = event.evaluation.metrics
    missed, found = int(known["frauds_missed_count"]), int(known["frauds_detected_count"])
    names = {
        "F1": "test_fraud_f1",
        "precision": "test_fraud_precision",
        "recall": "test_fraud_recall",
        "average precision": "test_average_precision",
    }
    values = ", ".join(f"{label} {known[name]:.3f}" for label, name in names.items() if name in known)
    alarms = counted(int(known["false_alarms_count"]), "false alarm")
    return f"{missed:,} of {counted(missed + found, 'fraud')} missed, {alarms}; fraud {values}"


def _money(impact: Impact) -> str:
    without = impact.cost_of_doing_nothing if impact.cost_without_model is None else impact.cost_without_model
    start = f"costs {impact.total_cost:,.0f}; without a model ({impact.without_model}) {without:,.0f}"
    if round(impact.saved) == 0:
        return f"{start}, so that nothing is saved"
    return f"{start}, so that {abs(impact.saved):,.0f} are {'saved' if impact.saved > 0 else 'lost'}"
