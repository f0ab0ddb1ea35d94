"""A chart with its words: the page shows it as a figure, MLflow as a file of its own."""

from dataclasses import dataclass

from functions.core.report.markup import Element


@dataclass(frozen=True, slots=True)
class Drawing:
    """A chart, its title, what is said of it, and its legend: the style of each mark with its words.

    ``chart`` is None where there is nothing to draw; ``caption`` says why.
    """

    title: str
    chart: Element | None
    caption: str | None = None
    legends: tuple[tuple[str, str], ...] = ()
