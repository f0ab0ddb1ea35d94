"""The reference profile of a model: features, scores and labels."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from pydantic import Field

from functions.core.data.tables import Role
from functions.core.drift.reference.categories import CategoricalProfile
from functions.core.drift.reference.counts import Document
from functions.core.drift.reference.numbers import NumericProfile, as_numbers
from functions.core.histories.full_windows import LEAST_FULL, full_windows
from functions.core.histories.history_plan import HistoryPlan
from functions.core.histories.phrases import titles

_NOTHING: Mapping[str, Any] = MappingProxyType({})

type FeatureProfile = Annotated[NumericProfile | CategoricalProfile, Field(discriminator="kind")]


class ReferenceProfile(Document):
    """A profile of the training data; ``model_dump_json`` and ``model_validate_json`` are its file format.

    ``features`` are in the order of the columns. ``scores`` is the distribution of the model's scores on rows that it
    was not fitted on. ``roles`` are what the columns mean, where that is known: an earlier release knew none.
    ``histories`` says which columns were added for what entities did before, as a document of ``HistoryPlan``; empty
    without any, as in earlier releases. Of such a column those rows count whose window lies within the table: before,
    it was still filling up, which no later data does. ``filling`` are those with too few such rows to compare with.
    """

    schema_version: Literal[2] = 2
    rows: int
    frauds: int
    features: dict[str, FeatureProfile]
    scores: NumericProfile
    roles: dict[str, Role] = Field(default_factory=dict)
    histories: dict[str, Any] = Field(default_factory=dict)
    filling: tuple[str, ...] = ()

    @property
    def plan(self) -> HistoryPlan | None:
        """The plan of the history columns; None without any."""
        return HistoryPlan.of(self.histories) if self.histories else None

    @property
    def titles(self) -> dict[str, str]:
        """What each history column is, in words, by its name."""
        return {} if self.plan is None else titles(self.plan)


def build_reference(
    X: pd.DataFrame,
    y: ArrayLike,
    scores: ArrayLike,
    roles: Mapping[str, Role] = _NOTHING,
    histories: Mapping[str, Any] = _NOTHING,
) -> ReferenceProfile:
    """Build the profile of the training split; of an entity it counts the missing values only.

    Args:
        X: features (n, p) of the training split; text columns are categorical, all others numeric, NaN is missing.
        y: its labels (n,), 1 = fraud.
        scores: the model's scores (m,) of validation: those of its own training rows are overconfident, and any later
            data would look drifted.
        roles: what the features mean, of those that have a role.
        histories: the plan of the history columns among them, as a document.
    """
    plan = HistoryPlan.of(histories) if histories else None
    full = {} if plan is None else full_windows(plan, {plan.clock: X[plan.clock]})
    filling = tuple(name for name, rows in full.items() if np.count_nonzero(rows) < LEAST_FULL)

    def profile(name: str) -> FeatureProfile:
        if roles.get(name) == "entity":
            return _profile_entity(X[name])
        return profile_feature(X.loc[full[name], name] if name in full and name not in filling else X[name])

    return ReferenceProfile(
        rows=len(X),
        frauds=int(np.sum(np.asarray(y) == 1)),
        features={str(name): profile(str(name)) for name in X.columns},
        scores=profile_numbers(scores),
        roles=dict(roles),
        histories=dict(histories),
        filling=filling,
    )


def kind_of(values: pd.Series) -> Literal["numeric", "categorical"]:
    """Return a column's kind: booleans are numbers, everything that is not a number is text."""
    return "numeric" if pd.api.types.is_numeric_dtype(values.dtype) else "categorical"


def profile_feature(values: pd.Series) -> NumericProfile | CategoricalProfile:
    """Build the profile of one column of n values."""
    if kind_of(values) == "numeric":
        return NumericProfile.of(as_numbers(values))
    return CategoricalProfile.of(values)


def _profile_entity(values: pd.Series) -> CategoricalProfile:
    missing = int(values.isna().sum())
    return CategoricalProfile(categories={}, other=len(values) - missing, missing=missing)


def profile_numbers(numbers: ArrayLike) -> NumericProfile:
    """Build the profile of n numbers that are no column of a table, such as a model's scores."""
    return NumericProfile.of(np.asarray(numbers, dtype=np.float64))
