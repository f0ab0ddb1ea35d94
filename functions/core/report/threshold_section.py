"""The decision threshold in money: the cost curve and the operating points."""

from functions.core.evaluation.curves import OperatingPoint
from functions.core.evaluation.results import Curves
from functions.core.report import model_charts
from functions.core.report.blocks import Column, Row, drawn, note, section, table
from functions.core.report.contents import Outcome
from functions.core.report.formats import count, money, probability
from functions.core.report.markup import Element, h
from functions.core.wording import counted

_POLICIES = {
    "cost": "the lowest expected cost",
    "f1": "the highest F1 of the fraud class",
    "precision_at_recall": "the highest precision at the required recall",
}


def threshold(outcome: Outcome, curves: Curves) -> Element:
    """Return the cost curve with the operating points that a user compares."""
    chosen = curves.points.chosen
    aim = _POLICIES.get(outcome.threshold_policy, outcome.threshold_policy)
    return section(
        "threshold",
        "The decision threshold",
        h(
            "p",
            f"A row is flagged when its score is at least {probability(chosen.threshold)}. This threshold was chosen "
            f"for {aim}, on held-out rows, not on the test split.",
        ),
        h(
            "div",
            drawn(model_charts.cost(curves)),
            h("div", _points(curves), _price_of_fewer_misses(curves)),
            class_="pair",
        ),
    )


def _points(curves: Curves) -> Element:
    points = curves.points
    named = (
        ("Chosen", points.chosen, "chosen"),
        *(
            (f"Chosen for {_POLICIES.get(name, name)}", each, None)
            for name, each in points.policies.items()
            if each != points.chosen
        ),
        ("At 0.5", points.at_half, None),
        ("Doing nothing", points.doing_nothing, None),
        ("Alarming on everything", points.alarming_on_everything, None),
        (f"Fewest missed at no more than {counted(points.alarm_budget, 'alarm')}", points.within_alarm_budget, None),
        (f"Fewest alarms to miss under {count(points.miss_limit)}", points.under_miss_limit, None),
    )
    columns = (Column("Operating point", "text"), *map(Column, ("Threshold", "Missed", "False alarms", "Cost")))
    rows = [Row(name, _cells(each), style) for name, each, style in named]
    return table("Thresholds compared on the test split", columns, rows)


def _cells(point: OperatingPoint) -> tuple[str, ...]:
    return probability(point.threshold), count(point.frauds_missed), count(point.false_alarms), money(point.cost)


def _price_of_fewer_misses(curves: Curves) -> list[Element]:
    points = curves.points
    within, under, chosen = points.within_alarm_budget, points.under_miss_limit, points.chosen
    change = under.cost - chosen.cost
    return [
        h("h3", "The cost of missing fewer frauds"),
        h(
            "p",
            f"To miss fewer than {count(points.miss_limit)} frauds: {counted(under.false_alarms, 'false alarm')} (cost "
            f"{money(under.cost)}, {money(abs(change))} {'more' if change >= 0 else 'less'} than the chosen "
            f"threshold). With at most {counted(points.alarm_budget, 'false alarm')}: "
            f"{counted(within.frauds_missed, 'fraud')} missed.",
        ),
        note(
            "Both thresholds are chosen on the test split itself, so they are optimistic: expect a threshold that is "
            "chosen beforehand to do worse."
        ),
    ]
