"""The cost of a run's decisions, and of those at other thresholds."""

from collections.abc import Iterable

from functions.contracts import Bounds, Impact, TradeOff, TradeOffs
from infra.runs.run_report import RunReport
from infra.words import Phrase, counted


def worth(report: RunReport) -> Iterable[tuple[str, Phrase]]:
    """Return the lines about costs, each with its label."""
    yield "Impact", _impact(report)
    if report.trade_offs:
        yield from _trade_offs(report.trade_offs, report)


def _impact(report: RunReport) -> Phrase:
    counts = [
        counted(report.metrics[name], label)
        for label, name in {
            "frauds caught": "frauds_detected_count",
            "missed": "frauds_missed_count",
            "false alarms": "false_alarms_count",
        }.items()
        if name in report.metrics
    ]
    text = ", ".join(counts)
    return Phrase(f"{text}; {_money(report)} (on the test rows)" if report.impact else f"{text} (on the test rows)")


def _trade_offs(offered: TradeOffs, report: RunReport) -> Iterable[tuple[str, Phrase]]:
    """Return the costs of the other thresholds, and of fewer missed frauds."""
    others = [(name, point) for name, point in offered.policies.items() if point.threshold != report.threshold]
    for number, (name, point) in enumerate(others):
        line = f"threshold={name} ({point.threshold:.4f}): {_outcome(point, report)}"
        yield "" if number else "Instead", Phrase(line)
    fewest, under = offered.within_alarm_budget.frauds_missed, offered.under_miss_limit
    line = (
        f"To miss fewer than {offered.miss_limit:,} frauds: {counted(under.false_alarms, 'false alarms')} (cost "
        f"{under.cost:,.0f}); with {counted(offered.alarm_budget, 'false alarms')}, {fewest:,} missed at best"
    )
    yield "Fewer misses", Phrase(line)


def _outcome(point: TradeOff, report: RunReport) -> str:
    frauds = report.metrics["frauds_detected_count"] + report.metrics["frauds_missed_count"]
    caught = frauds - point.frauds_missed
    f1 = 2 * caught / max(caught + frauds + point.false_alarms, 1)
    alarms = counted(point.false_alarms, "false alarms")
    return f"F1 {f1:.3f}, {point.frauds_missed:,} missed, {alarms}, cost {point.cost:,.0f}"


def _money(report: RunReport) -> str:
    """Return the cost with its confidence interval, at a threshold of 0.5, and without a model."""
    impact = report.impact
    if impact is None:
        return ""
    cost = report.intervals.get("cost")
    certain = f" (95 % interval {cost.low:,.0f} to {cost.high:,.0f})" if cost else ""
    gain = impact.return_on_operation
    roi = "" if gain is None else f"; the model's operation returns {gain:+.0%}"
    return (
        f"costs {impact.total_cost:,.0f}{certain}, would cost {impact.cost_at_half:,.0f} at a threshold of 0.5 and "
        f"{_saved(impact, report.intervals.get('saved'))}{roi}"
    )


def _saved(impact: Impact, interval: Bounds | None) -> str:
    """Return the cost of the cheaper baseline, and what the model saves against it."""
    cost = impact.cost_of_doing_nothing if impact.cost_without_model is None else impact.cost_without_model
    start = f"{cost:,.0f} without a model ({impact.without_model})"
    if impact.saved <= 0:
        return f"{start}: " + (f"loses {-impact.saved:,.0f} against that" if impact.saved else "saves nothing")
    certain = f" (95 % interval {interval.low:,.0f} to {interval.high:,.0f})" if interval else ""
    return f"{start}: saves {impact.saved:,.0f}{certain}"


def no_better_than_no_model(report: RunReport) -> bool:
    """Return whether the interval of the saving includes zero; False of a run without the interval."""
    saved = report.intervals.get("saved")
    return saved is not None and saved.low <= 0
