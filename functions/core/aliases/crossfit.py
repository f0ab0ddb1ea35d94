"""Where release 0.1 had ``CrossFitted``."""

from functions.core.training.crossfit import CrossFitted

__all__ = ["CrossFitted"]
