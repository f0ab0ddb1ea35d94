"""Current champions, by the alias in MLflow: what was recorded when a run ended may be out of date."""

from typing import Protocol

from functions.contracts import Alias
from infra.errors import StackError


class ModelRegistry(Protocol):
    """The part of MLflow's registry that is needed."""

    def champion(self, model: str) -> str | None:
        """Return the version that is the champion now; None when there is none, or no such model."""


class CurrentChampions:
    """The champions of one moment: MLflow is asked once for each model."""

    def __init__(self, registry: ModelRegistry) -> None:
        self._registry = registry
        self._known: dict[str, str | None] = {}
        self._is_away = False

    def alias(self, model: str, version: str) -> Alias | None:
        """Return what a version is now; None when MLflow gives no answer."""
        if model not in self._known and not self._is_away:
            try:
                self._known[model] = self._registry.champion(model)
            except StackError:
                self._is_away = True
        if model not in self._known:
            return None
        return "champion" if self._known[model] == version else "challenger"
