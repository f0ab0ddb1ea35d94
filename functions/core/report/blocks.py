"""Building blocks of the page: sections, tables, legends and charts with captions."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from functions.core.report.drawings import Drawing
from functions.core.report.markup import Child, Element, h, visible

# Keeps the page of a table with thousands of columns readable, and small.
MAX_ROWS = 200
_LONGEST_NAME = 48


@dataclass(frozen=True, slots=True)
class Column:
    """A table's column; numbers are right-aligned, ``bars`` are drawings, ``prose`` may wrap."""

    title: str
    kind: Literal["number", "text", "bars", "prose"] = "number"


@dataclass(frozen=True, slots=True)
class Row:
    """A table's row, its header first; ``style`` is its CSS class."""

    header: Child
    cells: Sequence[Child]
    style: str | None = None


def section(identifier: str, title: str, *content: Child) -> Element:
    """Return a section of the page."""
    heading = h("h2", title, id=f"{identifier}-heading")
    return h("section", heading, content, id=identifier, aria_labelledby=f"{identifier}-heading")


def table(caption: str, columns: Sequence[Column], rows: Iterable[Row], *, style: str | None = None) -> Element:
    """Return a table of the first ``MAX_ROWS`` rows, which scrolls within itself where the screen is narrower."""
    given = list(rows)
    styles = [None if column.kind == "number" else column.kind for column in columns]
    body = [
        h(
            "tr",
            h("th", row.header, scope="row"),
            [h("td", cell, class_=kind) for cell, kind in zip(row.cells, styles[1:], strict=True)],
            class_=row.style,
        )
        for row in given[:MAX_ROWS]
    ]
    head = [h("th", column.title, scope="col", class_=kind) for column, kind in zip(columns, styles, strict=True)]
    whole = h("table", h("caption", h("span", caption)), h("thead", h("tr", head)), h("tbody", body), class_=style)
    rest = note(f"The first {MAX_ROWS} of {len(given):,} rows.") if len(given) > MAX_ROWS else None
    return h("div", whole, rest, class_="scroll", role="region", aria_label=caption, tabindex="0")


def chart_figure(title: Child, chart: Element, *caption: Child) -> Element:
    """Return a chart between its title and its caption."""
    return h("figure", h("h3", title), chart, h("figcaption", caption))


def drawn(drawing: Drawing) -> Element:
    """Return a drawing with its title, caption and legend."""
    if drawing.chart is None:
        return h("figure", h("h3", drawing.title), h("p", drawing.caption))
    return chart_figure(drawing.title, drawing.chart, drawing.caption, legend(*drawing.legends))


def legend(*entries: tuple[str, str]) -> Element:
    """Return a legend of pairs: a mark's style and its label."""
    return h("ul", [h("li", _swatch(style), words) for style, words in entries], class_="legend")


def note(*content: Child) -> Element:
    """Return a remark in smaller print."""
    return h("p", content, class_="note")


def name(text: str) -> Element:
    """Return a name from the data, a long one cut, with the whole of it as its tooltip."""
    whole = visible(text)
    if len(whole) <= _LONGEST_NAME:
        return h("span", whole)
    return h("span", f"{whole[: _LONGEST_NAME - 1]}…", title=whole)


def titled(text: str, title: str | None) -> Child:
    """Return a column's name; of one with a title, that with the name after it."""
    return name(text) if title is None else (h("span", title), " ", h("span", name(text), class_="remark"))


def with_range(figure: str, interval: str) -> tuple[Element, Element]:
    """Return a point estimate with its interval below."""
    return h("span", figure, class_="estimate"), h("span", interval, class_="remark")


def _swatch(style: str) -> Element:
    dashed = style == "dashed"
    mark = h("line", x1=0, x2=12, y1=6, y2=6, class_=style) if dashed else h("circle", cx=6, cy=6, r=5, class_=style)
    return h("svg", mark, viewBox="0 0 12 12", aria_hidden="true", class_="swatch")
