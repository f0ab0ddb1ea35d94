"""Moves of a champion by a person, and what the journal says of all moves."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Protocol

from botocore.exceptions import BotoCoreError, ClientError

from functions.contracts import UnreadableRecordError
from functions.feedback.champion_moves import MOVE_ERRORS, ChampionMoves, Grounds
from functions.feedback.loop_journal import JournalEntry, LoopJournal
from infra.deployment.pipeline import CONFIG, session
from infra.errors import PromotionError
from infra.home.state import Deployed
from infra.runs import pushed_metrics
from infra.runs.bucket_objects import BucketObjects
from infra.runs.mlflow_api import Answer, MlflowApi

_AWAY = (ClientError, BotoCoreError, UnreadableRecordError)


class Registered(Protocol):
    """The part of MLflow's registry that is needed."""

    def versions(self, model: str) -> list[Answer] | None:
        """List the versions of a model; None when there is no such model."""

    def aliases_of(self, name: str) -> Mapping[str, str]:
        """Return the version of each alias of a model; none when there is no such model."""

    def set_alias(self, name: str, alias: str, version: str | None) -> None:
        """Point an alias to a version, or remove it."""


class ChampionsByHand:
    """The champions of one deployed pipeline.

    Args:
        registry: where versions have their aliases.
        journal: where each move is written.
        gateway: the Pushgateway, with the login that it asks for; None where there is none.
    """

    def __init__(self, registry: Registered, journal: LoopJournal, gateway: str | None = None) -> None:
        self._registry = registry
        self._journal = journal
        self._gateway = gateway
        self._moves = ChampionMoves(registry, journal, lambda: dt.datetime.now(dt.UTC))

    @classmethod
    def of(cls, deployed: Deployed) -> "ChampionsByHand":
        """Return the champions of a deployed pipeline."""
        settings = deployed.settings
        s3 = session(settings).client("s3", endpoint_url=settings.endpoint_url, config=CONFIG)
        journal = LoopJournal(BucketObjects(s3), deployed.outputs.get("LoopBucket", "loop"))
        gateway = settings.pushgateway_url
        return cls(MlflowApi(settings), journal, str(gateway).rstrip("/") if gateway else None)

    def promote(self, model: str, version: str, reason: str) -> JournalEntry:
        """Make a version the champion.

        Raises:
            PromotionError: when there is no such version, it is the champion already, or something does not answer.
            StackError: when MLflow gives no answer.
        """
        self._known(model, version)
        try:
            return self._moves.promote(model, version, Grounds("person", reason))
        except (*MOVE_ERRORS, *_AWAY) as error:
            raise PromotionError(str(error)) from error

    def roll_back(self, model: str, reason: str) -> JournalEntry:
        """Make the former champion the champion again.

        Raises:
            PromotionError: when there is no former one, or something does not answer.
            StackError: when MLflow gives no answer.
        """
        try:
            return self._moves.roll_back(model, Grounds("person", reason))
        except (*MOVE_ERRORS, *_AWAY) as error:
            raise PromotionError(str(error)) from error

    def require(self, model: str) -> None:
        """Check that there is a model.

        Raises:
            PromotionError: when there is none.
            StackError: when MLflow gives no answer.
        """
        if self._registry.versions(model) is None:
            raise PromotionError(f"No model is called {model}: `fraudflow runs` lists what was trained.")

    def retire(self, model: str, reason: str) -> int:
        """Take a model out of service: no version is champion, and its metrics leave the Pushgateway.

        Returns:
            The number of groups of metrics that were removed.

        Raises:
            PromotionError: when there is no such model, or something does not answer; it may be asked for again.
            StackError: when MLflow gives no answer.
        """
        self.require(model)
        try:
            self._moves.retire(model, Grounds("person", reason))
            return 0 if self._gateway is None else pushed_metrics.remove(self._gateway, model)
        except (OSError, *_AWAY) as error:
            raise PromotionError(f"Not all of it is done, ask for it again: {error}") from error

    def entries(self, model: str) -> Sequence[JournalEntry]:
        """Return the journal of a model, the oldest entry first.

        Raises:
            PromotionError: when it can't be read.
        """
        try:
            return self._journal.entries(model)
        except _AWAY as error:
            raise PromotionError(f"The journal can't be read: {error}") from error

    def _known(self, model: str, version: str) -> None:
        versions = [str(each["version"]) for each in self._registry.versions(model) or []]
        if version not in versions:
            there = f"it has {', '.join(sorted(versions, key=int))}" if versions else "no such model has any"
            raise PromotionError(f"'{model}' has no version {version}: {there}.")


def retired(journal: LoopJournal) -> dict[str, float]:
    """Return when each model was retired that has not been promoted since (Unix time).

    Raises:
        UnreadableRecordError: when an entry is damaged.
    """
    last = {model: journal.last(model) for model in journal.models()}
    return {
        model: entry.at.timestamp() for model, entry in last.items() if entry is not None and entry.action == "retire"
    }
