"""Moves of a champion by a person, and what the journal says of all moves."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Protocol

from botocore.exceptions import BotoCoreError, ClientError

from functions.contracts import UnreadableRecordError
from functions.feedback.champion_moves import CHAMPION, MOVE_ERRORS, ChampionMoves, Grounds
from functions.feedback.loop_journal import JournalEntry, LoopJournal
from infra.deployment.pipeline import CONFIG, session
from infra.errors import PromotionError
from infra.home.state import Deployed
from infra.runs import pushed_metrics
from infra.runs.bucket_objects import BucketObjects
from infra.runs.mlflow_api import Answer, MlflowApi

NO_CHAMPION = "none"
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

    def promote(self, model: str, version: str, reason: str, seen: str | None = None) -> JournalEntry:
        """Make a version the champion.

        Args:
            model: name in the registry.
            version: number of the version.
            reason: why, for the journal.
            seen: the version that was the champion when it was decided, ``NO_CHAMPION`` where there was none;
                whichever it is when not given.

        Raises:
            PromotionError: when there is no such version, it is the champion already, another one has become the
                champion meanwhile, or something does not answer.
            StackError: when MLflow gives no answer.
        """
        self._known(model, version)
        try:
            return self._moves.promote(model, version, self._grounds(model, reason, seen))
        except (*MOVE_ERRORS, *_AWAY) as error:
            raise PromotionError(str(error)) from error

    def roll_back(self, model: str, reason: str, seen: str | None = None) -> JournalEntry:
        """Make the former champion the champion again; ``seen`` as in ``promote``.

        Raises:
            PromotionError: when there is no former one, another has become the champion meanwhile, or something does
                not answer.
            StackError: when MLflow gives no answer.
        """
        try:
            return self._moves.roll_back(model, self._grounds(model, reason, seen))
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

    def retire(self, model: str, reason: str, seen: str | None = None) -> int:
        """Take a model out of service: no version is champion, and its metrics leave the Pushgateway.

        ``seen`` is as in ``promote``.

        Returns:
            The number of groups of metrics that were removed.

        Raises:
            PromotionError: when there is no such model, another version has become the champion meanwhile, or something
                does not answer; it may be asked for again.
            StackError: when MLflow gives no answer.
        """
        self.require(model)
        try:
            self._moves.retire(model, self._grounds(model, reason, seen))
            return 0 if self._gateway is None else pushed_metrics.remove(self._gateway, model)
        except MOVE_ERRORS as error:
            raise PromotionError(str(error)) from error
        except (OSError, *_AWAY) as error:
            raise PromotionError(f"Not all of it is done, ask for it again: {error}") from error

    def entries(self, model: str, latest: int | None = None) -> Sequence[JournalEntry]:
        """Return the journal of a model, or its ``latest`` entries, the oldest first.

        Raises:
            PromotionError: when it can't be read.
        """
        try:
            return self._journal.entries(model, latest)
        except _AWAY as error:
            raise PromotionError(f"The journal can't be read: {error}") from error

    def _grounds(self, model: str, reason: str, seen: str | None) -> Grounds:
        """Return why a person moves a champion.

        Raises:
            PromotionError: when there was none when it was decided, and there is one now.
        """
        if seen == NO_CHAMPION:
            now = self._registry.aliases_of(model).get(CHAMPION)
            if now is not None:
                raise PromotionError(
                    f"Version {now} is the champion of '{model}' now, and there was none when it was decided: "
                    f"nothing was moved."
                )
            seen = None
        return Grounds("person", reason, champion=seen)

    def _known(self, model: str, version: str) -> None:
        versions = [str(each["version"]) for each in self._registry.versions(model) or []]
        if version not in versions:
            there = f"it has {', '.join(sorted(versions, key=int))}" if versions else "no such model has any"
            raise PromotionError(f"'{model}' has no version {version}: {there}.")


def told(entry: JournalEntry) -> str:
    """Return what a promotion or a rollback has done, in a sentence."""
    return f"Version {entry.champion} of {entry.model} is the champion, after {entry.before or 'none'}."


def told_of_retirement(model: str, groups: int) -> str:
    """Return what a retirement has done, in two sentences."""
    return f"{model} is retired. Groups of metrics that were removed: {groups}."


def retired(journal: LoopJournal) -> dict[str, float]:
    """Return when each model was retired that has not been promoted since (Unix time).

    Raises:
        UnreadableRecordError: when an entry is damaged.
    """
    last = {model: journal.last(model) for model in journal.models()}
    return {
        model: entry.at.timestamp() for model, entry in last.items() if entry is not None and entry.action == "retire"
    }
