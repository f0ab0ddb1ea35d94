"""Feature engineering and preprocessing: derived features, entity history, encoding and scaling.

``FeatureMaker`` is here for models of release 0.1 too, which name it by this path.
"""

from functions.core.features.maker import FeatureMaker

__all__ = ["FeatureMaker"]
