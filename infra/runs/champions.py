"""Who is champion now: the alias in MLflow, asked now, and nothing that was written down when a run ended."""

from typing import Protocol

from functions.contracts import Alias
from infra.errors import StackError


class ModelRegistry(Protocol):
    """As much of MLflow as it takes."""

    def champion(self, model: str) -> str | None:
        """Tell the version that is the champion now; None when there is none, or no such model."""


class Champions:
    """The champions as of one look: each model's is asked for once."""

    def __init__(self, registry: ModelRegistry) -> None:
        self._registry = registry
        self._known: dict[str, str | None] = {}
        self._is_away = False

    def alias(self, model: str, version: str) -> Alias | None:
        """Tell what a version is now; None when MLflow can't be asked."""
        if model not in self._known and not self._is_away:
            try:
                self._known[model] = self._registry.champion(model)
            except StackError:
                self._is_away = True
        if model not in self._known:
            return None
        return "champion" if self._known[model] == version else "challenger"
