"""Drift detection: new data against the champion's reference profile, and the verdict."""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from functions.core.data.tables import Role
from functions.core.drift.distances import joined
from functions.core.drift.explanation import another_table, explain, lacking
from functions.core.drift.feature_drift import judge, measure, measure_numbers
from functions.core.drift.findings import (
    FALSE_DISCOVERY_RATE,
    RETRAIN,
    WATCH,
    DriftReport,
    FeatureDrift,
    MultivariateDrift,
    SchemaChanges,
    Verdict,
)
from functions.core.drift.labels import compare_labels
from functions.core.drift.multivariate import separate
from functions.core.drift.reference import NOT_COMPARED, NumericProfile, ReferenceProfile
from functions.core.drift.schema import compare_columns, is_another_table
from functions.core.histories.full_windows import LEAST_FULL, full_windows
from functions.core.histories.history_plan import HistoryPlan
from functions.core.wording import counted

# The effective sample size n m / (n + m) of n and m rows: 500 rows a side, or some more than half of that against many.
# The power to detect a shift of ``WATCH`` in one of 30 features is then 0.9; with fewer rows, a verdict of stable would
# mean nothing.
MIN_EFFECTIVE_ROWS = 250
# AUC of the best possible classifier when one normal feature has shifted by ``WATCH``: Phi(d / sqrt 2), where d^2 is
# the PSI of that shift.
AUC_WATCH = 0.59


@dataclass(frozen=True, slots=True)
class NewData:
    """New data to compare with a reference.

    Attributes:
        X: features (m, p), in any order; text columns are categorical, all others numeric, NaN is missing.
        y: labels (m,), 1 = fraud.
        scores: the champion's scores (k,) of the rows, or of a random sample of them; None where it could not score.
        roles: what the file's columns mean, those that are left out of X among them; a column without one is compared.
        known_since: the moment, as of events, from which on transactions are known: rows whose windows begin before it
            have no part in the comparison of history columns. None where all is known, as in traffic.
    """

    X: pd.DataFrame
    y: ArrayLike | None = None
    scores: ArrayLike | None = None
    roles: Mapping[str, Role] = field(default_factory=dict)
    known_since: int | None = None

    def full(self, plan: HistoryPlan | None) -> dict[str, NDArray[np.bool_]]:
        """Return the rows (m,) that count of each history column of a plan, where not all do."""
        if plan is None or self.known_since is None or plan.clock not in self.X.columns:
            return {}
        return full_windows(plan, {plan.clock: self.X[plan.clock]}, self.known_since)


def detect_drift(
    reference: ReferenceProfile,
    new: NewData,
    *,
    sample: pd.DataFrame | None = None,
    ignored: Collection[str] = (),
    seed: int = 0,
) -> DriftReport:
    """Compare new data with a reference profile.

    ``drift_score`` combines the features whose change is significant: ``1 - exp(-norm)``, norm being the Euclidean norm
    of their PSIs. One drifted feature thus counts with its own score, k equal ones with sqrt(k) times its PSI, and
    features without a significant change with nothing; so the score does not grow with the number of columns. Scores
    of ``WATCH`` (PSI 0.105) and ``RETRAIN`` (PSI 0.357) are the limits of the verdicts. Prediction drift, label drift
    and multivariate drift are reported apart and have no part in it.

    Columns that the champion needs and that are missing, retyped or used in another way have no score: they make the
    verdict ``retrain``, whatever the others look like, or ``watch`` where the champion scored all the same. Times and
    entities are not compared: a calendar always moves, and a hash is no category; nor are history columns that were
    still filling up on either side.

    Args:
        reference: profile of the data that the model was trained on.
        new: the new data.
        sample: rows of the reference, for the multivariate test.
        ignored: columns whose values are not compared; their presence is.
        seed: of the multivariate test's draws.

    Returns:
        A report; its verdict is ``another_table`` when too few of the reference's columns are present, and
        ``not_enough_data`` when either side has too few rows, or no column can be compared.
    """
    schema = compare_columns(reference, new.X, new.roles)
    schema = schema.model_copy(update={"added": tuple(name for name in schema.added if name not in ignored)})
    roles = _roles_not_compared(reference, new, ignored)
    full = new.full(reference.plan)
    filling = {*reference.filling, *(name for name, rows in full.items() if np.count_nonzero(rows) < LEAST_FULL)}
    left_out = {*ignored, *roles, *filling}
    X = new.X.drop(columns=[name for name in new.X.columns if name in left_out])
    profiles = {name: profile for name, profile in reference.features.items() if name not in left_out}
    shared = [str(name) for name in X.columns if name in profiles and name not in schema.retyped]
    verdict, explanation = _refusal(schema, reference.rows, len(X), shared)
    report = DriftReport(
        verdict=verdict,
        explanation=explanation,
        reference_rows=reference.rows,
        rows=len(X),
        columns=schema,
        label=None if new.y is None else compare_labels(reference.frauds, reference.rows, new.y),
        ignored=tuple(
            name for name in dict.fromkeys((*reference.features, *map(str, new.X.columns))) if name in ignored
        ),
        clocks=tuple(name for name, role in roles.items() if role == "time"),
        entities=tuple(name for name, role in roles.items() if role == "entity"),
        filling=tuple(title for name, title in reference.titles.items() if name in filling and name in new.X.columns),
    )
    if report.explanation:
        return report
    features = judge(
        [measure(name, profiles[name], X.loc[full[name], name] if name in full else X[name]) for name in shared],
        reference.titles,
    )
    drift_score = joined(features)
    report = report.model_copy(
        update={
            "verdict": _or_for_columns(verdict_of(drift_score), schema, scored=new.scores is not None),
            "drift_score": drift_score,
            "n_changed_features": sum(feature.changed for feature in features),
            "n_drifted_features": sum(feature.drifted for feature in features),
            "max_feature_drift": max((each.score for each in features if each.changed), default=0.0),
            "features": features,
            "multivariate": None if sample is None else _multivariate(sample, X, _of_rows(shared, reference), seed),
            "prediction": None if new.scores is None else _compare_scores(reference.scores, new.scores),
        }
    )
    return report.model_copy(update={"explanation": explain(report)})


