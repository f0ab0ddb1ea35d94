"""Sections of a scored batch: what its rows are worth, with and without labels, its scores, and where it comes from."""

from functions.core.evaluation.curves import BAND_EDGES
from functions.core.evaluation.intervals import Interval
from functions.core.evaluation.realised import Realised
from functions.core.evaluation.score_sums import bands
from functions.core.report.batch_contents import BatchOrigin, BatchReport
from functions.core.report.blocks import Column, Row, note, section, table
from functions.core.report.formats import count, moment, money, money_range, probability, score, score_range, share
from functions.core.report.markup import Child, Element, h
from functions.core.wording import counted

_CAN_T_BE_KNOWN = "can't be known"


def header(report: BatchReport) -> Element:
    """Return the page's header: alarms, what they are worth, and the model."""
    origin, sums = report.origin, report.sums
    led = f", by the alias {origin.alias}" if origin.alias else ""
    return h(
        "header",
        h("p", f"Scores of {origin.file}, {moment(origin.started_at)}", class_="eyebrow"),
        h("h1", f"{counted(sums.alarms, 'alarm')} in {counted(sums.count, 'row')}."),
        h("p", _lede(report), class_="lede"),
        h(
            "div",
            h("p", h("strong", f"{origin.model_name} version {origin.model_version}")),
            h("p", f"An alarm is raised at a score of {probability(report.threshold)} or more{led}."),
            class_="verdict neutral",
        ),
        _tiles(report),
    )


def expected(report: BatchReport) -> Element:
    """Return what the rows are worth by the scores alone, or why that can't be known."""
    found = report.estimates
    if found is None:
        return section("expected", "Expected without labels", h("p", report.not_known))
    columns = (Column("Metric", "text"), Column("Expected"), Column("95 % prediction interval"))
    counts = (
        ("Frauds", found.frauds),
        ("Frauds among the alarms", found.caught),
        ("Frauds that pass", found.missed),
        ("False alarms", found.false_alarms),
    )
    rows = [Row(name, (_whole(each.estimate), _whole_range(each))) for name, each in counts]
    rows += [
        Row(name, (_CAN_T_BE_KNOWN, "") if each is None else (score(each.estimate), score_range(each)))
        for name, each in (("Precision", found.precision), ("Recall", found.recall))
    ]
    rows += [
        Row(name, (money(each.estimate), money_range(each)))
        for name, each in (("Cost", found.cost), ("Saved against no model", found.saved))
    ]
    return section(
        "expected",
        "Expected without labels",
        _doubts(report),
        h(
            "p",
            "Scores are calibrated probabilities of fraud, so that their sums are expected numbers of frauds. The "
            "intervals hold the chance in each row, the amounts, and how far the scores were off on the test split of "
            f"the version that gave them. {_prices(report)}",
        ),
        table(f"Expected of the {counted(report.sums.count, 'row')}", columns, rows),
        _unpriced(report),
        note(
            "What no score can show: that rows like these have become fraud more often since the model was trained, as "
            "when a new kind of fraud looks like honest traffic. Only labels show that."
        ),
    )


def realised(report: BatchReport) -> Element | None:
    """Return what the decisions came to by the file's own labels; None without any."""
    found = report.realised
    if found is None:
        return None
    counts = found.confusion
    columns = (Column("Label", "text"), Column("Flagged"), Column("Passed"))
    outcomes = (
        Row(f"Fraud ({count(counts.frauds)})", (count(counts.frauds_detected), count(counts.frauds_missed))),
        Row(
            f"Legitimate ({count(counts.rows - counts.frauds)})",
            (count(counts.false_alarms), count(counts.legitimate_passed)),
        ),
    )
    return section(
        "realised",
        "By the file's labels",
        table(f"Decisions on the {counted(counts.rows, 'labelled row')}", columns, outcomes, style="matrix"),
        table("Metrics with their 95 % confidence intervals", (Column("Metric", "text"), *_MEASURED), _metrics(found)),
    )


def scores(report: BatchReport) -> Element:
    """Return the distribution of the scores, beside that of the model's test split."""
    tested = {int(bands([each.mean_probability])[0]): each.rows for each in report.tested}
    of_test, of_batch = sum(tested.values()), report.sums.count
    rows = [
        Row(
            _band(band),
            (
                count(int(number)),
                share(number / of_batch) if of_batch else "",
                share(tested.get(band, 0) / of_test) if of_test else "not kept",
            ),
        )
        for band, number in reversed(list(enumerate(report.sums.by_band)))
    ]
    columns = (Column("Score", "text"), Column("Rows"), Column("Share"), Column("On the test split"))
    return section("scores", "Scores", table("Rows by their score, in half decades", columns, rows))


