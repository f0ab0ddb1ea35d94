"""The parts of a service, made from its settings."""

import datetime as dt
from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Literal

from fraudflow_guard.asgi import App

from functions import connections
from functions.core.loop.keyed_draws import exploring
from functions.feedback.champion_moves import ChampionMoves
from functions.feedback.loop_journal import LoopJournal
from functions.history_store.engines import chosen_store
from functions.history_store.history_schema import histories_beside
from functions.history_store.making_histories import HistorySources
from functions.ports import Tracking
from functions.run.history_events import HISTORY_EVENTS
from functions.run.served_model import load
from serving.application import ServiceParts, create_app
from serving.deciding import Decider
from serving.decision_log import DecisionLog
from serving.decision_shipper import Retention
from serving.gate import gated
from serving.history_keeper import HistoryKeeper
from serving.instruments import Instruments
from serving.label_inbox import LabelInbox
from serving.line_up import LineUp
from serving.meter import Meter
from serving.model_loader import ModelLoader
from serving.quick_rollback import harm_watches
from serving.registry_watch import Loaded, RegistryWatch
from serving.request_limits import RequestLimits
from serving.scoring_queue import ScoringQueue
from serving.settings import ServingSettings
from serving.shadow import Shadow
from serving.swap_age import SwapAge
from serving.tallies import show_served

type ServedAlias = Literal["champion", "challenger", "former"]

# A version is served within two seconds of its alias; others have more time.
_POLL_SECONDS: Mapping[ServedAlias, float] = MappingProxyType({"champion": 0.5, "challenger": 2.0, "former": 1.0})


def assemble(settings: ServingSettings) -> App:
    """Return the whole application behind its gate.

    Raises:
        DecisionLogError: when the local decision log can't be used.
    """
    parts = make_parts(settings)
    return Meter(gated(create_app(parts), settings), parts.instruments)


def make_parts(settings: ServingSettings) -> ServiceParts:
    """Make what the application is made of; no registry is asked yet, and nothing is loaded."""
    key = settings.pseudonym_key.get_secret_value().encode()
    instruments = Instruments()
    tracking = connections.registry(str(settings.mlflow_tracking_uri))
    moves = _moves(settings, tracking)
    swapped = SwapAge(moves.journal if moves else None, dt.timedelta(days=settings.label_delay_days), _now)
    log = _decision_log(settings)
    histories = _histories(settings, tracking, instruments)
    log.remember = histories.remember
    watch = partial(_watch, settings, tracking, ModelLoader(partial(load, tracking), key, histories.prepare))
    champion = watch("champion", changed=partial(show_served, instruments))
    challenger, former = watch("challenger"), watch("former", changed=swapped.former_changed)
    line_up = LineUp(champion, challenger, former, swapped, share=settings.challenger_share, key=key)
    queue = ScoringQueue(key, histories.live)
    watches = harm_watches(line_up, moves, settings.model_name, instruments, rollback=settings.rollback)
    shadow = Shadow(line_up, queue, key, log, watches, instruments)
    return ServiceParts(
        champion=champion,
        challenger=challenger,
        former=former,
        queue=queue,
        log=log,
        histories=histories,
        shadow=shadow,
        decider=Decider(line_up, queue, log, shadow, instruments, exploring(settings.explore_share, key)),
        limits=RequestLimits(settings.scoring_requests_at_once),
        labels=_labels(settings),
        instruments=instruments,
        unknown=settings.scoring_unknown_columns,
    )


def _watch(
    settings: ServingSettings,
    tracking: Tracking,
    loader: ModelLoader,
    alias: ServedAlias,
    changed: Callable[[Loaded | None], None] = lambda _: None,
) -> RegistryWatch:
    return RegistryWatch(
        f"{alias} of '{settings.model_name}'",
        partial(tracking.version, settings.model_name, alias=alias),
        loader.load,
        seconds=_POLL_SECONDS[alias],
        keeps=alias == "champion",
        changed=changed,
    )


def _moves(settings: ServingSettings, tracking: Tracking) -> ChampionMoves | None:
    """Return what moves the champion; None where there is no bucket for the journal."""
    if settings.loop_bucket is None:
        return None
    bucket = connections.decisions(settings.loop_bucket)
    return ChampionMoves(tracking, LoopJournal(bucket.store, bucket.bucket), _now)


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def _labels(settings: ServingSettings) -> LabelInbox:
    bucket = settings.labels_bucket
    return LabelInbox(settings.scoring_log.parent / "labels", None if bucket is None else connections.labels(bucket))


def _histories(settings: ServingSettings, tracking: Tracking, instruments: Instruments) -> HistoryKeeper:
    """Return what keeps histories, beside the decision log, whose file is there."""
    bucket = settings.decisions_bucket
    sources = HistorySources(
        log=settings.scoring_log,
        bucket=None if bucket is None else connections.decisions(bucket),
        training_events=partial(tracking.artifact, path=HISTORY_EVENTS),
        now=_now,
    )
    store = chosen_store(histories_beside(settings.scoring_log), settings.feast)
    return HistoryKeeper(store, sources, instruments)


def _decision_log(settings: ServingSettings) -> DecisionLog:
    bucket = settings.decisions_bucket
    retention = Retention(
        local=dt.timedelta(days=settings.scoring_repeat_days),
        shipped=dt.timedelta(days=settings.decision_retention_days),
    )
    shipped_to = None if bucket is None else connections.decisions(bucket)
    return DecisionLog(settings.scoring_log, shipped_to, retention)
