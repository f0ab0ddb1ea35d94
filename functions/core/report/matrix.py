"""The confusion matrix as a chart."""

from functions.core.evaluation.confusion import Confusion
from functions.core.report.charts import WIDTH
from functions.core.report.formats import count, share
from functions.core.report.markup import Element, h

_LEFT, _TOP, _CELL_WIDTH, _CELL_HEIGHT = 70, 4, 145, 96
_HEIGHT = _TOP + 2 * _CELL_HEIGHT + 40
# A darker shade needs light text.
_DARK = 0.75


def outcome_matrix(confusion: Confusion) -> Element:
    """Draw a confusion matrix, truth over decision: each cell's count and its share of the row, which is its shade."""
    honest = confusion.legitimate_passed + confusion.false_alarms
    rows = (
        ("legitimate", honest, ((confusion.legitimate_passed, "passed"), (confusion.false_alarms, "false alarms"))),
        ("fraud", confusion.frauds, ((confusion.frauds_missed, "missed"), (confusion.frauds_detected, "detected"))),
    )
    marks: list[Element] = []
    for row, (truth, total, cells) in enumerate(rows):
        marks.append(h("text", truth, x=_LEFT - 8, y=_middle(row) + 4, class_="label end"))
        for column, (number, remark) in enumerate(cells):
            marks += _cell(row, column, number, of=total, remark=remark)
    for column, decision in enumerate(("passed", "flagged")):
        across = _LEFT + (column + 0.5) * _CELL_WIDTH
        marks.append(h("text", decision, x=across, y=_HEIGHT - 22, class_="label middle"))
    marks.append(h("text", "the model's decision", x=_LEFT + _CELL_WIDTH, y=_HEIGHT - 4, class_="middle"))
    return h(
        "svg",
        h("title", "Confusion matrix"),
        h("desc", _describe(confusion)),
        marks,
        viewBox=f"0 0 {WIDTH} {_HEIGHT}",
        class_="chart",
    )


def _cell(row: int, column: int, number: int, *, of: int, remark: str) -> tuple[Element, Element, Element]:
    part = number / of if of else 0.0
    left, middle = _LEFT + column * _CELL_WIDTH, _middle(row)
    tone = " inverse" if part >= _DARK else ""
    box = {"x": left, "y": middle - _CELL_HEIGHT / 2, "width": _CELL_WIDTH, "height": _CELL_HEIGHT}
    across = left + _CELL_WIDTH / 2
    return (
        h("rect", **box, class_="shade", fill_opacity=f"{part:.3f}"),
        h("text", count(number), x=across, y=middle + 2, class_=f"figure middle{tone}"),
        h("text", f"{remark}, {share(part)}", x=across, y=middle + 22, class_=f"label middle{tone}"),
    )


def _middle(row: int) -> float:
    return _TOP + (row + 0.5) * _CELL_HEIGHT


def _describe(confusion: Confusion) -> str:
    return (
        f"{count(confusion.frauds_detected)} frauds detected, {count(confusion.frauds_missed)} missed, "
        f"{count(confusion.false_alarms)} false alarms, {count(confusion.legitimate_passed)} legitimate rows passed."
    )
