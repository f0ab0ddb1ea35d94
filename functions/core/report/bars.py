"""Bar charts as inline SVG: paired histograms, scores, and the bars and intervals in a table's cells."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from functions.core.evaluation.intervals import Interval
from functions.core.report.axes import from_zero
from functions.core.report.contents import BinChange
from functions.core.report.formats import score, share
from functions.core.report.markup import Element, h, visible

_WIDTH, _LEFT, _RIGHT = 360, 122, 342
_ROW, _BAR, _AXIS = 25, 9, 24
_ROW_OF_ONE, _TITLE = 17, 14
_LONGEST_LABEL, _LONGEST_TITLE = 18, 64
_CELL_WIDTH, _CELL_HEIGHT = 200, 16


def paired_bars(bins: Sequence[BinChange], *, identifier: str, title: str) -> Element:
    """Draw two histograms, the champion's data above the new data in each bin, as shares on one scale from zero."""
    axis = from_zero("share of the rows", max(max(each.reference, each.new) for each in bins), share)
    bottom = len(bins) * _ROW
    marks: list[Element] = []
    for value, name in axis.ticks:
        across = _across(axis.position(value))
        marks.append(h("line", x1=across, x2=across, y1=0, y2=bottom, class_="grid"))
        marks.append(h("text", name, x=across, y=bottom + 16, class_="tick middle"))
    for i, each in enumerate(bins):
        top = i * _ROW + 3
        marks.append(h("text", _shorten(each.label), x=_LEFT - 8, y=top + _BAR + 4, class_="tick end"))
        for place, (part, style) in enumerate(((each.reference, "old"), (each.new, "new"))):
            width = f"{axis.position(part) * (_RIGHT - _LEFT):.1f}"
            marks.append(h("rect", x=_LEFT, y=top + place * _BAR, width=width, height=_BAR, class_=f"bar {style}"))
    return _chart(identifier, title, _describe(bins), marks, bottom + _AXIS)


@dataclass(frozen=True, slots=True)
class ScoreBar:
    """A labelled score from 0 to 1, and the style of its bar; a ``title`` stands on a line above it."""

    name: str
    score: float
    style: str
    title: str | None = None

    @property
    def height(self) -> int:
        """What the bar takes with its title."""
        return _ROW_OF_ONE if self.title is None else _ROW_OF_ONE + _TITLE


def score_bars(bars: Sequence[ScoreBar], *, limits: Mapping[str, float], identifier: str, title: str) -> Element:
    """Draw a bar for each score, on one scale from zero, with dashed lines at labelled limits."""
    axis = from_zero("", max(*(each.score for each in bars), *limits.values()) * 1.15, score)
    bottom = _AXIS + sum(each.height for each in bars)
    marks: list[Element] = []
    for limit, value in limits.items():
        across = _across(axis.position(value))
        marks.append(h("text", limit, x=across, y=12, class_="tick middle"))
        marks.append(h("line", x1=across, x2=across, y1=18, y2=bottom, class_="line reference"))
    top = _AXIS
    for each in bars:
        length = axis.position(each.score) * (_RIGHT - _LEFT)
        if each.title is not None:
            marks.append(h("text", _shorten(each.title, _LONGEST_TITLE), x=8, y=top + 10, class_="label"))
            top += _TITLE
        marks.append(h("text", _shorten(each.name), x=_LEFT - 8, y=top + 10, class_="label end"))
        marks.append(h("rect", x=_LEFT, y=top, width=f"{length:.1f}", height=12, class_=f"bar {each.style}"))
        marks.append(h("text", f"{each.score:.2f}", x=f"{_LEFT + length + 5:.1f}", y=top + 10, class_="tick over"))
        top += _ROW_OF_ONE
    described = "; ".join(f"{each.title or each.name}: {score(each.score)}" for each in bars)
    return _chart(identifier, title, described, marks, bottom)


def bar_with_spread(mean: float, std: float, scale: tuple[float, float]) -> Element:
    """Draw a bar from zero to a mean with an error bar of one standard deviation, on a scale between two ends.

    The cell beside it holds the same numbers, so it is hidden from screen readers.
    """
    low, high = scale
    zero, end = _inside(0, low, high), _inside(mean, low, high)
    return _cell(
        h("rect", x=f"{min(zero, end):.1f}", y=3, width=f"{abs(end - zero):.1f}", height=10, class_="bar new"),
        _whisker(mean - std, mean + std, low, high),
    )


def dot_with_interval(figure: Interval, *, high: float) -> Element:
    """Draw a point estimate with its interval on a scale from zero to ``high``; hidden as ``bar_with_spread`` is."""
    across = _inside(figure.estimate, 0, high)
    return _cell(
        h("line", x1=0, x2=_CELL_WIDTH, y1=8, y2=8, class_="grid"),
        _whisker(figure.low, figure.high, 0, high),
        h("rect", x=f"{across - 2.5:.1f}", y=2, width=5, height=12, class_="bar new"),
    )


def _chart(identifier: str, title: str, described: str, marks: Sequence[Element], height: int) -> Element:
    return h(
        "svg",
        h("title", title, id=f"{identifier}-title"),
        h("desc", described, id=f"{identifier}-desc"),
        marks,
        viewBox=f"0 0 {_WIDTH} {height}",
        role="img",
        aria_labelledby=f"{identifier}-title {identifier}-desc",
        class_="chart",
    )


def _cell(*marks: Element) -> Element:
    box = f"0 0 {_CELL_WIDTH} {_CELL_HEIGHT}"
    return h("svg", marks, viewBox=box, preserveAspectRatio="none", aria_hidden="true", class_="cell-chart")


def _whisker(start: float, end: float, low: float, high: float) -> Element:
    left, right = _inside(start, low, high), _inside(end, low, high)
    return h("line", x1=f"{left:.1f}", x2=f"{right:.1f}", y1=8, y2=8, class_="whisker plain")


def _inside(value: float, low: float, high: float) -> float:
    return min(max((value - low) / (high - low), 0.0), 1.0) * _CELL_WIDTH if high > low else 0.0


def _across(position: float) -> str:
    return f"{_LEFT + position * (_RIGHT - _LEFT):.1f}"


def _shorten(label: str, longest: int = _LONGEST_LABEL) -> str:
    shown = visible(label)
    return shown if len(shown) <= longest else f"{shown[: longest - 1]}…"


def _describe(bins: Sequence[BinChange]) -> str:
    parts = [f"{each.label}: {share(each.reference)}, now {share(each.new)}" for each in bins]
    return f"Share of the rows in the champion's data and in the new data. {'; '.join(parts)}."
