"""The reference profile: a summary of the training data, small enough to be stored with the model.

It holds histograms with frozen edges, never rows: of each feature, of the model's scores and of the labels. A bounded
sample of rows is stored beside it for the multivariate test.
"""

from functions.core.drift.reference.categories import CategoricalProfile
from functions.core.drift.reference.counts import Counts
from functions.core.drift.reference.numbers import NumericProfile
from functions.core.drift.reference.reference_profile import (
    FeatureProfile,
    ReferenceProfile,
    build_reference,
    kind_of,
    profile_feature,
    profile_numbers,
)
from functions.core.drift.reference.sample import NOT_COMPARED, reference_sample

__all__ = [
    "NOT_COMPARED",
    "CategoricalProfile",
    "Counts",
    "FeatureProfile",
    "NumericProfile",
    "ReferenceProfile",
    "build_reference",
    "kind_of",
    "profile_feature",
    "profile_numbers",
    "reference_sample",
]
