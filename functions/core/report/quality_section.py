"""Quality of the model: candidates, curves, confidence intervals and feature importances."""

import math
import re
from collections.abc import Sequence

from functions.core.evaluation.certainty import Intervals
from functions.core.evaluation.confusion import Confusion
from functions.core.evaluation.results import CandidateResult, Curves, Importance
from functions.core.report import model_charts
from functions.core.report.bars import bar_with_spread, dot_with_interval
from functions.core.report.blocks import Column, Row, drawn, note, section, table, titled, with_range
from functions.core.report.contents import CandidateComparison, Outcome
from functions.core.report.formats import (
    UNKNOWN,
    brier,
    count,
    duration,
    money,
    money_range,
    score,
    score_range,
    share,
    with_spread,
)
from functions.core.report.markup import Child, Element, h
from functions.core.wording import counted


def candidates(comparison: CandidateComparison) -> Element:
    """Return the table of candidates with the reason for the selection."""
    figures = ("Average precision", "Brier score", "Cost", "Missed", "False alarms", "Training")
    columns = (Column("Candidate", "text"), *map(Column, figures))
    collapsed = [
        h("li", h("strong", each.algorithm), ": ", each.collapsed) for each in comparison.candidates if each.collapsed
    ]
    return section(
        "candidates",
        "Candidates compared",
        h("p", comparison.selection),
        table(
            "Each candidate on the test split at its own threshold, with 95 % intervals",
            columns,
            [_candidate(each) for each in comparison.candidates],
        ),
        h("ul", collapsed, class_="remarks") if collapsed else None,
        note(
            "Higher is better for average precision, lower for the Brier score and the cost. The candidate was chosen "
            "without a look at the test split."
        ),
    )


def curves(measured: Curves, confusion: Confusion) -> Element:
    """Return the precision-recall curve, the ROC curve and the reliability diagram."""
    charts = (
        model_charts.precision_recall(measured, confusion),
        model_charts.roc(measured, confusion),
        model_charts.reliability(measured),
    )
    return section("curves", "Curves", h("div", map(drawn, charts), class_="charts"))


def uncertainty(intervals: Intervals, outcome: Outcome) -> Element:
    """Return the metrics and costs with their 95 % confidence intervals."""
    rates = (
        ("Fraud recall", intervals.fraud_recall),
        ("Fraud precision", intervals.fraud_precision),
        ("Fraud F1", intervals.fraud_f1),
        ("Average precision", intervals.average_precision),
    )
    rows = [
        Row(label, (dot_with_interval(each, high=1), with_range(score(each.estimate), score_range(each))))
        for label, each in rates
    ]
    cost = intervals.cost
    end = max(outcome.impact.cost_without_model, cost.high)
    rows += [
        Row(label, (dot_with_interval(each, high=end), with_range(money(each.estimate), money_range(each))))
        for label, each in (("Cost", cost), ("Saved against no model", intervals.saved))
    ]
    columns = (Column("Metric", "text"), Column("From 0 to 1", "bars"), Column("Test split, 95 % interval"))
    return section(
        "uncertainty",
        "Confidence intervals",
        h(
            "p",
            f"The test split holds {counted(outcome.confusion.frauds, 'fraud')}, so every metric is an estimate. The "
            "95 % intervals (exact for rates, gamma limits for costs) hold the true value in at least 95 of 100 runs "
            "like this one. They include mistakes that did not happen: that no fraud was missed does not mean that "
            "none will be.",
        ),
        table("Point estimates of the chosen model with their 95 % confidence intervals", columns, rows),
        note(f"Money is drawn from 0 to {money(end)}.{_amounts(outcome)}"),
    )


def _amounts(outcome: Outcome) -> str:
    """Return the assumption on amounts that the intervals rest on; empty without a column of amounts."""
    if outcome.amount_column is None:
        return ""
    return (
        " The intervals assume that a fraud which the test split lacks costs no more than the dearest one in it, or "
        "than the 99 % quantile of a log-normal distribution fitted to the amounts."
    )


def importances(features: Sequence[Importance], not_explained: str | None = None) -> Element:
    """Return the feature importances, and a sentence on those that are not known."""
    lacking = h("p", not_explained) if not_explained else None
    if not features:
        none = lacking or h("p", "No importances were measured in this run.")
        return section("importances", "Feature importances", none)
    falls = [fall for each in features if (fall := _fall(each))]
    scale = min((0.0, *(mean - std for mean, std in falls))), max((0.0, *(mean + std for mean, std in falls)))
    columns = (
        Column("Feature", "text"),
        Column("Average precision lost", "bars"),
        Column("Mean and standard deviation"),
        Column("Share of contributions"),
    )
    ranked = sorted(features, key=lambda each: (_fall(each) is None, -(_fall(each) or (0.0,))[0]))
    return section(
        "importances",
        "Feature importances",
        lacking,
        h(
            "p",
            "Permutation importance: by how much the average precision on validation falls when a feature's values are "
            "shuffled. Correlated features share their importance, so that each looks less important than it is. The "
            "last column is the feature's share of the contributions (SHAP values) to the log-odds of fraud.",
        ),
        table("Importance of each feature, on validation", columns, [_importance(each, scale) for each in ranked]),
    )


def _fall(feature: Importance) -> tuple[float, float] | None:
    """Return the mean fall and its standard deviation; None where it was not shuffled or is not finite."""
    mean, std = feature.mean, feature.std
    if mean is None or std is None or not math.isfinite(mean + std):
        return None
    return mean, std


def _importance(feature: Importance, scale: tuple[float, float]) -> Row:
    header = titled(feature.feature, feature.title)
    told = UNKNOWN if feature.share is None else share(feature.share)
    fall = _fall(feature)
    if fall is None:
        return Row(header, (None, "not shuffled" if feature.mean is None else UNKNOWN, told))
    return Row(header, (bar_with_spread(*fall, scale), with_spread(*fall), told))


def _candidate(result: CandidateResult) -> Row:
    mark = h("span", "chosen", class_="mark") if result.chosen else None
    failed = h("span", "collapsed", class_="mark failed") if result.collapsed else None
    cells: tuple[Child, ...] = (
        with_range(score(result.average_precision.estimate), score_range(result.average_precision)),
        brier(result.brier_score),
        with_range(money(result.cost.estimate), money_range(result.cost)),
        count(result.frauds_missed),
        count(result.false_alarms),
        duration(result.seconds),
    )
    return Row((_breakable(result.algorithm), " ", mark, failed), cells, "chosen" if result.chosen else None)


def _breakable(algorithm: str) -> list[Child]:
    """Return the name of a candidate with a line break allowed after each underscore."""
    return [(part, h("wbr")) for part in re.split(r"(?<=_)", algorithm)]
