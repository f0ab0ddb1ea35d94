"""A drawing as a self-contained SVG file without scripts."""

import re
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import replace

from functions.core.report.charts import WIDTH
from functions.core.report.drawings import Drawing
from functions.core.report.markup import Element, h, render, visible
from functions.core.report.style import CSS, MARKS

_MARGIN, _LINE, _TITLE = 10, 16, 24
# Letters of text in a chart's width.
_LETTERS = 62
# Default pixels on the screen for each unit of the drawing.
_SCALE = 1.75
_COLOURS = {**dict(re.findall(r"--(\w+): (#\w+);", CSS.partition("}")[0])), "paper": "#ffffff"}
# Styles that files need and the page has elsewhere.
_OWN = """
text { font: 11.5px system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif; fill: var(--muted); }
text.label, text.entry { fill: var(--ink); }
text.heading { font-size: 15px; font-weight: 600; fill: var(--ink); }
text.end { text-anchor: end; }
text.middle { text-anchor: middle; }
text.figure { font-size: 22px; font-weight: 600; fill: var(--ink); }
text.over { paint-order: stroke; stroke: var(--paper); stroke-width: 4; stroke-linejoin: round; }
text.inverse { fill: var(--paper); }
.paper { fill: var(--paper); }
.shade { fill: var(--accent); stroke: var(--grid); }
.area { opacity: 0.25; }
.legitimate, .stable { fill: var(--accent); }
.frauds { fill: var(--first); }
.watch { fill: var(--amber); }
.retrain { fill: var(--bad); }
.line.legitimate, .line.frauds { fill: none; stroke-width: 1.5; }
.line.frauds { stroke: var(--first); }
"""


def document(drawing: Drawing) -> bytes:
    """Return a drawing as an SVG document, UTF-8: title and caption above the chart, the legend below."""
    marks = list(_words(drawing))
    bottom: float = _TITLE + _LINE * len(_lines(drawing.caption))
    if drawing.chart is not None:
        height = float(dict(drawing.chart.attributes)["viewBox"].split()[3])
        marks.append(_placed(drawing.chart, bottom + _LINE // 2, height))
        bottom += _LINE // 2 + height
    for style, line in _entries(drawing.legends):
        bottom += _LINE
        marks.append(h("text", line, x=18, y=bottom, class_="entry"))
        marks.append(_swatch(style, bottom - 4) if style else None)
    return _file(drawing, [each for each in marks if each], bottom)


def _words(drawing: Drawing) -> Iterator[Element | None]:
    yield h("text", drawing.title, x=0, y=15, class_="heading")
    for number, line in enumerate(_lines(drawing.caption)):
        yield h("text", line, x=0, y=_TITLE + _LINE * number + 11, class_="caption")


def _placed(chart: Element, top: float, height: float) -> Element:
    place = {"x": 0, "y": top, "width": WIDTH, "height": height, "overflow": "visible"}
    return replace(chart, attributes=(*chart.attributes, *((name, f"{value}") for name, value in place.items())))


def _entries(legends: Iterable[tuple[str, str]]) -> Iterator[tuple[str | None, str]]:
    """Return a legend's entries as lines of text, the first of each with its mark."""
    for style, words in legends:
        for number, line in enumerate(_lines(words)):
            yield None if number else style, line


def _swatch(style: str, middle: float) -> Element:
    if style == "dashed":
        return h("line", x1=0, x2=12, y1=middle, y2=middle, class_=style)
    return h("circle", cx=6, cy=middle, r=5, class_=style)


def _lines(words: str | None) -> list[str]:
    return textwrap.wrap(visible(words), _LETTERS) if words else []


def _file(drawing: Drawing, marks: list[Element], bottom: float) -> bytes:
    width, height = WIDTH + 2 * _MARGIN, bottom + 2 * _MARGIN
    svg = h(
        "svg",
        h("title", drawing.title),
        h("desc", drawing.caption),
        h("rect", x=-_MARGIN, y=-_MARGIN, width=width, height=f"{height:g}", class_="paper"),
        marks,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"{-_MARGIN} {-_MARGIN} {width} {height:g}",
        width=f"{width * _SCALE:g}",
        height=f"{height * _SCALE:g}",
        role="img",
    )
    # Viewers other than browsers don't resolve CSS variables.
    style = re.sub(r"var\(--(\w+)\)", lambda found: _COLOURS[found[1]], MARKS + _OWN)
    opening, rest = render(svg).split(">", 1)
    return f"{opening}><style>{style}</style>{rest}\n".encode()
