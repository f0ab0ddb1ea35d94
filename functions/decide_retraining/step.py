"""Decide whether to retrain, claim the retraining, and record the decision: in S3, in MLflow and as metrics."""

from dataclasses import replace

from functions.contracts.loop_records import DECISIONS, RetrainingRecord, RetrainRecord, WatchedVersion
from functions.contracts.loop_states import ByHand, DecidedRetraining, DecideRetrainingInput, MeasuredLoop
from functions.contracts.records import read_record
from functions.core.evaluation.intervals import Interval
from functions.core.loop.retraining import DriftEpisode, RetrainDecision, Situation, weigh
from functions.core.loop.retraining_guards import RetrainingHistory, RetrainingRules
from functions.decide_retraining.retraining_progress import progress
from functions.decide_retraining.retraining_samples import retraining_samples
from functions.run.pushing import push
from functions.run.watch_dependencies import DecideRetrainingDependencies

_JSON = "application/json"
# Sorts after the decision that has asked.
_ANSWERED = "_by_hand"


def run(event: DecideRetrainingInput, dependencies: DecideRetrainingDependencies) -> DecidedRetraining:
    """Decide once for an execution: what was decided stays, when the state is retried or the stack has crashed."""
    store, uri = dependencies.files.store, _uri(event, dependencies)
    if store.exists(uri):
        record = read_record(RetrainRecord, store.read(uri), uri)
    else:
        record = _decide(event, dependencies)
        store.create(uri, record.to_json(), _JSON)
    dependencies.tracking.log_watch(_watched(record, uri))
    return DecidedRetraining(
        id=record.id,
        outcome=record.outcome,
        reason=record.reason,
        uri=uri,
        retraining=record.retraining,
        episode=record.episode,
        monitoring=push(retraining_samples(record, dependencies), dependencies.monitoring),
    )


def _decide(event: DecideRetrainingInput, dependencies: DecideRetrainingDependencies) -> RetrainRecord:
    measured, judged = event.measured, event.judged
    found = progress(measured, _id(event), on_trial=judged.trial == "running", dependencies=dependencies)
    again = found.interrupted
    by_hand = event.request.by_hand or (again.by_hand if again is not None else None)
    decision = _moved(event) or weigh(_situation(measured, found.history), _rules(dependencies))
    if by_hand is not None:
        decision = _ordered(decision, by_hand, found.history)
    episode = measured.episode.id if measured.episode is not None else None
    claimed: RetrainingRecord | None = None
    if decision.outcome == "retrain":
        claimed = _claim(event, decision, episode, by_hand, dependencies)
        if claimed is None:
            decision = replace(decision, outcome="wait", reason="Another look has just started a retraining.")
    return RetrainRecord(
        id=_id(event),
        model=measured.model,
        version=measured.version,
        at=dependencies.now().isoformat(),
        cause=event.request.cause,
        execution=event.execution,
        outcome=decision.outcome,
        pays=decision.pays,
        reason=decision.reason,
        figures=dict(decision.figures),
        episode=episode,
        retraining=None if claimed is None else claimed.number,
        by_hand=by_hand,
        measured_uri=measured.uri,
    )


def _moved(event: DecideRetrainingInput) -> RetrainDecision | None:
    """Return to wait where this very look has changed the champion: what was measured is of the one before."""
    before, after = event.measured.version, event.judged.champion
    if before == after:
        return None
    reason = f"The champion has just changed from version {before} to {after}: {event.judged.reason}".strip()
    return RetrainDecision("wait", reason, pays=False, figures={})


def _ordered(weighed: RetrainDecision, by_hand: ByHand, history: RetrainingHistory) -> RetrainDecision:
    """Return what comes of a person's order: it is carried out, but beside no other retraining; a refusal waits."""
    if by_hand.refused:
        refusal = f"{by_hand.by} refused it: {by_hand.reason.rstrip('.')}. By the figures: {weighed.reason}"
        return replace(weighed, outcome="wait", reason=refusal)
    order = f"{by_hand.by} asked for it: {by_hand.reason.rstrip('.')}."
    if history.under_way == "training":
        return replace(weighed, outcome="wait", reason=f"{order} A retraining is under way already.")
    return replace(weighed, outcome="retrain", reason=f"{order} By the figures: {weighed.reason}")


def _claim(
    event: DecideRetrainingInput,
    decision: RetrainDecision,
    episode: str | None,
    by_hand: ByHand | None,
    dependencies: DecideRetrainingDependencies,
) -> RetrainingRecord | None:
    return dependencies.retrainings(event.measured.model).claim(
        lambda number: RetrainingRecord(
            number=number,
            model=event.measured.model,
            version=event.measured.version,
            decision=_id(event),
            at=dependencies.now().isoformat(),
            execution=event.execution,
            reason=decision.reason,
            episode=episode,
            by_hand=by_hand,
        )
    )


def _situation(measured: MeasuredLoop, history: RetrainingHistory) -> Situation:
    excess, episode = measured.excess, measured.episode
    return Situation(
        version=measured.version or "",
        champion_days=measured.champion_days,
        decisions_a_day=measured.decisions_a_day,
        counted=measured.counted,
        cost=measured.cost,
        excess=None if excess is None else Interval(excess.estimate, excess.low, excess.high),
        trained_frauds=measured.trained_frauds,
        fresh_frauds=measured.fresh_frauds,
        surprises=measured.surprises,
        episode=None if episode is None else DriftEpisode(episode.id, episode.kind, episode.explanation),
        labels_missing=measured.labels_missing,
        history=history,
    )


def _rules(dependencies: DecideRetrainingDependencies) -> RetrainingRules:
    own = dependencies.settings
    return RetrainingRules(
        mode=own.retrain,
        cost=own.retrain_cost,
        min_frauds=own.retrain_min_frauds,
        cooldown_days=own.retrain_cooldown_days,
        weekly_budget=own.retrain_weekly_budget,
    )


def _id(event: DecideRetrainingInput) -> str:
    """Return the decision's name; the one after an answer is another of the same execution."""
    return event.execution.name + (_ANSWERED if event.request.by_hand is not None else "")


def _uri(event: DecideRetrainingInput, dependencies: DecideRetrainingDependencies) -> str:
    """Return where the decision's record is: listed in the order of the executions' starts."""
    started = "".join(each for each in event.execution.started_at[:19] if each.isalnum())
    return f"s3://{dependencies.files.bucket}/{DECISIONS}{event.measured.model}/{started}-{_id(event)}.json"


def _watched(record: RetrainRecord, uri: str) -> WatchedVersion:
    tags = {"fraudflow.outcome": record.outcome, "fraudflow.reason": record.reason, "fraudflow.record": uri}
    return WatchedVersion(
        model=record.model, version=record.version or "", at=record.at, metrics=record.figures, tags=tags
    )
