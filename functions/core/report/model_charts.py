"""Charts of a model: precision-recall curve, ROC curve, reliability diagram and cost curve."""

from functions.core.evaluation.confusion import Confusion
from functions.core.evaluation.results import Curves
from functions.core.report.axes import decade_below, decades, from_zero
from functions.core.report.charts import Chart
from functions.core.report.drawings import Drawing
from functions.core.report.formats import brier, money, probability, score, share
from functions.core.report.markup import Element
from functions.core.wording import counted

_LOWEST_DECADE = -6
# The chart's height over the baseline's cost.
_HEADROOM = 1.15


def precision_recall(curves: Curves, confusion: Confusion) -> Drawing:
    """Draw the precision-recall curve with the operating point."""
    title, curve = "Precision and recall", curves.precision_recall
    if curve is None:
        return _undrawn(title)
    average = f"Average precision {score(curves.average_precision)}."
    here = f"precision {score(confusion.precision)}, recall {score(confusion.recall)}"
    base = confusion.frauds / confusion.rows
    chart = Chart(
        "precision-recall",
        title,
        f"{average} At the threshold: {here}.",
        from_zero("recall: share of the frauds found", 1, share),
        from_zero("precision: share of the alarms that are fraud", 1, share),
    )
    drawn = chart.draw(
        chart.level(base, "reference"),
        chart.line(zip(curve.recall, curve.precision, strict=True), "main", stepped=True),
        chart.marker(confusion.recall, confusion.precision, "first"),
    )
    legends = (("first", f"at the threshold: {here}"), ("dashed", f"chance: {share(base)}"))
    return Drawing(title, drawn, average, legends)


def roc(curves: Curves, confusion: Confusion) -> Drawing:
    """Draw the ROC curve with the operating point; the false alarm rate is logarithmic."""
    title, curve = "ROC curve", curves.roc
    if curve is None:
        return _undrawn(title)
    area = f"Area under the curve {score(curves.roc_auc)}."
    here = f"recall {score(confusion.recall)}, false alarm rate {share(confusion.false_alarm_rate)}"
    least = min((rate for rate in curve.false_alarm_rate if rate > 0), default=1.0)
    chart = Chart(
        "roc",
        title,
        f"{area} At the threshold: {here}.",
        decades("false alarm rate, logarithmic", decade_below(least, lowest=_LOWEST_DECADE)),
        from_zero("recall: share of the frauds found", 1, share),
    )
    chance = [(10 ** (step / 10), 10 ** (step / 10)) for step in range(_LOWEST_DECADE * 10, 1)]
    drawn = chart.draw(
        chart.line(chance, "reference"),
        chart.line(zip(curve.false_alarm_rate, curve.recall, strict=True), "main"),
        chart.marker(confusion.false_alarm_rate, confusion.recall, "first"),
    )
    return Drawing(title, drawn, area, (("first", f"at the threshold: {here}"), ("dashed", "chance")))


def reliability(curves: Curves) -> Drawing:
    """Draw the reliability diagram with exact 95 % intervals."""
    title, bins = "Reliability", curves.reliability
    if not bins:
        return _undrawn(title)
    lowest = decade_below(min(each.mean_probability for each in bins), lowest=_LOWEST_DECADE)
    said = (
        f"Predicted {probability(each.mean_probability)}: {counted(each.frauds, 'fraud')} of "
        f"{counted(each.rows, 'row')}."
        for each in bins
    )
    chart = Chart(
        "reliability",
        title,
        f"Brier score {brier(curves.brier_score)}. {' '.join(said)}",
        decades("predicted probability, logarithmic", lowest),
        decades("observed share of frauds, logarithmic", lowest),
    )
    legends = (
        ("first", "bins of rows, with 95 % intervals (exact)"),
        ("hollow", "bins without a single fraud, drawn at the bottom"),
        ("dashed", "perfect calibration"),
    )
    caption = f"Brier score {brier(curves.brier_score)}; 0 is perfect."
    return Drawing(title, chart.draw(_reliability_marks(chart, curves)), caption, legends)


def _reliability_marks(chart: Chart, curves: Curves) -> list[Element]:
    floor, bins = chart.y.low, curves.reliability
    marks: list[Element] = [chart.line(((floor, floor), (1, 1)), "reference")]
    marks += [
        chart.whisker(each.mean_probability, max(each.low, floor), each.high, "first" if each.frauds else "faint")
        for each in bins
    ]
    marks += [
        chart.marker(each.mean_probability, each.fraud_share, "first" if each.frauds else "hollow") for each in bins
    ]
    return marks


def cost(curves: Curves) -> Drawing:
    """Draw the cost curve with the chosen threshold, 0.5 and the baseline without a model."""
    title, points = "Cost of each threshold", curves.points
    instead, otherwise = points.without_model
    high = _HEADROOM * max(otherwise.cost, points.chosen.cost, points.at_half.cost)
    within = [each.threshold for each in curves.cost if each.cost <= high and each.threshold > 0]
    chart = Chart(
        "cost",
        title,
        f"The chosen threshold {probability(points.chosen.threshold)} costs {money(points.chosen.cost)}, "
        f"a threshold of 0.5 {money(points.at_half.cost)}, {instead} {money(otherwise.cost)}.",
        decades("threshold, logarithmic", decade_below(min(within, default=0.0), lowest=_LOWEST_DECADE)),
        from_zero("cost of the mistakes", high, money),
    )
    drawn = chart.draw(
        chart.level(otherwise.cost, "reference"),
        chart.line([(each.threshold, each.cost) for each in curves.cost], "main"),
        chart.marker(points.at_half.threshold, points.at_half.cost, "second"),
        chart.marker(points.chosen.threshold, points.chosen.cost, "first"),
    )
    legends = (
        ("first", f"chosen, {probability(points.chosen.threshold)}: cost {money(points.chosen.cost)}"),
        ("second", f"0.5: cost {money(points.at_half.cost)}"),
        ("dashed", f"{instead}: cost {money(otherwise.cost)}"),
    )
    return Drawing(title, drawn, None, legends)


def _undrawn(title: str) -> Drawing:
    return Drawing(title, None, "Can't be drawn: the test split lacks one of the two classes.")
