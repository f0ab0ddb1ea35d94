"""Assembly of the report pages: of a run, and of a scored batch."""

from collections.abc import Sequence

from functions.core.report import (
    batch_section,
    clock_section,
    columns_section,
    origin_section,
    outcome_section,
    quality_section,
    upload_section,
)
from functions.core.report.batch_contents import BatchReport
from functions.core.report.contents import Report
from functions.core.report.markup import Element, h, render
from functions.core.report.style import CSS
from functions.core.report.threshold_section import threshold

# Nothing is fetched or run, even if a name in the data escaped the escaping.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"


def render_report(data: Report) -> str:
    """Write the report page of a run as one HTML document, UTF-8, that needs nothing else to be shown."""
    sections = [
        outcome_section.mistakes(data.outcome),
        threshold(data.outcome, data.curves),
        outcome_section.decision(data.decision),
        quality_section.candidates(data.comparison),
        quality_section.curves(data.curves, data.outcome.confusion),
        quality_section.uncertainty(data.intervals, data.outcome),
        *clock_section.by_clock(data.latest_rows, data.data.split_explanation),
        upload_section.drift(data.drift),
        quality_section.importances(data.importances, data.not_explained),
        *filter(None, [columns_section.columns(data.data)]),
        upload_section.data(data.data),
        origin_section.lineage(data.lineage),
    ]
    return _document(f"Run report of {data.data.file}", outcome_section.header(data), sections)


def render_batch(data: BatchReport) -> str:
    """Write the report page of a scored batch likewise."""
    sections = [
        batch_section.expected(data),
        *filter(None, [batch_section.realised(data)]),
        upload_section.drift(data.drift),
        batch_section.scores(data),
        batch_section.origin(data.origin),
    ]
    return _document(f"Scores of {data.origin.file}", batch_section.header(data), sections)


def _document(title: str, header: Element, sections: Sequence[Element]) -> str:
    body = h("body", header, _contents(sections), h("main", sections))
    head = "".join(
        render(element)
        for element in (
            h("meta", charset="utf-8"),
            h("meta", http_equiv="Content-Security-Policy", content=_POLICY),
            h("meta", name="viewport", content="width=device-width, initial-scale=1"),
            h("meta", name="color-scheme", content="light dark"),
            h("meta", name="referrer", content="no-referrer"),
            h("title", title),
        )
    )
    return f'<!doctype html>\n<html lang="en"><head>{head}<style>{CSS}</style></head>{render(body)}</html>\n'


def _contents(sections: Sequence[Element]) -> Element:
    links = []
    for each in sections:
        heading = next(child for child in each.children if isinstance(child, Element) and child.tag == "h2")
        links.append(h("li", h("a", heading.children, href=f"#{dict(each.attributes)['id']}")))
    return h("nav", h("ul", links), aria_label="Sections")
