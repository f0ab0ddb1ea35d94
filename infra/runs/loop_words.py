"""What a look has measured and decided, line by line: as ``fraudflow watch`` prints and the page *Traffic* shows it."""

import datetime as dt
from collections.abc import Iterable, Mapping

from functions.contracts.loop_records import RetrainAnswer, RetrainQuestion, RetrainRecord
from infra.runs.look_reports import LookReport, Retraining
from infra.runs.measured_looks import (
    ExpectedDecisions,
    LabelsHeard,
    MeasuredEpisode,
    MeasuredInterval,
    MeasuredLook,
    MeasuredTraffic,
    RealisedDecisions,
)
from infra.runs.summary_lines import SummaryLine
from infra.words import Phrase, Tone, counted, plain

OUTCOME_TONES: Mapping[str, Tone] = {"retrain": "good", "ask": "warn", "wait": "dim"}
_MINUTES = 16


def about_decision(made: RetrainRecord) -> Iterable[SummaryLine]:
    """Return the lines of a decision: about what, what for which reason, and when."""
    yield _line("Model", f"{made.model} version {made.version}")
    said = Phrase(made.outcome, OUTCOME_TONES[made.outcome]), Phrase(plain(f": {made.reason}"))
    yield SummaryLine("Decision", said)
    yield _line("At", f"{to_the_minute(made.at)} ({made.cause})")


def to_the_minute(at: str) -> str:
    """Return a time of a record as people write it."""
    return at[:_MINUTES].replace("T", " ")


def about_question(asked: RetrainQuestion) -> SummaryLine:
    """Return the line of a question that waits for its answer."""
    return _line(
        "Question", f"since {to_the_minute(asked.at)}: `fraudflow retrain` starts it, `--reject` refuses it", "warn"
    )


def about_answer(given: RetrainAnswer) -> SummaryLine:
    """Return the line of the answer to the last question."""
    by = given.by_hand
    return _line("Answer", f"{'no' if by.refused else 'yes'}, by {by.by} at {to_the_minute(given.at)}: {by.reason}")


def about_retraining(last: Retraining) -> SummaryLine:
    """Return the line of the last retraining."""
    record = last.record
    if last.failed:
        return _line("Retraining", f"that of {to_the_minute(record.at)} came to nothing", "bad")
    return _line("Retraining", f"number {record.number}, ordered at {to_the_minute(record.at)} on {record.upload_key}")


def about_look(report: LookReport) -> Iterable[SummaryLine]:
    """Return what came of a look, below its status."""
    if report.error is not None:
        yield _line("Error", report.error, "bad")
    if report.judged:
        yield _line("Versions", report.judged)
    if report.decision is None and report.error is None:
        yield _line("Decision", "none: there is no champion yet")
    if report.decision is not None:
        yield from about_decision(report.decision)
    if report.gathered is not None:
        yield _line("Data", f"{report.gathered}: `fraudflow runs` shows its run", "link")


def about_traffic(found: MeasuredLook) -> Iterable[SummaryLine]:
    """Return what was measured: how much traffic, what it came to and is expected to, its labels, its drift."""
    yield _line("Decisions", _decisions(found))
    yield from _labels(found.labels)
    yield from _realised(found.counted)
    yield from _expected(found.expected.latest)
    if found.excess is not None:
        excess, of = found.excess.excess, counted(found.excess.decisions, "decisions")
        yield _line("Excess", f"{_thousand(excess)} in 1,000 decisions more than promised, of {of}")
    yield from _traffic(found.traffic)


def _decisions(found: MeasuredLook) -> str:
    since = "" if found.champion_since is None else f" since {found.champion_since:%Y-%m-%d %H:%M}"
    fresh = counted(found.fresh_frauds, "frauds")
    return (
        f"{found.decisions_a_day:,.0f} a day of late, by version {found.version}{since}; "
        f"{found.labels.counted:,} count, with {fresh} that no training has seen"
    )


def _labels(labels: LabelsHeard) -> Iterable[SummaryLine]:
    waiting = f"{counted(labels.young, 'decisions')} of the last {labels.delay_days:g} days may still get theirs"
    overdue = f", {labels.unheard:,} are overdue" if labels.unheard else ""
    unknown = f"; {counted(labels.unknown_alarms, 'alarms')} nobody knows of" if labels.unknown_alarms else ""
    heard = "none came yet" if labels.heard_until is None else f"heard until {labels.heard_until:%Y-%m-%d %H:%M}"
    young = f"; {waiting}" if labels.delay_days else ""
    yield _line("Labels", f"{heard}{young}{overdue}{unknown}", "warn" if labels.unheard else "")
    if labels.quiet:
        yield _line("", labels.quiet, "warn")


def _realised(found: RealisedDecisions | None) -> Iterable[SummaryLine]:
    if found is None or not found.decisions:
        yield _line("Realised", "not known yet, as no decision counts: send labels with `fraudflow labels FILE`", "dim")
        return
    counts = (
        f"{found.frauds:,.0f} frauds in {counted(found.decisions, 'decisions')}, {found.missed:,.0f} missed, "
        f"{counted(found.false_alarms, 'false alarms')}"
    )
    yield _line("Realised", counts)
    if found.worth is None:
        yield _line("", found.not_known or "what they cost is not known", "warn")
    else:
        yield _line("", f"mistakes cost {_money(found.worth.cost)}, which saves {_money(found.worth.saved)}")


def _expected(found: ExpectedDecisions) -> Iterable[SummaryLine]:
    if found.estimates is None:
        yield _line("Expected", found.not_known or "not known", "warn" if found.rows else "dim")
        return
    rows, worth = counted(found.rows, "decisions"), found.estimates
    frauds = "" if worth.frauds is None else f"{_money(worth.frauds)} frauds, "
    yield _line("Expected", f"{frauds}mistakes cost {_money(worth.cost)}: of the latest {rows}, before their labels")


def _traffic(found: MeasuredTraffic | None) -> Iterable[SummaryLine]:
    if found is None:
        yield _line("Drift", "not followed: the champion's reference can't be read", "warn")
        return
    for episode in (found.broken, found.shift):
        if episode is not None:
            yield SummaryLine("Drift", _episode(episode))
    if found.broken is None and found.shift is None:
        windows = counted(len(found.windows), "windows")
        said = f"none in {windows}" if found.windows else "not known yet: the first window of traffic is open"
        yield _line("Drift", said, "good" if found.windows else "dim")


def _episode(episode: MeasuredEpisode) -> tuple[Phrase, ...]:
    word = "a column is broken" if episode.kind == "broken" else "shifted"
    return Phrase(word, "bad"), Phrase(
        plain(f" since {moment_of(episode.since):%Y-%m-%d %H:%M}: {episode.explanation}")
    )


def moment_of(microseconds: int) -> dt.datetime:
    """Return the time that the document has as microseconds since 1970."""
    return dt.datetime.fromtimestamp(microseconds / 1e6, dt.UTC)


def _money(found: MeasuredInterval) -> str:
    return f"{found.estimate:,.0f} ({found.low:,.0f} to {found.high:,.0f})"


def _thousand(found: MeasuredInterval) -> str:
    return f"{1000 * found.estimate:,.2f} ({1000 * found.low:,.2f} to {1000 * found.high:,.2f})"


def _line(label: str, text: str, tone: Tone = "") -> SummaryLine:
    return SummaryLine(label, (Phrase(plain(text), tone),))
