"""Where release 0.1 had ``FocalLightGBM``."""

from functions.core.training.boosting import FocalLightGBM

__all__ = ["FocalLightGBM"]
