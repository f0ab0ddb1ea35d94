"""Assembly of the report page."""

from functions.core.report import origin_section, outcome_section, quality_section, upload_section
from functions.core.report.contents import Report
from functions.core.report.markup import Element, h, render
from functions.core.report.style import CSS
from functions.core.report.threshold_section import threshold

# Nothing is fetched or run, even if a name in the data escaped the escaping.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"


def render_report(data: Report) -> str:
    """Write the report page of a run as one HTML document, UTF-8, that needs nothing else to be shown."""
    sections = (
        outcome_section.mistakes(data.outcome),
        threshold(data.outcome, data.curves),
        outcome_section.decision(data.decision),
        quality_section.candidates(data.comparison),
        quality_section.curves(data.curves, data.outcome.confusion),
        quality_section.uncertainty(data.intervals, data.outcome),
        upload_section.drift(data.drift),
        quality_section.importances(data.importances, data.not_explained),
        upload_section.data(data.data),
        origin_section.lineage(data.lineage),
    )
    body = h("body", outcome_section.header(data), _contents(sections), h("main", sections))
    head = "".join(
        render(element)
        for element in (
            h("meta", charset="utf-8"),
            h("meta", http_equiv="Content-Security-Policy", content=_POLICY),
            h("meta", name="viewport", content="width=device-width, initial-scale=1"),
            h("meta", name="color-scheme", content="light dark"),
            h("meta", name="referrer", content="no-referrer"),
            h("title", f"Run report of {data.data.file}"),
        )
    )
    return f'<!doctype html>\n<html lang="en"><head>{head}<style>{CSS}</style></head>{render(body)}</html>\n'


def _contents(sections: tuple[Element, ...]) -> Element:
    links = []
    for each in sections:
        heading = next(child for child in each.children if isinstance(child, Element) and child.tag == "h2")
        links.append(h("li", h("a", heading.children, href=f"#{dict(each.attributes)['id']}")))
    return h("nav", h("ul", links), aria_label="Sections")
