"""A service on a model that is made of two columns, without a registry."""

import datetime as dt
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from functions.core.errors import TrackingUnavailableError, UnreadableModelError
from functions.core.evaluation.costs import Costs
from functions.core.histories.history_plan import HistoryColumn, HistoryPlan
from functions.core.ingest.spelling import TEXT, ColumnFormat
from functions.core.loop.keyed_draws import exploring
from functions.core.scoring.input_rows import InputColumn, InputRows
from functions.core.scoring.scorer import Reason, Scorer
from functions.decisions.shipping import DecisionsBucket
from functions.feedback.champion_moves import ChampionMoves
from functions.history_store.embedded_store import EmbeddedHistoryStore
from functions.history_store.making_histories import HistorySources
from functions.ports import Champion
from functions.run.served_model import ServedModel
from serving.application import ServiceParts
from serving.deciding import Decider
from serving.decision_log import DecisionLog
from serving.decision_shipper import Retention
from serving.history_keeper import HistoryKeeper
from serving.instruments import Instruments
from serving.label_inbox import LabelInbox
from serving.line_up import LineUp
from serving.quick_rollback import harm_watches
from serving.registry_watch import RegistryWatch
from serving.request_limits import RequestLimits
from serving.scoring_queue import ScoringQueue
from serving.shadow import Shadow
from serving.swap_age import SwapAge
from serving.tallies import show_served
from tests.fakes import PSEUDONYM_KEY

COLUMNS = (
    InputColumn("amount", ColumnFormat("numeric"), "amount"),
    InputColumn("card", TEXT, "entity", hashed=True),
)
FEATURES: Mapping[str, Any] = MappingProxyType({"amount": 250, "card": "4111 1111"})
NAME = "fraud-detector"
# What a card did within an hour, which a model with histories needs too.
HISTORIES = HistoryPlan(
    "at", 1.0, "amount", None, (0, 6), 1_000, (HistoryColumn("card_count_1h", "card", "count", 3_600),)
)
REMEMBERED_COLUMNS = (
    *COLUMNS,
    InputColumn("at", ColumnFormat("numeric"), "time"),
    InputColumn("card_count_1h", ColumnFormat("numeric"), past=True),
)


class AmountScorer(Scorer):
    """Scores a thousandth of the amount; a missing one is 0."""

    def scores(self, rows: InputRows) -> NDArray[np.float64]:
        amounts = np.nan_to_num(rows.columns["amount"].astype(np.float64))
        return np.clip(amounts / 1000, 0.0, 1.0)

    def reasons(self, rows: InputRows, count: int) -> list[list[Reason]]:
        amounts, cards = (rows.columns[name].tolist() for name in ("amount", "card"))
        both = ([Reason("amount", a, a / 100), Reason("card", c, 0.0)] for a, c in zip(amounts, cards, strict=True))
        return [each[:count] for each in both]


class CountingScorer(AmountScorer):
    """Scores a tenth of the transactions that a card had within an hour; where nobody knows these, 0.05."""

    def scores(self, rows: InputRows) -> NDArray[np.float64]:
        return np.nan_to_num(rows.columns["card_count_1h"] / 10, nan=0.05)

    def reasons(self, rows: InputRows, count: int) -> list[list[Reason]]:
        places = range(len(self.columns) - 1, 0, -1)[:count]
        return [[self._reason(rows, row, place, 0.5) for place in places] for row in range(rows.count)]


def remembering(number: str = "1") -> ServedModel:
    """Return a version of a model with histories."""
    scorer = CountingScorer(REMEMBERED_COLUMNS, 0.5, None, HISTORIES)  # type: ignore[arg-type]  # it needs no model
    return replace(served(number, example={**FEATURES, "at": 7_200}), scorer=scorer)


def served(number: str = "1", *, threshold: float = 0.5, example: Mapping[str, object] = FEATURES) -> ServedModel:
    """Return a version of the model."""
    return ServedModel(
        version=Champion(NAME, number, f"run-{number}"),
        scorer=AmountScorer(COLUMNS, threshold, None),  # type: ignore[arg-type]  # it needs no model
        costs=Costs(missed_fraud=100.0, false_alarm=2.0),
        fraud_cost_column="amount",
        example=dict(example),
    )


