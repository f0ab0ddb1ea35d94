"""Where release 0.1 had ``FlaggingClassifier``."""

from functions.core.training.flagging import FlaggingClassifier

__all__ = ["FlaggingClassifier"]
