"""A chart with its title, caption and legend, for the page and for MLflow."""

from dataclasses import dataclass

from functions.core.report.markup import Element


@dataclass(frozen=True, slots=True)
class Drawing:
    """A chart, its title, its caption, and its legend: the style of each mark with its label.

    ``chart`` is None where there is nothing to draw; ``caption`` is then the reason.
    """

    title: str
    chart: Element | None
    caption: str | None = None
    legends: tuple[tuple[str, str], ...] = ()
