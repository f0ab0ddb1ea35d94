"""The reference profile: what a model was trained on, small enough to travel with it.

It holds counts, never rows: of each feature, of the model's scores and of the labels. Bins are frozen here, so that
every later comparison asks the same question.
"""

from collections import Counter
from typing import Annotated, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from pydantic import BaseModel, ConfigDict, Field

QUANTILE_BINS = 10
MAX_CATEGORIES = 30
MAX_CATEGORY_LENGTH = 60

type Counts = NDArray[np.float64]


class _Document(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class NumericProfile(_Document):
    """Counts between frozen edges: bin i holds edges[i-1] < x <= edges[i], the outer bins have no outer edge."""

    kind: Literal["numeric"] = "numeric"
    edges: tuple[float, ...]
    counts: tuple[int, ...]
    missing: int

    def bin(self, values: pd.Series) -> Counts:
        """Count n values in the reference's bins, the missing ones last: (len(edges) + 2,)."""
        numbers = values.to_numpy(dtype=np.float64, na_value=np.nan)
        return _bin_numbers(numbers, np.asarray(self.edges))

    @property
    def binned(self) -> Counts:
        """The reference's own counts, laid out as ``bin`` lays out new ones."""
        return np.array([*self.counts, self.missing], dtype=np.float64)


class CategoricalProfile(_Document):
    """Counts of the most frequent categories, of all others together, and of the missing ones."""

    kind: Literal["categorical"] = "categorical"
    categories: dict[str, int]
    other: int
    missing: int

    def bin(self, values: pd.Series) -> Counts:
        """Count n values in the reference's categories, then the others, then the missing: (categories + 2,)."""
        counts = _count_categories(values)
        known = [counts[category] for category in self.categories]
        present = counts.total()
        return np.array([*known, present - sum(known), len(values) - present], dtype=np.float64)

    @property
    def binned(self) -> Counts:
        """The reference's own counts, laid out as ``bin`` lays out new ones."""
        return np.array([*self.categories.values(), self.other, self.missing], dtype=np.float64)


type FeatureProfile = Annotated[NumericProfile | CategoricalProfile, Field(discriminator="kind")]


class ReferenceProfile(_Document):
    """What a model was trained on; ``model_dump_json`` and ``model_validate_json`` are its file format.

    ``scores`` is the distribution of the model's scores on rows that it was not fitted on.
    """

    schema_version: Literal[1] = 1
    rows: int
    fraud_rate: float
    features: dict[str, FeatureProfile]
    scores: NumericProfile


def build_reference(X: pd.DataFrame, y: ArrayLike, scores: ArrayLike) -> ReferenceProfile:
    """Profile the training split.

    Args:
        X: features (n, p) of the training split; text columns are categorical, all others numeric, NaN is missing.
        y: its labels (n,), 1 = fraud.
        scores: the model's scores (m,) on validation: on its own training rows a model is surer than it will ever be
            again, and any later data would look drifted.
    """
    return ReferenceProfile(
        rows=len(X),
        fraud_rate=float(np.mean(np.asarray(y) == 1)) if len(X) else 0.0,
        features={str(name): profile_feature(X[name]) for name in X.columns},
        scores=profile_numbers(np.asarray(scores, dtype=np.float64)),
    )


def kind_of(values: pd.Series) -> Literal["numeric", "categorical"]:
    """Tell how a column is compared: booleans are numbers, everything that is not a number is text."""
    return "numeric" if pd.api.types.is_numeric_dtype(values.dtype) else "categorical"


def profile_feature(values: pd.Series) -> FeatureProfile:
    """Profile one column of n values."""
    if kind_of(values) == "numeric":
        return profile_numbers(values.to_numpy(dtype=np.float64, na_value=np.nan))
    return profile_categories(values)


def profile_numbers(numbers: NDArray[np.float64]) -> NumericProfile:
    """Bin n numbers (NaN = missing) by their own deciles.

    A value that makes up a tenth of the rows or more (zeros, say) repeats among the deciles; it gets a bin of its own
    instead of the empty, zero-width ones that repeated edges would make.
    """
    present = numbers[~np.isnan(numbers)]
    edges = _quantile_edges(present)
    *counts, missing = _bin_numbers(numbers, edges).astype(int).tolist()
    return NumericProfile(edges=tuple(edges.tolist()), counts=tuple(counts), missing=missing)


def profile_categories(values: pd.Series) -> CategoricalProfile:
    """Count the ``MAX_CATEGORIES`` most frequent of n texts; longer ones than ``MAX_CATEGORY_LENGTH`` go to others."""
    counts = _count_categories(values)
    short = Counter({category: n for category, n in counts.items() if len(category) <= MAX_CATEGORY_LENGTH})
    kept = dict(sorted(short.items(), key=lambda item: (-item[1], item[0]))[:MAX_CATEGORIES])
    return CategoricalProfile(
        categories=kept, other=counts.total() - sum(kept.values()), missing=len(values) - counts.total()
    )


def _quantile_edges(present: NDArray[np.float64]) -> NDArray[np.float64]:
    if not len(present):
        return np.empty(0)
    inner = np.linspace(0, 1, QUANTILE_BINS + 1)[1:-1]
    # An observed value and never an interpolated one: equal values then share a bin whatever the rounding.
    deciles, repeats = np.unique(np.quantile(present, inner, method="inverted_cdf"), return_counts=True)
    just_below_masses = np.nextafter(deciles[repeats > 1], -np.inf)
    return np.unique(np.concatenate((deciles, just_below_masses)))


def _bin_numbers(numbers: NDArray[np.float64], edges: NDArray[np.float64]) -> Counts:
    missing = np.isnan(numbers)
    bins = np.searchsorted(edges, numbers[~missing], side="left")
    return np.append(np.bincount(bins, minlength=len(edges) + 1), missing.sum()).astype(np.float64)


def _count_categories(values: pd.Series) -> Counter[str]:
    counts: Counter[str] = Counter()
    for category, n in values.value_counts().items():
        counts[str(category)] += int(n)
    return counts


def reference_sample(X: pd.DataFrame, *, rows: int, seed: int) -> pd.DataFrame:
    """Draw at most ``rows`` of the n training rows (n, p) without replacement; the same ones for the same seed."""
    return X.sample(min(rows, len(X)), random_state=seed).reset_index(drop=True)
