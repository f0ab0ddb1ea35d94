"""The uploaded data: its drift against the champion's data, and its profile."""

from functions.core.drift import RETRAIN, WATCH
from functions.core.report.bars import paired_bars
from functions.core.report.blocks import Column, Row, chart_figure, legend, name, section, table, titled
from functions.core.report.contents import ColumnProfile, DataSummary, DriftResult, FeatureShift
from functions.core.report.formats import count, date, score, share, value
from functions.core.report.markup import Child, Element, h
from functions.core.wording import counted

_VERDICTS = {
    "no_reference": "Nothing to compare with",
    "another_table": "Another table",
    "not_enough_data": "Too little data to tell",
    "stable": "Stable",
    "watch": "Watch",
    "retrain": "Retrain",
    "not_measured": "Not measured",
}
# 1980 to 2100; as ``functions.core.roles`` takes numbers for epochs.
_CALENDAR = (3.2e8, 4.2e9)
_STYLES = {
    "stable": "promoted",
    "watch": "waiting",
    "retrain": "alarming",
    "another_table": "alarming",
    "not_enough_data": "waiting",
}


def drift(result: DriftResult) -> Element:
    """Return the drift verdict, and the most drifted features with both histograms."""
    style = _STYLES.get(result.verdict, "neutral")
    content: list[Child] = [
        h("div", h("p", h("strong", _VERDICTS[result.verdict])), h("p", result.explanation), class_=f"verdict {style}")
    ]
    if result.score is not None:
        content.append(h("p", _in_numbers(result, result.score)))
    if result.facts:
        content.append(h("dl", [h("div", h("dt", fact), h("dd", what)) for fact, what in result.facts], class_="facts"))
    if result.features:
        content.append(legend(("old", "the champion's data"), ("new", "the new data")))
        shifts = [_shift(place, feature) for place, feature in enumerate(result.features)]
        content.append(h("div", shifts, class_="charts"))
    return section("drift", "Drift", content)


def data(summary: DataSummary) -> Element:
    """Return the profile of the uploaded data and its splits."""
    facts = (
        ("Rows", count(summary.rows)),
        ("Features", count(summary.features)),
        ("Frauds", f"{count(summary.frauds)}, {share(summary.frauds / max(summary.rows, 1))} of the rows"),
        ("Rows that repeat an earlier one", count(summary.duplicate_rows)),
        ("Target", (h("code", summary.target), ". ", summary.target_explanation)),
    )
    columns = ("Missing", "Distinct", "Minimum", "Median", "Maximum")
    splits = [
        Row(split.name, (count(split.rows), count(split.frauds), share(split.frauds / max(split.rows, 1))))
        for split in summary.splits
    ]
    return section(
        "data",
        "The data",
        h("dl", [h("div", h("dt", fact), h("dd", what)) for fact, what in facts], class_="facts"),
        h("ul", [h("li", each) for each in summary.notes], class_="remarks") if summary.notes else None,
        h("h3", "Splits"),
        h("p", summary.split_explanation),
        table("Rows and frauds of each split", _columns("Split", "Rows", "Frauds", "Share of frauds"), splits),
        h("p", summary.thinning) if summary.thinning else None,
        h("h3", "Features"),
        table(
            f"The {counted(len(summary.columns), 'feature')} as uploaded",
            (Column("Feature", "text"), Column("Taken for", "text"), *map(Column, columns)),
            [_profile(column) for column in summary.columns],
        ),
        _categories(summary),
    )


def _in_numbers(result: DriftResult, number: float) -> str:
    reference = f" of version {result.champion_version}" if result.champion_version else ""
    return (
        f"The drift score against the data{reference} is {score(number)}, from 0 to 1: {WATCH:g} means watch, over "
        f"{RETRAIN:g} means retrain. Of {counted(result.compared, 'feature')}, {count(result.changed)} changed "
        f"significantly, and {count(result.drifted)} of these drifted: their change is large enough to matter."
    )


def _shift(place: int, feature: FeatureShift) -> Element:
    said = f"Drift {score(feature.score)}, {'drifted' if feature.drifted else 'within limits'}{feature.said}."
    if not feature.bins:
        heading = h("h3", titled(feature.feature, feature.title))
        return h("figure", heading, h("p", said, " There are no rows to draw."))
    chart = paired_bars(feature.bins, identifier=f"shift-{place}", title=feature.title or feature.feature)
    return chart_figure(titled(feature.feature, feature.title), chart, f"{said} Share of the rows in each bin.")


def _profile(column: ColumnProfile) -> Row:
    ends = (column.minimum, column.median, column.maximum)
    write = date if column.kind == "time" and _is_calendar(column) else value
    figures = tuple("none" if each is None else write(each) for each in ends)
    return Row(name(column.name), (column.kind, share(column.missing_share), count(column.distinct), *figures))


def _is_calendar(column: ColumnProfile) -> bool:
    """Return whether a time counts seconds since 1970, and not those of a clock of its own."""
    first, last = _CALENDAR
    return all(each is not None and first <= each < last for each in (column.minimum, column.maximum))


def _categories(summary: DataSummary) -> Element | None:
    rows = [
        Row(name(column.name), (", ".join(f"{category} ({count(rows)})" for category, rows in column.top),))
        for column in summary.columns
        if column.top
    ]
    if not rows:
        return None
    columns = (Column("Feature", "text"), Column("Categories with their rows", "prose"))
    return table("Most frequent categories", columns, rows)


def _columns(first: str, *others: str) -> tuple[Column, ...]:
    return (Column(first, "text"), *map(Column, others))