@dataclass
class Registry:
    """A registry with one alias."""

    named: Champion | None = None
    models: dict[str, ServedModel] = field(default_factory=dict)
    away: bool = False
    loads: list[str] = field(default_factory=list)

    def point_at(self, model: ServedModel) -> None:
        self.models[model.version.version] = model
        self.named = model.version

    def ask(self) -> Champion | None:
        if self.away:
            raise TrackingUnavailableError("MLflow is not available.")
        return self.named

    def load(self, version: Champion) -> ServedModel:
        self.loads.append(version.version)
        if version.version not in self.models:
            raise UnreadableModelError("its files are gone")
        return self.models[version.version]


def parts_of(
    registry: Registry,
    folder: Path,
    *,
    challengers: Registry | None = None,
    requests_at_once: int = 8,
    unknown: Literal["accept", "refuse"] = "accept",
    explore_share: float = 0.0,
    challenger_share: float = 0.0,
    formers: Registry | None = None,
    moves: ChampionMoves | None = None,
    rollback: Literal["auto", "off"] = "auto",
    bucket: DecisionsBucket | None = None,
    tables: Mapping[str, bytes] = MappingProxyType({}),
) -> ServiceParts:
    """Return the parts of a service on registries that were asked once."""
    key, instruments = PSEUDONYM_KEY.encode(), Instruments()
    log = DecisionLog(folder / "decisions.db", bucket, Retention(dt.timedelta(days=7), dt.timedelta(days=365)))
    histories = keeper_of(folder, instruments, tables, bucket)
    log.remember = histories.remember
    prepare = histories.prepare
    champion = watch_of(registry, prepare=prepare, changed=partial(show_served, instruments))
    challenger = watch_of(challengers or Registry(), "challenger", prepare=prepare)
    swapped = SwapAge(moves.journal if moves else None, dt.timedelta(days=30), partial(dt.datetime.now, dt.UTC))
    former = watch_of(formers or Registry(), "former", prepare=prepare, changed=swapped.former_changed)
    line_up = LineUp(champion, challenger, former, swapped, share=challenger_share, key=key)
    queue = ScoringQueue(key, histories.live)
    watches = harm_watches(line_up, moves, NAME, instruments, rollback=rollback)
    shadow = Shadow(line_up, queue, key, log, watches, instruments)
    return ServiceParts(
        champion=champion,
        challenger=challenger,
        former=former,
        queue=queue,
        log=log,
        histories=histories,
        shadow=shadow,
        decider=Decider(line_up, queue, log, shadow, instruments, exploring(explore_share, key)),
        limits=RequestLimits(requests_at_once),
        labels=LabelInbox(folder / "labels", None),
        instruments=instruments,
        unknown=unknown,
    )


def keeper_of(
    folder: Path,
    instruments: Instruments,
    tables: Mapping[str, bytes] = MappingProxyType({}),
    bucket: DecisionsBucket | None = None,
) -> HistoryKeeper:
    """Return what keeps the histories of a service, with the events of training tables by their run."""
    now = partial(dt.datetime.now, dt.UTC)
    sources = HistorySources(folder / "decisions.db", bucket, tables.get, now)
    return HistoryKeeper(EmbeddedHistoryStore(folder / "histories.sqlite"), sources, instruments)


def watch_of(
    registry: Registry,
    alias: str = "champion",
    prepare: Callable[[ServedModel], None] = lambda _: None,
    **options: Any,  # noqa: ANN401
) -> RegistryWatch:
    """Return a watch of a registry that was asked once, and asks again often."""

    def load(version: Champion) -> ServedModel:
        model = registry.load(version)
        prepare(model)
        return model

    title = f"{alias} of '{NAME}'"
    made = RegistryWatch(title, registry.ask, load, seconds=0.01, keeps=alias == "champion", **options)
    made.look()
    return made


def poll(happened: Callable[[], bool]) -> None:
    """Wait until something has happened."""
    give_up = time.monotonic() + 10
    while not happened():
        assert time.monotonic() < give_up
        time.sleep(0.005)
