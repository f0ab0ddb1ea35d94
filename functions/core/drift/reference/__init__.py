"""The reference profile: what a model was trained on, small enough to travel with it.

It holds counts between frozen cuts, never rows: of each feature, of the model's scores and of the labels. Beside it
travels a bounded sample of rows, for what counts of single columns can't show.
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
from functions.core.drift.reference.sample import reference_sample

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
