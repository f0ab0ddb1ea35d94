"""Where release 0.1 had ``History``."""

from functions.core.features.entity_history import History

__all__ = ["History"]
