"""What came of a file that was scored, or of labels, line by line: for the command line and the console."""

from collections.abc import Iterable

from functions.contracts.label_files import LabelsJoined
from functions.contracts.scored_batches import BatchTraffic
from infra.runs.batches import ScoredBatch
from infra.runs.drift_words import verdict_line
from infra.runs.sent_labels import SentLabels
from infra.runs.summary_lines import SummaryLine, notes
from infra.words import Phrase, Tone, counted, plain

# Of one transaction, and of several.
_SAID = {
    "unmatched": (
        "has no decision yet; its label matches when it comes",
        "have no decision yet; their labels match when it comes",
    ),
    "repeated": ("had this label before",) * 2,
    "revoked": ("was fraud, and is legitimate now", "were fraud, and are legitimate now"),
    "contradicted": (
        "has both labels, known at the same time; the one that came last counts",
        "have both labels, known at the same time; the one that came last counts",
    ),
    "outdated": (
        "has another label that was known later, which counts",
        "have another label that was known later, which counts",
    ),
}


def about_file(report: ScoredBatch | SentLabels) -> Iterable[SummaryLine]:
    """Return the file, why it failed, and what was noted of it."""
    yield _line("File", report.file)
    if report.error:
        yield SummaryLine(
            "Error", (Phrase(plain(report.error.type), "bad"), Phrase(plain(f": {report.error.message}")))
        )
    yield from notes(report.notes)


def about_batch(report: ScoredBatch) -> Iterable[SummaryLine]:
    """Return a scored file's model, rows, alarms, what they are worth, and drift."""
    if report.model is None or report.traffic is None or report.rows is None or report.alarms is None:
        return
    led = f" ({report.model.alias})" if report.model.alias else ""
    yield _line("Model", f"{report.model.name} version {report.model.version}{led}")
    yield _line("Rows", f"{report.rows:,}, of which {counted(report.alarms, 'alarms')} at {report.model.threshold:.4f}")
    yield from _worth(report.traffic)
    yield SummaryLine("Drift", verdict_line(report.traffic.verdict, report.traffic.explanation))


def about_labels(report: SentLabels) -> Iterable[SummaryLine]:
    """Return how many transactions were labelled, which were decided on, and what is odd about them."""
    if report.rows is None or report.joined is None:
        return
    joined = report.joined
    yield _line("Rows", f"{report.rows:,}, of {counted(joined.transactions, 'transactions')}: {_frauds(joined)}")
    yield _line("Decided", f"{joined.matched:,}{_days(joined)}")
    for name, (of_one, of_several) in _SAID.items():
        if count := getattr(joined, name):
            yield _line(name.capitalize(), f"{count:,} {of_one if count == 1 else of_several}")


def _worth(traffic: BatchTraffic) -> Iterable[SummaryLine]:
    """Yield what the rows are worth, as expected and by their labels."""
    found = traffic.expected
    if found is not None:
        frauds, cost = found.frauds_interval, found.cost_interval
        said = f"{found.frauds:,.0f} frauds ({frauds.low:,.0f} to {frauds.high:,.0f})"
        yield _line("Expected", f"{said}{_shares(found.precision, found.recall)}")
        yield _line("", f"mistakes cost {found.cost:,.0f} ({cost.low:,.0f} to {cost.high:,.0f})")
        yield from (_line("", doubt, "warn") for doubt in traffic.doubts)
    elif traffic.error is not None:
        yield _line("Expected", f"not measured: {traffic.error.Error}", "warn")
    elif traffic.not_known:
        yield _line("Expected", traffic.not_known, "warn")
    if traffic.realised is not None:
        real = traffic.realised
        said = f"{real['frauds']:,.0f} frauds, {real['frauds_missed']:,.0f} of them missed"
        yield _line(
            "By labels", f"{said}{_shares(real['precision'], real['recall'])}; mistakes cost {real['cost']:,.0f}"
        )


def _shares(precision: float | None, recall: float | None) -> str:
    known = (("precision", precision), ("recall", recall))
    return "".join(f", {name} {value:.3f}" for name, value in known if value is not None)


def _frauds(joined: LabelsJoined) -> str:
    return f"{joined.frauds:,} fraud, {joined.transactions - joined.frauds:,} legitimate"


def _days(joined: LabelsJoined) -> str:
    if joined.days_median is None or joined.days_longest is None:
        return ""
    return f", known {joined.days_median:,.1f} days later in the median, {joined.days_longest:,.1f} at most"


def _line(label: str, text: str, tone: Tone = "") -> SummaryLine:
    return SummaryLine(label, (Phrase(plain(text), tone),))
