"""From a table's columns to a model's inputs: made features, an entity's history, preprocessing.

``FeatureMaker`` is here for models of release 0.1 too, which name it by this path.
"""

from functions.core.features.maker import FeatureMaker

__all__ = ["FeatureMaker"]
