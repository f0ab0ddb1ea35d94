"""Line charts as inline SVG, as wide as a phone's screen; wider screens show two of them side by side."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from functions.core.report.axes import Axis
from functions.core.report.markup import Element, h

WIDTH, HEIGHT = 360, 270
_LEFT, _RIGHT, _TOP, _BOTTOM = 48, 340, 26, 224
_TICK_GAP, _RADIUS = 6, 5.5

type Points = Iterable[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart's frame; ``identifier`` is unique on the page, ``description`` is its text alternative."""

    identifier: str
    title: str
    description: str
    x: Axis
    y: Axis

    def line(self, points: Points, style: str, *, stepped: bool = False) -> Element:
        """Draw a line through points (x, y), straight or in steps that hold each height until the next point."""
        return self._path(points, f"line {style}", stepped=stepped)

    def bars(self, edges: Sequence[float], heights: Sequence[float], style: str) -> tuple[Element, Element]:
        """Draw a histogram of n bars between n + 1 edges, as one shape with its outline."""
        points = [(edges[0], self.y.low), *zip(edges, (*heights, self.y.low), strict=True)]
        return (
            self._path(points, f"area {style}", stepped=True),
            self._path(points, f"line {style}", stepped=True),
        )

    def marker(self, x: float, y: float, style: str) -> Element:
        """Draw a marker; a point beyond the frame is marked at its edge."""
        across, down = self._place(x, y)
        across, down = min(max(across, _LEFT), _RIGHT), min(max(down, _TOP), _BOTTOM)
        return h("circle", cx=f"{across:.1f}", cy=f"{down:.1f}", r=_RADIUS, class_=f"marker {style}")

    def whisker(self, x: float, low: float, high: float, style: str) -> Element:
        """Draw a vertical error bar from ``low`` to ``high``."""
        return self.line(((x, low), (x, high)), f"whisker {style}")

    def level(self, y: float, style: str) -> Element:
        """Draw a horizontal line."""
        return self.line(((self.x.low, y), (self.x.high, y)), style)

    def draw(self, *marks: Element | Sequence[Element]) -> Element:
        """Return the SVG of the frame with its marks."""
        frame = {"x": _LEFT, "y": _TOP - 2, "width": _RIGHT - _LEFT, "height": _BOTTOM - _TOP + 4}
        return h(
            "svg",
            h("title", self.title, id=f"{self.identifier}-title"),
            h("desc", self.description, id=f"{self.identifier}-desc"),
            h("clipPath", h("rect", **frame), id=f"{self.identifier}-frame"),
            self._grid(),
            marks,
            viewBox=f"0 0 {WIDTH} {HEIGHT}",
            role="img",
            aria_labelledby=f"{self.identifier}-title {self.identifier}-desc",
            class_="chart",
        )

    def _path(self, points: Points, style: str, *, stepped: bool) -> Element:
        places = [self._place(*point) for point in points]
        start, rest = places[:1], places[1:]
        moves = [f"M{x:.1f} {y:.1f}" for x, y in start]
        moves += [f"H{x:.1f}V{y:.1f}" if stepped else f"L{x:.1f} {y:.1f}" for x, y in rest]
        return h("path", d="".join(moves), class_=style, clip_path=f"url(#{self.identifier}-frame)")

    def _place(self, x: float, y: float) -> tuple[float, float]:
        across = _LEFT + self.x.position(x) * (_RIGHT - _LEFT)
        return across, _BOTTOM - self.y.position(y) * (_BOTTOM - _TOP)

    def _grid(self) -> list[Element]:
        grid = []
        for value, name in self.y.ticks:
            _, down = self._place(self.x.low, value)
            grid.append(h("line", x1=_LEFT, x2=_RIGHT, y1=f"{down:.1f}", y2=f"{down:.1f}", class_="grid"))
            grid.append(h("text", name, x=_LEFT - _TICK_GAP, y=f"{down + 4:.1f}", class_="tick end"))
        for value, name in self.x.ticks:
            across, _ = self._place(value, self.y.low)
            grid.append(h("line", x1=f"{across:.1f}", x2=f"{across:.1f}", y1=_TOP, y2=_BOTTOM, class_="grid"))
            grid.append(h("text", name, x=f"{across:.1f}", y=_BOTTOM + 16, class_="tick middle"))
        grid.append(h("line", x1=_LEFT, x2=_RIGHT, y1=_BOTTOM, y2=_BOTTOM, class_="axis"))
        grid.append(h("text", self.y.label, x=2, y=12, class_="label"))
        grid.append(h("text", self.x.label, x=_RIGHT, y=HEIGHT - 8, class_="label end"))
        return grid
