"""The reference profile: what a model was trained on, small enough to travel with it.

It holds counts between frozen cuts, never rows: of each feature, of the model's scores and of the labels. Beside it
travels a bounded sample of rows, for what counts of single columns can't show.
"""

from functions.core.reference.categories import CategoricalProfile
from functions.core.reference.counts import Counts
from functions.core.reference.numbers import NumericProfile
from functions.core.reference.profile import (
    FeatureProfile,
    ReferenceProfile,
    build_reference,
    kind_of,
    profile_feature,
    profile_numbers,
)
from functions.core.reference.sample import reference_sample

__all__ = [
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
