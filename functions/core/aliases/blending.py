"""Where release 0.1 had ``Blend``."""

from functions.core.training.blending import Blend

__all__ = ["Blend"]
