"""Outcome of the run in business terms: the page's header, the promotion decision, and the cost of mistakes."""

from functions.core.evaluation.intervals import Interval
from functions.core.report.blocks import Column, Row, note, section, table
from functions.core.report.columns_section import warning
from functions.core.report.contents import Outcome, Report, ReportedDecision, Rivals
from functions.core.report.formats import count, moment, money, money_range, score, share
from functions.core.report.markup import Child, Element, h
from functions.core.wording import counted


def header(report: Report) -> Element:
    """Return the page's header: result, decision and key metrics."""
    outcome, lineage = report.outcome, report.lineage
    verdict = "New champion" if report.decision.promoted else "Challenger"
    return h(
        "header",
        h("p", f"Run report of {report.data.file}, {moment(lineage.started_at)}", class_="eyebrow"),
        h("h1", _headline(outcome)),
        warning(report.data),
        h("p", _lede(outcome, report.intervals.saved), class_="lede"),
        h(
            "div",
            h("p", h("strong", verdict)),
            h("p", f"{lineage.model_name} version {lineage.model_version}, {outcome.algorithm}"),
            h("p", report.decision.reason),
            class_=f"verdict {'promoted' if report.decision.promoted else 'waiting'}",
        ),
        h("p", report.data.target_explanation, class_="note"),
        _tiles(outcome, report.intervals.saved),
    )


def decision(decided: ReportedDecision) -> Element:
    """Return the comparison of champion and challenger, or the reason why there is none."""
    if decided.rivals is None:
        content: Child = h("p", "The new model was not measured against a champion. ", decided.reason)
    else:
        content = _rivals(decided.rivals)
    return section("decision", "Champion or challenger", content)


def mistakes(outcome: Outcome) -> Element:
    """Return the confusion matrix: each cell's count, its share of the row, and its cost."""
    counts, impact = outcome.confusion, outcome.impact
    legitimate = counts.rows - counts.frauds
    rows = (
        Row(
            f"Fraud ({count(counts.frauds)})",
            (
                _cell(counts.frauds_detected, counts.frauds, f"{money(_prevented(outcome))} not lost", "good"),
                _cell(counts.frauds_missed, counts.frauds, f"{money(impact.lost_to_missed_frauds)} lost", "bad"),
            ),
        ),
        Row(
            f"Legitimate ({count(legitimate)})",
            (
                _cell(counts.false_alarms, legitimate, f"{money(impact.spent_on_false_alarms)} spent", "bad"),
                _cell(counts.legitimate_passed, legitimate, "no cost", "good"),
            ),
        ),
    )
    columns = (Column("Label", "text"), Column("Flagged"), Column("Passed"))
    return section(
        "mistakes",
        "Mistakes and what they cost",
        h("p", _prices(outcome)),
        table(f"Decisions on the {count(counts.rows)} rows of the test split", columns, rows, style="matrix"),
    )


def _headline(outcome: Outcome) -> str:
    counts = outcome.confusion
    alarms = counted(counts.false_alarms, "false alarm")
    if not counts.frauds:
        return f"No fraud to find, {alarms}."
    return f"{count(counts.frauds_detected)} of {counted(counts.frauds, 'fraud')} caught, {alarms}."


def _lede(outcome: Outcome, saved: Interval) -> str:
    impact, missed = outcome.impact, outcome.confusion.frauds_missed
    start = (
        f"On rows that it never saw, the model missed {counted(missed, 'fraud')}. Its mistakes cost "
        f"{money(impact.total_cost)}, where {impact.without_model} would have cost {money(impact.cost_without_model)}: "
    )
    if impact.saved < 0:
        return f"{start}it costs {money(-impact.saved)} more than no model."
    if not impact.saved:
        return f"{start}it saves nothing."
    if saved.low <= 0:
        return f"{start}it saves {money(impact.saved)}, which may be chance ({money_range(saved)} at 95 % confidence)."
    part = share(impact.saved / impact.cost_without_model)
    return f"{start}it saves {money(impact.saved)}, or {part} ({money_range(saved)} at 95 % confidence)."


def _tiles(outcome: Outcome, saved: Interval) -> Element:
    counts, impact = outcome.confusion, outcome.impact
    tiles = [
        ("Frauds caught", count(counts.frauds_detected), f"{share(counts.recall)} of {count(counts.frauds)}", "good"),
        ("Frauds missed", count(counts.frauds_missed), f"{money(impact.lost_to_missed_frauds)} lost", "bad"),
        ("False alarms", count(counts.false_alarms), f"{share(counts.precision)} of all alarms are fraud", None),
        ("Saved", money(impact.saved), f"against {impact.without_model}", "good" if saved.low > 0 else "bad"),
    ]
    if outcome.return_on_operation is not None:
        tiles.append(("Return", share(outcome.return_on_operation), "on the cost of operation", None))
    shown = [
        h("div", h("dt", name), h("dd", figure, class_=style), h("dd", what)) for name, figure, what, style in tiles
    ]
    return h("dl", shown, class_="tiles")


def _rivals(rivals: Rivals) -> list[Element]:
    columns = (Column("Model", "text"), *map(Column, ("Cost", "Missed", "False alarms", "Average precision")))
    rows = [
        Row(
            f"{name}, version {rival.version}",
            (money(rival.cost), count(rival.frauds_missed), count(rival.false_alarms), score(rival.average_precision)),
        )
        for name, rival in (("Champion before", rivals.champion), ("This run's model", rivals.challenger))
    ]
    difference = rivals.cost_difference
    direction = "less" if difference.estimate < 0 else "more"
    caption = f"Both models on the same {count(rivals.rows)} rows with {counted(rivals.frauds, 'fraud')}"
    return [
        h(
            "p",
            f"The new model costs {money(abs(difference.estimate))} {direction} than the champion. The 95 % "
            f"interval of the paired difference is {money_range(difference)} (gamma limits on the rows that the two "
            "decide differently); below zero, the new model is the cheaper one.",
        ),
        table(caption, columns, rows),
        note(_left_out(rivals.rows_left_out)),
    ]


def _left_out(rows: int) -> str:
    if not rows:
        return "The champion was trained on none of these rows."
    return f"{counted(rows, 'row')} of the test split on which the champion was trained are left out, for both models."


def _cell(number: int, of: int, remark: str, style: str) -> list[Child]:
    part = f"{share(number / of)}, " if of else ""
    return [h("span", count(number), class_=f"figure {style}"), h("span", f"{part}{remark}", class_="remark")]


def _prevented(outcome: Outcome) -> float:
    return outcome.impact.cost_of_doing_nothing - outcome.impact.lost_to_missed_frauds


def _prices(outcome: Outcome) -> Child:
    alarm = f"a false alarm costs {money(outcome.costs.false_alarm)}"
    if outcome.amount_column is None:
        return f"A missed fraud costs {money(outcome.costs.missed_fraud)}, {alarm}."
    return ["A missed fraud costs its own amount, from the column ", h("code", outcome.amount_column), f"; {alarm}."]
