"""All that is measured of a model in production at one look: labels, performance by labels and before them, drift."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from functions.core.loop.drift_episodes import DriftSequence
from functions.core.loop.excess_cost import ExcessCost, excess_cost
from functions.core.loop.expected_performance import (
    ExpectedPerformance,
    chosen_by_nobody,
    expect,
    reliability_now,
)
from functions.core.loop.label_age import AgeCohort, LabelDelays, by_age, label_delays
from functions.core.loop.learnable_decisions import as_decided_by, learnable
from functions.core.loop.maturity import DAY, Matured, MaturityRule, mature
from functions.core.loop.outcomes import Outcomes, ShadowScores
from functions.core.loop.realised_performance import PairedPerformance, RealisedPerformance, realise, realise_pair
from functions.decisions.decision import microseconds
from functions.feedback.outcome_reading import DecidedOutcomes, read_outcomes
from functions.feedback.traffic_drift import TrafficDrift, TrafficSettings
from functions.loop_settings import LoopSettings
from functions.measure_loop.champion_record import ChampionRecord, promoted_at, trained_until
from functions.ports import Champion
from functions.run.watch_dependencies import TrafficWatchDependencies

# Decisions that are older say little of today's traffic; those that wait for their labels come on top.
COUNTED_DAYS = 90
_RATE_DAYS = 7


@dataclass(frozen=True)
class LoopMeasure:
    """What was measured.

    Attributes:
        champion: the version that is judged, with what its run keeps.
        rule: which decisions count.
        matured: those of all versions.
        first: the first day of the decisions that were read.
        since: when the champion became it, in microseconds since 1970; None where it has not decided yet.
        decisions_a_day: of the model, of late.
        realised: by version, of those that have decided.
        paired: the champion with each version that scored the same transactions, by that version.
        cohorts: the champion's decisions by age.
        delays: of labels of frauds.
        excess: realised less expected cost of the champion.
        latest: what its latest decisions are expected to come to.
        waiting: what all of its decisions are expected to come to that do not count yet.
        fresh_frauds: known frauds that are old enough, and that no training has seen.
        traffic: the champion's windows; None where its reference can't be read.
    """

    champion: ChampionRecord
    rule: MaturityRule
    matured: Matured
    first: dt.date
    since: int | None
    decisions_a_day: float
    realised: Mapping[str, RealisedPerformance]
    paired: Mapping[str, PairedPerformance]
    cohorts: tuple[AgeCohort, ...]
    delays: LabelDelays | None
    excess: ExcessCost | None
    latest: ExpectedPerformance
    waiting: ExpectedPerformance
    fresh_frauds: int
    traffic: DriftSequence | None

    @property
    def overdue_since(self) -> int | None:
        """When the label delay of the first decision was over that no labels came for; None without one."""
        at, delay = self.matured.decided.at, self.rule.delay
        first = int(np.searchsorted(at, self.rule.heard_until - delay, side="right"))
        return int(at[first]) + delay if self.matured.unheard else None


def measure(version: Champion, dependencies: TrafficWatchDependencies) -> LoopMeasure:
    """Measure a champion in production; only one look may measure a model at a time.

    Raises:
        UnreadableRecordError: when a part of the decision log, or what is remembered, is damaged.
        StorageUnavailableError: when S3 is away.
    """
    own, store, bucket = dependencies.settings, dependencies.files.store, dependencies.files.bucket
    now, champion = dependencies.now(), ChampionRecord.read(dependencies.tracking, version)
    first = (now - dt.timedelta(days=min(COUNTED_DAYS + own.label_delay_days, 3650))).date()
    read = read_outcomes(store, dependencies.decisions_bucket, bucket, model=version.name, first=first, last=now.date())
    rule = MaturityRule(microseconds(now), read.heard_until, own.label_delay_days, own.silent_alarms)
    matured = mature(read.outcomes, rule)
    counted = matured.version(version.version)
    decided = read.outcomes.of(read.outcomes.version == version.version)
    traffic = _traffic(champion, dependencies, now)
    reliability, outside = reliability_now(counted, champion.tested), _outside(champion, traffic)
    latest, waiting = (
        expect(each, champion.costs, reliability, outside=outside)
        for each in (_latest(decided, dependencies, rule.now), decided.of(decided.at > rule.until))
    )
    return LoopMeasure(
        champion=champion,
        rule=rule,
        matured=matured,
        first=first,
        since=promoted_at(store, bucket, version) or (int(decided.at[0]) if len(decided) else None),
        decisions_a_day=_rate(read.outcomes, rule.now),
        realised={each: realise(matured.version(each), champion.costs) for each in _versions(read.outcomes)},
        paired=_paired(read, matured, champion),
        cohorts=by_age(mature(decided, rule), rule, champion.costs),
        delays=label_delays(read.outcomes, rule),
        excess=_excess(champion, matured, read.shadows.get(version.version), traffic, own),
        latest=latest,
        waiting=waiting,
        fresh_frauds=_fresh(read.outcomes, rule, trained_until(store, bucket, version.name)),
        traffic=traffic,
    )


def _excess(
    champion: ChampionRecord,
    matured: Matured,
    shadow: ShadowScores | None,
    traffic: DriftSequence | None,
    own: LoopSettings,
) -> ExcessCost | None:
    """Compute the excess cost of what a retraining would learn from, those as a shadow included."""
    learnt = learnable(matured, traffic, window=own.training_window, days=own.training_window_days)
    counted = chosen_by_nobody(as_decided_by(learnt, champion.version.version, shadow))
    return excess_cost(counted, champion.costs, champion.tested, shortest=own.traffic_window_rows)


def _traffic(
    champion: ChampionRecord, dependencies: TrafficWatchDependencies, now: dt.datetime
) -> DriftSequence | None:
    """Follow the champion's windows; None where its reference can't be read."""
    if isinstance(champion.reference, str):
        return None
    own = dependencies.settings
    windows = TrafficSettings(
        own.traffic_window_rows, own.traffic_window_days, own.traffic_window_least_days, champion.ignored
    )
    drift = TrafficDrift(dependencies.files.store, dependencies.decisions_bucket, dependencies.files.bucket, windows)
    return drift.follow(champion.version, champion.reference, now)


def _outside(champion: ChampionRecord, traffic: DriftSequence | None) -> str | None:
    """Return why scores of the traffic can't be trusted; None where they can, and before the first window closed."""
    if traffic is None:
        return str(champion.reference)
    if traffic.broken is not None:
        return f"What the decisions come to can't be known without labels: {traffic.broken.explanation}"
    return traffic.windows[-1].outside if traffic.windows else None


