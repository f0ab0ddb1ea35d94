"""Judge the challenger on trial and a new champion by the decisions that count, and move the alias accordingly."""

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from urllib.parse import quote

from functions.contracts.loop_states import JudgedVersions, JudgeVersionsInput
from functions.core.evaluation.costs import Costs
from functions.core.evaluation.promotion import PASSED_GATE_TAG
from functions.core.loop.maturity import Matured, MaturityRule, mature
from functions.core.loop.outcomes import ShadowScores
from functions.core.loop.rollback_rule import RollbackVerdict, judge_new_champion
from functions.core.loop.shadow_trial import LONGEST_DAYS, Pair, TrialVerdict, judge_trial
from functions.feedback.champion_moves import CHALLENGER, CHAMPION, FORMER, MOVE_ERRORS, ChampionMoves, Grounds
from functions.feedback.loop_journal import LoopJournal
from functions.feedback.outcome_reading import read_outcomes
from functions.judge_versions.retrospect import with_retrospect
from functions.judge_versions.trial_samples import trial_samples
from functions.ports import Champion
from functions.run.watch_dependencies import TrafficWatchDependencies
from functions.telemetry.gateway_groups import by_group

_DEFAULTS = Costs()


@dataclass(frozen=True)
class _Versions:
    """The versions that an alias names, of one model; None where there is none to be judged."""

    model: str
    champion: str
    challenger: str | None
    former: str | None


@dataclass(frozen=True)
class _Decisions:
    """The decisions that count, and what other versions would have decided."""

    matured: Matured
    shadows: Mapping[str, ShadowScores]
    false_alarm: float


def run(event: JudgeVersionsInput, dependencies: TrafficWatchDependencies) -> JudgedVersions:
    """Judge a new champion first: where it goes, its challenger is tried against the former one from then on."""
    versions = _versions(event.measured.model, dependencies)
    if versions is None:
        return JudgedVersions(champion=None)
    trial: TrialVerdict | None = None
    judged = JudgedVersions(champion=versions.champion)
    if versions.challenger is not None or versions.former is not None:
        decisions = _read(versions, dependencies)
        rollback, trial = _judge_champion(versions, decisions), _judge_challenger(versions, decisions)
        uri = _write(event, {"rollback": rollback, "trial": trial}, versions, dependencies)
        judged = _carried_out(versions, rollback, trial, dependencies).model_copy(update={"uri": uri})
    _push(versions.model, judged, trial, dependencies)
    return judged


def _push(
    model: str, judged: JudgedVersions, trial: TrialVerdict | None, dependencies: TrafficWatchDependencies
) -> None:
    """Push the metrics; monitoring being down fails no look."""
    if dependencies.monitoring is None:
        return
    for grouping, samples in by_group(trial_samples(model, judged, trial, _journal(dependencies).entries(model))):
        dependencies.monitoring.push(samples, grouping=grouping)


def _journal(dependencies: TrafficWatchDependencies) -> LoopJournal:
    return LoopJournal(dependencies.files.store, dependencies.files.bucket)


def _versions(model: str, dependencies: TrafficWatchDependencies) -> _Versions | None:
    aliases = dependencies.tracking.aliases_of(model)
    champion, challenger, former = (aliases.get(each) for each in (CHAMPION, CHALLENGER, FORMER))
    if champion is None:
        return None
    if challenger is not None:
        tags = dependencies.tracking.version_tags(model, challenger)
        # One that has failed the gate scores as a shadow too, to be compared, but is not on trial.
        passed = tags.get(PASSED_GATE_TAG) == "true"
        challenger = challenger if passed and challenger != champion else None
    judges = dependencies.settings.rollback == "auto" and former != champion
    return _Versions(model, champion, challenger, former if judges else None)