def origin(given: BatchOrigin) -> Element:
    """Return where the scores come from."""
    facts = (
        ("Upload", given.upload_uri),
        ("Version of the upload", given.version_id or "none, as the bucket keeps no versions"),
        ("ETag", given.etag),
        ("Execution", given.execution_arn),
        ("Model", f"{given.model_name} version {given.model_version}"),
        ("Started", given.started_at),
    )
    return section(
        "origin",
        "The file",
        h("ul", [h("li", each) for each in given.notes], class_="remarks") if given.notes else None,
        h("dl", [h("div", h("dt", fact), h("dd", what)) for fact, what in facts], class_="facts exact"),
    )


_MEASURED = (Column("By the labels"), Column("95 % confidence interval"))


def _metrics(found: Realised) -> list[Row]:
    rates = (("Fraud precision", found.precision), ("Fraud recall", found.recall), ("Fraud F1", found.f1))
    return [
        *(Row(name, (score(each.estimate), score_range(each))) for name, each in rates),
        *(
            Row(name, (money(each.estimate), money_range(each)))
            for name, each in (("Cost", found.cost), ("Saved against no model", found.saved))
        ),
    ]


def _lede(report: BatchReport) -> str:
    known = report.realised
    if known is not None:
        counts = known.confusion
        return (
            f"By the file's own labels, {count(counts.frauds_detected)} of {counted(counts.frauds, 'fraud')} raised an "
            f"alarm, and the model's mistakes cost {money(known.cost.estimate)}."
        )
    found = report.estimates
    if found is None:
        return report.not_known or ""
    return (
        f"About {counted(round(found.frauds.estimate), 'fraud')} are expected among the rows "
        f"({_whole_range(found.frauds)} at 95 % confidence), of which the alarms catch "
        f"{_whole(found.caught.estimate)}. The model's mistakes are expected to cost {money(found.cost.estimate)} "
        f"({money_range(found.cost)})."
    )


def _tiles(report: BatchReport) -> Element:
    sums, found = report.sums, report.estimates
    tiles = [("Alarms", count(sums.alarms), f"{share(sums.alarms / max(sums.count, 1))} of the rows")]
    if found is not None:
        tiles += [
            ("Frauds expected", _whole(found.frauds.estimate), _whole_range(found.frauds)),
            ("False alarms expected", _whole(found.false_alarms.estimate), _whole_range(found.false_alarms)),
            ("Cost expected", money(found.cost.estimate), money_range(found.cost)),
        ]
    if report.realised is not None:
        counts = report.realised.confusion
        tiles += [("Frauds by label", count(counts.frauds), f"{count(counts.frauds_missed)} of them missed")]
    return h(
        "dl", [h("div", h("dt", name), h("dd", value), h("dd", what)) for name, value, what in tiles], class_="tiles"
    )


def _prices(report: BatchReport) -> str:
    alarm = f"a false alarm costs {money(report.costs.false_alarm)}"
    if report.amount_column is None:
        return f"A missed fraud costs {money(report.costs.missed_fraud)}, {alarm}."
    return f"A missed fraud costs its own amount, from the column '{report.amount_column}'; {alarm}."


def _doubts(report: BatchReport) -> Child:
    if not report.doubts:
        return None
    said = [h("p", each) for each in report.doubts]
    return h("div", h("p", h("strong", "Doubtful")), said, class_="verdict waiting")


def _unpriced(report: BatchReport) -> Child:
    rows = report.sums.unpriced
    if not rows:
        return None
    return note(
        f"{counted(rows, 'row')} without an amount of zero or more in the column '{report.amount_column}' count as "
        "free of cost if missed."
    )


def _whole(number: float) -> str:
    """Write an expected count: whole from 10 on, with a decimal below."""
    return f"{number:,.0f}" if number >= 10 else f"{number:.1f}"  # noqa: PLR2004 - as money is written


def _whole_range(interval: Interval) -> str:
    return f"{interval.low:,.0f} to {interval.high:,.0f}"


def _band(band: int) -> str:
    low, high = BAND_EDGES[band], BAND_EDGES[band + 1]
    return f"up to {probability(high)}" if band == 0 else f"{probability(low)} to {probability(high)}"
