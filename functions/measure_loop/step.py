"""Measure a model in production: write all of it as one document, report metrics, hand on what decisions need."""

import json

from functions.contracts.loop_states import EpisodeFound, IntervalFigure, MeasuredLoop, MeasureLoopInput
from functions.core.loop.drift_episodes import DriftSequence
from functions.core.loop.maturity import DAY
from functions.decisions.decision import moment
from functions.measure_loop.loop_document import MEASURED, document
from functions.measure_loop.loop_measure import LoopMeasure, measure
from functions.measure_loop.loop_samples import samples
from functions.run.pushing import push
from functions.run.watch_dependencies import TrafficWatchDependencies


def run(event: MeasureLoopInput, dependencies: TrafficWatchDependencies) -> MeasuredLoop:
    """Measure the champion; without one, there is nothing to measure. Monitoring being down never fails a look."""
    name = event.request.model or dependencies.model
    champion = dependencies.tracking.champion(name)
    if champion is None:
        return MeasuredLoop(model=name)
    found = measure(champion, dependencies)
    return MeasuredLoop(
        model=name,
        version=champion.version,
        uri=_written(event, found, dependencies),
        champion_days=0.0 if found.since is None else max(found.rule.now - found.since, 0) / DAY,
        decisions_a_day=found.decisions_a_day,
        counted=found.matured.version(champion.version).count,
        cost=None if found.excess is None else found.excess.realised,
        excess=_excess(found),
        trained_frauds=found.champion.trained_frauds,
        fresh_frauds=found.fresh_frauds,
        surprises=None if found.excess is None else found.excess.surprises,
        episode=_episode(found.traffic),
        labels_missing=found.rule.quiet,
        monitoring=push(samples(found), dependencies.monitoring),
    )


def _written(event: MeasureLoopInput, found: LoopMeasure, dependencies: TrafficWatchDependencies) -> str:
    files, name = dependencies.files, found.champion.version.name
    at = moment(found.rule.now).strftime("%Y%m%dT%H%M%SZ")
    uri = f"s3://{files.bucket}/{MEASURED}{name}/{at}-{event.execution.name}.json"
    files.store.write(uri, json.dumps(document(found), indent=1, allow_nan=False).encode(), "application/json")
    return uri


def _excess(found: LoopMeasure) -> IntervalFigure | None:
    if found.excess is None:
        return None
    excess = found.excess.excess
    return IntervalFigure(estimate=excess.estimate, low=excess.low, high=excess.high)


def _episode(traffic: DriftSequence | None) -> EpisodeFound | None:
    episode = None if traffic is None else traffic.episode
    if episode is None:
        return None
    return EpisodeFound(id=episode.id, kind=episode.kind, explanation=episode.explanation)
