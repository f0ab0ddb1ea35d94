"""The versions that are loaded: which one decides on a transaction, and which ones score it too."""

import datetime as dt
from collections.abc import Mapping
from typing import NamedTuple

from functions.contracts.score_requests import ScoreRequest
from functions.core.data.pseudonyms import is_pseudonym, pseudonym
from functions.core.loop.keyed_draws import Draw
from functions.run.served_model import ServedModel
from serving.registry_watch import RegistryWatch
from serving.swap_age import SwapAge


class ComparedVersions(NamedTuple):
    """Two versions that are compared: one that may do harm, and the other; since when the one is where it is."""

    suspect: str
    other: str
    since: dt.datetime | None = None


class LineUp:
    """The champion, the challenger and the former champion, as the registry names them.

    Args:
        champion: the watch of it.
        challenger: likewise.
        former: likewise.
        swapped: how long ago the champion took over from the former one.
        share: of the entities that the challenger decides on.
        key: of this home.
    """

    def __init__(
        self,
        champion: RegistryWatch,
        challenger: RegistryWatch,
        former: RegistryWatch,
        swapped: SwapAge,
        *,
        share: float,
        key: bytes,
    ) -> None:
        self.champion = champion
        self._challenger = challenger
        self._former = former
        self._swapped = swapped
        self._share = share
        self._key = key
        self._halted: str | None = None

    @property
    def swap(self) -> ComparedVersions | None:
        """The versions of the champion and of the one that it took over from, while that is recent."""
        champion, former = self._version(self.champion), self._version(self._former)
        if not champion or not former or former == champion or not self._swapped.is_recent:
            return None
        return ComparedVersions(champion, former, self._swapped.at)

    @property
    def trial(self) -> ComparedVersions | None:
        """The versions of the challenger and of the champion, while the challenger decides on some entities."""
        champion, challenger = self._version(self.champion), self._version(self._challenger)
        if not self._share or not champion or challenger in {None, champion, self._halted}:
            return None
        return ComparedVersions(str(challenger), champion)

    def halt_trial(self, challenger: str) -> None:
        """Let this challenger decide no more, until the service starts again."""
        self._halted = challenger

    def decides(self, champion: ServedModel, request: ScoreRequest) -> ServedModel:
        """Return which version decides on a transaction: the same for all of an entity while a trial lasts."""
        challenger = self._challenger.loaded
        if self.trial is None or challenger is None:
            return champion
        model = challenger.model
        # By the version, so that each trial divides the entities anew.
        draw = Draw(self._share, f"split {model.version.version}", self._key)
        return model if draw.takes(self._divided_by(champion, request)) else champion

    def beside(self, version: str, *, is_scored: bool = True) -> tuple[ServedModel, ...]:
        """Return the other versions that score what one has decided on; of what it could not score, the former one."""
        watches = (self.champion, self._challenger) if is_scored else ()
        loaded = [each.loaded for each in (*watches, *self._formers())]
        others = {each.model.version.version: each.model for each in loaded if each is not None}
        return tuple(model for number, model in others.items() if number != version)

    def _formers(self) -> tuple[RegistryWatch, ...]:
        return (self._former,) if self._swapped.is_scored else ()

    def _divided_by(self, champion: ServedModel, request: ScoreRequest) -> str:
        """Return the hash of a transaction's first entity; where it has none, its own id."""
        for column in champion.scorer.columns:
            value = _text(request.features, column.name) if column.role == "entity" else ""
            if value:
                return value if is_pseudonym(value) else pseudonym(value, self._key)
        return request.transaction_id

    @staticmethod
    def _version(watch: RegistryWatch) -> str | None:
        return watch.loaded.model.version.version if watch.loaded else None


def _text(features: Mapping[str, object], name: str) -> str:
    """Return a value as files write it, "" where it is missing: 4111.0 and "4111 " are one card."""
    value = features.get(name)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "" if value is None else str(value).strip()
