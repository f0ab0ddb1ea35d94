"""The champion as a function serves it: asked for again when it is used, as a function does nothing between calls."""

import logging
from collections.abc import Callable

from functions.core.errors import FraudflowError
from functions.core.training.persistence import CANNOT_SCORE, reason
from functions.ports import Champion
from functions.run.request_errors import NoChampionError
from functions.run.served_model import ServedModel

# The alias of a champion moves rarely, and asking takes longer than scoring.
_SECONDS = 2.0

logger = logging.getLogger(__name__)


class CurrentChampion:
    """The version that the alias ``champion`` of a model points to, loaded.

    Args:
        name: of the registered model.
        ask: asks the registry for the version.
        load: loads one.
        monotonic: a clock in seconds.
    """

    def __init__(
        self,
        name: str,
        ask: Callable[[], Champion | None],
        load: Callable[[Champion], ServedModel],
        monotonic: Callable[[], float],
    ) -> None:
        self._name = name
        self._ask = ask
        self._load = load
        self._monotonic = monotonic
        self._model: ServedModel | None = None
        self._asked_at = -_SECONDS

    def get(self) -> ServedModel:
        """Return the champion of at most two seconds ago; while the registry is away, or it can't be loaded, the last.

        Raises:
            NoChampionError: when there is none yet.
        """
        if self._model is None or self._monotonic() - self._asked_at >= _SECONDS:
            self._look()
        if self._model is None:
            raise NoChampionError(f"Nothing can be scored yet. There is no champion of '{self._name}'.")
        return self._model

    def _look(self) -> None:
        try:
            named = self._ask()
            if named is not None and (self._model is None or self._model.version != named):
                self._model = self._load(named)
        except (FraudflowError, *CANNOT_SCORE) as error:
            if self._model is None:
                raise NoChampionError(f"Nothing can be scored yet. {reason(error)}.") from error
            logger.warning("Version %s goes on: %s", self._model.version.version, reason(error))
        self._asked_at = self._monotonic()
