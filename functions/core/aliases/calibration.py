"""Where release 0.1 had ``SigmoidCalibrator``."""

from functions.core.training.calibration import SigmoidCalibrator

__all__ = ["SigmoidCalibrator"]
