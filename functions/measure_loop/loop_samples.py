"""Metrics of what a look has measured; money of 1,000 decisions."""

from collections.abc import Mapping

from functions.core.evaluation.intervals import Interval
from functions.core.loop.drift_episodes import DriftSequence
from functions.core.loop.expected_performance import ExpectedPerformance
from functions.core.loop.realised_performance import RealisedPerformance
from functions.measure_loop.loop_measure import LoopMeasure
from functions.telemetry import loop_metrics as metrics
from functions.telemetry.metrics import Metric, Sample

_SECOND = 1_000_000
_THOUSAND = 1000
type Values = Mapping[Metric, float | None]


def samples(found: LoopMeasure) -> list[Sample]:
    """Return the samples of a champion; what is not known is absent, never zero."""
    name, version = found.champion.version.name, found.champion.version.version
    counted = found.matured.version(version).count
    values: dict[Metric, float | None] = {
        metrics.LAST_LOOK: found.rule.now / _SECOND,
        metrics.CHAMPION_SINCE: _seconds(found.since),
        metrics.DECISIONS_A_DAY: found.decisions_a_day,
        metrics.COUNTED: float(counted),
        metrics.FRESH_FRAUDS: float(found.fresh_frauds),
        metrics.LABELS_HEARD: _seconds(found.rule.heard_until or None),
        metrics.LABEL_BACKLOG: float(found.matured.unheard),
        metrics.LABELS_OVERDUE: _seconds(found.overdue_since),
        **_realised(found.realised.get(version)),
        **_expected(found.latest),
    }
    return [*metrics.samples(values, name), *_of_traffic(name, found.traffic)]


def _realised(found: RealisedPerformance | None) -> Values:
    if found is None or found.worth is None or not found.decisions:
        return {}
    worth, each = found.worth, _THOUSAND / found.decisions
    return {
        metrics.REALISED_COST: worth.cost.estimate * each,
        metrics.REALISED_COST_LOW: worth.cost.low * each,
        metrics.REALISED_COST_HIGH: worth.cost.high * each,
        metrics.REALISED_SAVED: worth.saved.estimate * each,
        metrics.REALISED_SAVED_LOW: worth.saved.low * each,
        metrics.REALISED_SAVED_HIGH: worth.saved.high * each,
        metrics.REALISED_PRECISION: _estimate(worth.precision),
        metrics.REALISED_RECALL: _estimate(worth.recall),
    }


def _expected(found: ExpectedPerformance) -> Values:
    known = found.estimates
    if known is None:
        return {metrics.EXPECTED_KNOWN: 0.0}
    each = _THOUSAND / found.rows
    return {
        metrics.EXPECTED_KNOWN: 1.0,
        metrics.EXPECTED_COST: known.cost.estimate * each,
        metrics.EXPECTED_COST_LOW: known.cost.low * each,
        metrics.EXPECTED_COST_HIGH: known.cost.high * each,
        metrics.EXPECTED_PRECISION: _estimate(known.precision),
        metrics.EXPECTED_RECALL: _estimate(known.recall),
    }


def _of_traffic(model: str, traffic: DriftSequence | None) -> list[Sample]:
    if traffic is None:
        return []
    still_open = [each for each in (traffic.shift, traffic.broken) if each is not None]
    every = [*traffic.past, *still_open]
    counts = {kind: float(sum(each.kind == kind for each in every)) for kind in metrics.EPISODE_KINDS}
    return [
        *metrics.samples(
            {
                metrics.TRAFFIC_DRIFT: traffic.windows[-1].score if traffic.windows else None,
                metrics.BROKEN_COLUMNS: float(len(traffic.broken.columns)) if traffic.broken is not None else 0.0,
            },
            model,
        ),
        *metrics.one_of(metrics.EPISODE_OPEN, model, "kind", metrics.EPISODE_KINDS, [each.kind for each in still_open]),
        *metrics.by_word(metrics.EPISODES, model, "kind", counts),
    ]


def _estimate(interval: Interval | None) -> float | None:
    return None if interval is None else interval.estimate


def _seconds(microseconds: int | None) -> float | None:
    return None if microseconds is None else microseconds / _SECOND
