"""How far new data is from what a model was trained on: how large a change is, apart from how certain it is."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import special

from functions.core.reference import Counts, NumericProfile, ReferenceProfile, kind_of

type Verdict = Literal["no_reference", "not_enough_data", "stable", "watch", "retrain"]

WATCH = 0.1
RETRAIN = 0.3
FALSE_DISCOVERY_RATE = 0.05
MIN_ROWS = 100
MIN_EXPECTED = 5.0


@dataclass(frozen=True, slots=True)
class FeatureDrift:
    """One distribution against its reference.

    Attributes:
        feature: the column's name.
        psi: population stability index, less what sampling noise alone is expected to give.
        score: ``1 - exp(-psi)``, in 0 to 1.
        p_value: of a chi-square test of homogeneity, adjusted for the number of features.
        changed: the change is certain, however small: ``p_value`` is at most ``FALSE_DISCOVERY_RATE``.
        drifted: the change is certain and matters: ``score`` is at least ``WATCH`` too.
    """

    feature: str
    psi: float
    score: float
    p_value: float
    changed: bool
    drifted: bool


@dataclass(frozen=True, slots=True)
class SchemaChanges:
    """Columns that the reference and the new data do not have in common; their order never matters."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    retyped: tuple[str, ...] = ()

    @property
    def any(self) -> bool:
        """Whether there are any."""
        return bool(self.added or self.removed or self.retyped)


@dataclass(frozen=True, slots=True)
class DriftReport:
    """The verdict on new data, in one sentence too; figures only where there is something to compare.

    ``features`` is sorted by falling score. ``prediction`` compares the model's scores and ``fraud_rates`` holds the
    fraud rate of the reference and of the new data, where they were given.
    """

    verdict: Verdict
    explanation: str
    drift_score: float | None = None
    n_drifted_features: int | None = None
    max_feature_drift: float | None = None
    features: tuple[FeatureDrift, ...] = ()
    schema: SchemaChanges = SchemaChanges()
    prediction: FeatureDrift | None = None
    fraud_rates: tuple[float, float] | None = None


def detect_drift(
    reference: ReferenceProfile, X: pd.DataFrame, *, scores: ArrayLike | None = None, y: ArrayLike | None = None
) -> DriftReport:
    """Compare new data with a reference profile.

    Per feature, PSI is taken over the reference's quantile bins or categories, missing values being a bin of their
    own. ``drift_score`` joins the features whose change is certain: ``1 - exp(-norm)``, norm being the Euclidean norm
    of their PSIs. One drifted feature thus counts with its own score, k equal ones with sqrt(k) times its PSI, and
    features that merely vary by chance with nothing; so the figure does not grow with the number of columns. Scores
    of ``WATCH`` (PSI 0.105) and ``RETRAIN`` (PSI 0.357) are the limits of the verdicts.

    Args:
        reference: profile of the data that the model was trained on.
        X: new features (n, p), in any order; text columns are categorical, all others numeric, NaN is missing.
        scores: the model's scores (n,) on X, when it could be asked.
        y: the new labels (n,), 1 = fraud, when they are known.

    Returns:
        A report; its verdict is ``not_enough_data`` when either side has fewer than ``MIN_ROWS`` rows, or no column
        can be compared.
    """
    schema = _compare_schemas(reference, X)
    shared = [name for name in reference.features if name in X.columns and name not in schema.retyped]
    rates = None if y is None else (reference.fraud_rate, float(np.mean(np.asarray(y) == 1)))
    reason = _too_little(reference.rows, len(X), shared)
    if reason:
        return DriftReport("not_enough_data", reason, schema=schema, fraud_rates=rates)
    counts = {name: (reference.features[name].binned, reference.features[name].bin(X[name])) for name in shared}
    features = _compare_features(counts)
    drift_score = _join(features)
    verdict = _verdict(drift_score)
    return DriftReport(
        verdict=verdict,
        explanation=_explain(verdict, drift_score, features, schema),
        drift_score=drift_score,
        n_drifted_features=sum(feature.drifted for feature in features),
        max_feature_drift=features[0].score,
        features=features,
        schema=schema,
        prediction=None if scores is None else _compare_scores(reference.scores, scores),
        fraud_rates=rates,
    )


def population_stability_index(reference: Counts, new: Counts) -> float:
    """PSI between two sets of counts over the same B bins, corrected for sampling noise; 0 or more.

    The sum over bins of (q - p) ln(q / p) (Siddiqi, Credit Risk Scorecards, 2006; it is the symmetrised
    Kullback-Leibler divergence), with shares p and q smoothed by half a row a bin (Krichevsky and Trofimov 1981) so
    that an empty bin counts without being infinite. Bins that are empty on both sides do not count. Two samples of n
    and m rows of one distribution have an expected PSI of (B - 1)(1/n + 1/m) (Yurdakul 2018), which is subtracted.
    """
    used = (reference + new) > 0
    bins = int(used.sum())
    n, m = float(reference.sum()), float(new.sum())
    if bins < 2 or not n or not m:  # noqa: PLR2004 - one bin has nothing to differ in
        return 0.0
    p = (reference[used] + 0.5) / (n + bins / 2)
    q = (new[used] + 0.5) / (m + bins / 2)
    noise = (bins - 1) * (1 / n + 1 / m)
    return max(0.0, float(np.sum((q - p) * np.log(q / p))) - noise)