def _latest(decided: Outcomes, dependencies: TrafficWatchDependencies, now: int) -> Outcomes:
    """Return the latest decisions of a version: no more and no older ones than a window of traffic has."""
    own = dependencies.settings
    recent = decided.of(decided.at > now - round(own.traffic_window_days * DAY))
    return recent.of(np.arange(max(len(recent) - own.traffic_window_rows, 0), len(recent)))


def _paired(read: DecidedOutcomes, matured: Matured, champion: ChampionRecord) -> dict[str, PairedPerformance]:
    """Compare the champion with each other version on what both have scored and what counts."""
    own = champion.version.version
    others = {*read.shadows, *_versions(read.outcomes)} - {own}
    pairs = {
        each: realise_pair(read.outcomes, matured, (own, each), read.shadows, champion.costs) for each in sorted(others)
    }
    return {each: pair for each, pair in pairs.items() if pair.first.decisions}


def _versions(outcomes: Outcomes) -> list[str]:
    return sorted({str(each) for each in outcomes.version})


def _rate(outcomes: Outcomes, now: int) -> float:
    """Return decisions a day over the last week, or since the first one where that is shorter."""
    if not len(outcomes):
        return 0.0
    days = min(max((now - int(outcomes.at[0])) / DAY, 1.0), float(_RATE_DAYS))
    return float(np.sum(outcomes.at > now - round(days * DAY))) / days


def _fresh(outcomes: Outcomes, rule: MaturityRule, seen: int) -> int:
    """Count the known frauds that are old enough, of decisions after those that a training has seen."""
    known = (outcomes.label == 1) & (outcomes.labelled_at <= rule.now)
    return int(np.sum(known & (outcomes.at <= rule.until) & (outcomes.at > seen)))