def _read(versions: _Versions, dependencies: TrafficWatchDependencies) -> _Decisions:
    settings, now, tracking = dependencies.settings, dependencies.now(), dependencies.tracking
    days = dt.timedelta(days=LONGEST_DAYS + settings.label_delay_days)
    decided = read_outcomes(
        dependencies.files.store,
        dependencies.decisions_bucket,
        dependencies.files.bucket,
        model=versions.model,
        first=(now - days).date(),
        last=now.date(),
    )
    rule = MaturityRule(
        now=int(now.timestamp() * 1_000_000),
        heard_until=decided.heard_until,
        delay_days=settings.label_delay_days,
        silent_alarms=settings.silent_alarms,
    )
    shadows = decided.shadows
    if versions.challenger is not None:
        shadows = with_retrospect(versions.model, versions.challenger, decided.outcomes, shadows, dependencies)
    champion = tracking.version(versions.model, version=versions.champion)
    return _Decisions(mature(decided.outcomes, rule), shadows, _false_alarm(champion, dependencies))


def _false_alarm(champion: Champion | None, dependencies: TrafficWatchDependencies) -> float:
    """Return what a false alarm costs by the settings that the champion was trained with."""
    params = {} if champion is None else dependencies.tracking.params(champion.run_id)
    return float(params.get("cost_false_alarm", _DEFAULTS.false_alarm))


def _judge_champion(versions: _Versions, decisions: _Decisions) -> RollbackVerdict | None:
    if versions.former is None:
        return None
    pair = Pair(versions.champion, versions.former, decisions.false_alarm)
    return judge_new_champion(decisions.matured, decisions.shadows, pair)


def _judge_challenger(versions: _Versions, decisions: _Decisions) -> TrialVerdict | None:
    if versions.challenger is None:
        return None
    pair = Pair(versions.champion, versions.challenger, decisions.false_alarm)
    return judge_trial(decisions.matured, decisions.shadows, pair)


def _carried_out(
    versions: _Versions,
    rollback: RollbackVerdict | None,
    trial: TrialVerdict | None,
    dependencies: TrafficWatchDependencies,
) -> JudgedVersions:
    """Move the alias as the verdicts say, unless another has become the champion meanwhile."""
    try:
        return _moved(versions, rollback, trial, dependencies)
    except MOVE_ERRORS as error:
        # The service has rolled back meanwhile, or a person has moved it: the next look judges who is there then.
        now = dependencies.tracking.aliases_of(versions.model)
        return JudgedVersions(champion=now.get(CHAMPION), reason=str(error))


def _moved(
    versions: _Versions,
    rollback: RollbackVerdict | None,
    trial: TrialVerdict | None,
    dependencies: TrafficWatchDependencies,
) -> JudgedVersions:
    moves = ChampionMoves(dependencies.tracking, _journal(dependencies), dependencies.now)
    model, champion, challenger = versions.model, versions.champion, versions.challenger
    running = JudgedVersions(champion=champion, challenger=challenger, trial="none" if trial is None else "running")
    if rollback is not None and rollback.roll_back:
        entry = moves.roll_back(model, Grounds("rule", rollback.reason, rollback.metrics, champion))
        return running.model_copy(update={"champion": entry.champion, "rolled_back": True, "reason": rollback.reason})
    if trial is None:
        return running.model_copy(update={"reason": "" if rollback is None else rollback.reason})
    done = running.model_copy(update={"reason": trial.reason})
    if trial.outcome == "wait" or challenger is None:
        return done
    grounds = Grounds("trial", trial.reason, trial.metrics, champion)
    if trial.outcome == "stop":
        moves.stop_trial(model, challenger, grounds)
        return done.model_copy(update={"trial": "stopped"})
    moves.promote(model, challenger, grounds)
    return done.model_copy(update={"champion": challenger, "trial": "promoted"})


def _write(
    event: JudgeVersionsInput,
    verdicts: Mapping[str, RollbackVerdict | TrialVerdict | None],
    versions: _Versions,
    dependencies: TrafficWatchDependencies,
) -> str:
    """Write the verdicts with all their numbers, and return where."""
    started = "".join(each for each in event.execution.started_at[:19] if each.isalnum())
    folder = f"judged/{quote(versions.model, safe='')}"
    uri = f"s3://{dependencies.files.bucket}/{folder}/{started}-{event.execution.name}.json"
    document = asdict(versions) | {
        name: None if verdict is None else asdict(verdict) for name, verdict in verdicts.items()
    }
    dependencies.files.store.write(uri, json.dumps(document, indent=1).encode(), "application/json")
    return uri