def homogeneity_p_value(reference: Counts, new: Counts) -> float:
    """P-value of Pearson's chi-square test that both sets of counts over the same bins have one distribution.

    Bins where either side is expected to have fewer than ``MIN_EXPECTED`` rows are pooled (Cochran 1954). 1.0 when
    fewer than two bins are left.
    """
    n, m = float(reference.sum()), float(new.sum())
    both = reference + new
    if not n or not m:
        return 1.0
    rare = both * min(n, m) / (n + m) < MIN_EXPECTED
    table = np.array([[*side[~rare], side[rare].sum()] for side in (reference, new)])
    table = table[:, table.sum(axis=0) > 0]
    if table.shape[1] < 2:  # noqa: PLR2004 - one bin has nothing to differ in
        return 1.0
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / table.sum()
    # Not scipy.stats: importing it takes a second, and this is all that is needed of it.
    return float(special.chdtrc(table.shape[1] - 1, np.sum((table - expected) ** 2 / expected)))


def adjust_p_values(p_values: Counts) -> Counts:
    """Adjust k p-values so that calling those below q significant keeps the share of false calls at q.

    Benjamini and Hochberg 1995; the result has the order of the input (k,).
    """
    order = np.argsort(p_values)[::-1]
    ranks = np.arange(len(p_values), 0, -1)
    adjusted = np.empty(len(p_values))
    adjusted[order] = np.minimum.accumulate(np.minimum(p_values[order] * len(p_values) / ranks, 1.0))
    return adjusted


def _compare_schemas(reference: ReferenceProfile, X: pd.DataFrame) -> SchemaChanges:
    new = {str(name): kind_of(X[name]) for name in X.columns}
    old = {name: profile.kind for name, profile in reference.features.items()}
    return SchemaChanges(
        added=tuple(name for name in new if name not in old),
        removed=tuple(name for name in old if name not in new),
        retyped=tuple(name for name, kind in old.items() if new.get(name, kind) != kind),
    )


def _too_little(reference_rows: int, rows: int, shared: list[str]) -> str | None:
    if not shared:
        return "Not enough data to tell: the new data has no column in common with the reference."
    if min(reference_rows, rows) < MIN_ROWS:
        return f"Not enough data to tell: {rows} rows against {reference_rows}, {MIN_ROWS} are needed on either side."
    return None


def _compare_features(counts: Mapping[str, tuple[Counts, Counts]]) -> tuple[FeatureDrift, ...]:
    p_values = adjust_p_values(np.array([homogeneity_p_value(old, new) for old, new in counts.values()]))
    features = [
        _feature_drift(name, population_stability_index(old, new), float(p_value))
        for (name, (old, new)), p_value in zip(counts.items(), p_values, strict=True)
    ]
    return tuple(sorted(features, key=lambda feature: (-feature.score, feature.feature)))


def _compare_scores(reference: NumericProfile, scores: ArrayLike) -> FeatureDrift:
    new = reference.bin(pd.Series(np.asarray(scores, dtype=np.float64)))
    return _compare_features({"score": (reference.binned, new)})[0]


def _feature_drift(name: str, psi: float, p_value: float) -> FeatureDrift:
    score = 1 - float(np.exp(-psi))
    changed = p_value <= FALSE_DISCOVERY_RATE
    return FeatureDrift(name, psi, score, p_value, changed=changed, drifted=changed and score >= WATCH)


def _join(features: tuple[FeatureDrift, ...]) -> float:
    return 1 - float(np.exp(-np.linalg.norm([feature.psi for feature in features if feature.changed])))


def _verdict(drift_score: float) -> Verdict:
    if drift_score >= RETRAIN:
        return "retrain"
    return "watch" if drift_score >= WATCH else "stable"


def _explain(verdict: Verdict, drift_score: float, features: tuple[FeatureDrift, ...], schema: SchemaChanges) -> str:
    drifted = [feature.feature for feature in features if feature.drifted]
    who = f", most of all {', '.join(drifted[:3])}" if drifted else ""
    changes = [
        f"{len(columns)} column{'s'[: len(columns) - 1]} {what} ({', '.join(columns[:3])})"
        for what, columns in (("added", schema.added), ("removed", schema.removed), ("retyped", schema.retyped))
        if columns
    ]
    columns = f"; {', '.join(changes)}" if changes else ""
    how_many = f"{len(drifted)} of {len(features)} features drifted"
    return f"{verdict.capitalize()}: drift {drift_score:.2f}, {how_many}{who}{columns}."