def _roles_not_compared(reference: ReferenceProfile, new: NewData, ignored: Collection[str]) -> dict[str, Role | None]:
    """Return the new columns that are times or entities on either side, with that role."""
    roles = {
        name: role if (role := new.roles.get(name)) in NOT_COMPARED else reference.roles.get(name)
        for name in map(str, new.X.columns)
        if name not in ignored
    }
    return {name: role for name, role in roles.items() if role in NOT_COMPARED}


def verdict_of(drift_score: float) -> Verdict:
    """Return the verdict on a drift score; the alerts have the same limits."""
    if drift_score > RETRAIN:
        return "retrain"
    return "watch" if drift_score >= WATCH else "stable"


def _or_for_columns(verdict: Verdict, schema: SchemaChanges, *, scored: bool) -> Verdict:
    """Return the more severe verdict: that on the values or that on the missing and retyped columns."""
    if not schema.needed:
        return verdict
    if schema.retyped or not scored:
        return "retrain"
    return "retrain" if verdict == "retrain" else "watch"


def _refusal(schema: SchemaChanges, reference_rows: int, rows: int, shared: Sequence[str]) -> tuple[Verdict, str]:
    """Return the verdict and the reason where values can't be compared; an empty reason where they can."""
    if is_another_table(schema):
        return "another_table", another_table(schema)
    too_little = _too_little(reference_rows, rows, shared)
    # A missing column shows whatever the number of rows.
    lacks = lacking(schema) if too_little else None
    verdict: Verdict = "retrain" if lacks else "not_enough_data"
    return verdict, " ".join(filter(None, (lacks, too_little)))


def _too_little(reference_rows: int, rows: int, shared: Sequence[str]) -> str | None:
    if not shared:
        return "No column is left whose values can be compared."
    if reference_rows * rows >= MIN_EFFECTIVE_ROWS * (reference_rows + rows):
        return None
    if reference_rows <= MIN_EFFECTIVE_ROWS:
        return f"The champion was trained on {counted(reference_rows, 'row')}, which are too few to compare with."
    needed = math.ceil(MIN_EFFECTIVE_ROWS * reference_rows / (reference_rows - MIN_EFFECTIVE_ROWS))
    return f"{counted(rows, 'new row')}, where {needed:,} are needed against the champion's {reference_rows:,}."


def _multivariate(sample: pd.DataFrame, X: pd.DataFrame, shared: Sequence[str], seed: int) -> MultivariateDrift | None:
    names = [name for name in shared if name in sample.columns]
    told = separate(sample, X, names, seed=seed) if names else None
    if told is None:
        return None
    changed = told.p_value <= FALSE_DISCOVERY_RATE
    return MultivariateDrift(
        auc=told.auc,
        null_auc=told.null_auc,
        p_value=told.p_value,
        rows=told.rows,
        columns=told.columns,
        changed=changed,
        drifted=changed and told.auc >= AUC_WATCH,
    )


def _of_rows(columns: Sequence[str], reference: ReferenceProfile) -> list[str]:
    """Return the columns without those of histories: a sample of rows has some whose windows were filling up."""
    return [name for name in columns if name not in reference.titles]


def _compare_scores(reference: NumericProfile, scores: ArrayLike) -> FeatureDrift:
    new = reference.bin(pd.Series(np.asarray(scores, dtype=np.float64)))
    return judge([measure_numbers("score", reference, new)])[0]
