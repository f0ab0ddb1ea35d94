"""What a look has measured, as one JSON document: money in the unit of the costs, shares in 0 to 1, times in UTC."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from functions.core.loop.realised_performance import PairedPerformance
from functions.decisions.decision import moment
from functions.measure_loop.loop_measure import LoopMeasure

MEASURED = "measured/"
type Document = dict[str, Any]


def document(found: LoopMeasure) -> Document:
    """Return all of it."""
    champion, rule = found.champion, found.rule
    return {
        "schema_version": 1,
        "model": champion.version.name,
        "version": champion.version.version,
        "at": _time(rule.now),
        "decisions_since": found.first.isoformat(),
        "champion_since": _time(found.since),
        "costs": asdict(champion.costs),
        "decisions_a_day": found.decisions_a_day,
        "labels": _labels(found),
        "realised": {version: asdict(each) for version, each in found.realised.items()},
        "paired": {version: _pair(each) for version, each in found.paired.items()},
        "by_age": [asdict(each) for each in found.cohorts],
        "excess": None if found.excess is None else asdict(found.excess) | {"since": _time(found.excess.since)},
        "expected": {"latest": asdict(found.latest), "waiting": asdict(found.waiting)},
        "fresh_frauds": found.fresh_frauds,
        "trained_frauds": champion.trained_frauds,
        "traffic": None if found.traffic is None else found.traffic.model_dump(mode="json"),
    }


def _labels(found: LoopMeasure) -> Document:
    matured, rule = found.matured, found.rule
    return {
        "heard_until": _time(rule.heard_until or None),
        "quiet": rule.quiet,
        "delay_days": rule.delay_days,
        "silent_alarms": rule.silent_alarms,
        "counted": matured.count,
        "by_silence": matured.by_silence,
        "unknown_alarms": len(matured.unknown_places),
        "represented_alarms": len(matured.represented_places),
        "young": matured.young,
        "unheard": matured.unheard,
        "overdue_since": _time(found.overdue_since),
        "delays": None if found.delays is None else asdict(found.delays),
    }


def _pair(pair: PairedPerformance) -> Mapping[str, Any]:
    told = asdict(pair)
    return {
        "champion": told["first"],
        "other": told["second"],
        "disagreements": pair.disagreements,
        "cost_difference": told["cost_difference"],
    }


def _time(microseconds: int | None) -> str | None:
    return None if microseconds is None else moment(microseconds).isoformat()
