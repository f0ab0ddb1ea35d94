"""What comparing new data with a reference says: ``drift.json``, which the report page is made of.

Two levels are kept apart everywhere: something has *changed* when that is certain, however small it is, and it has
*drifted* when it is also large enough to matter.
"""

from typing import Literal

from pydantic import Field

from functions.core.drift.reference.counts import Document

type Verdict = Literal["no_reference", "another_table", "not_enough_data", "stable", "watch", "retrain", "not_measured"]
type Change = Literal["outliers", "missing values", "location", "spread", "shape", "categories"]

# Drift scores from here on are to be watched, those above the second limit mean that a new model is due.
WATCH = 0.1
RETRAIN = 0.3
# The share of false calls among the features that are called changed, and the level of each test beside them.
FALSE_DISCOVERY_RATE = 0.02


class ShareChange(Document):
    """A share of the reference's rows, and of the new ones."""

    reference: float
    new: float


class Bin(ShareChange):
    """A bin or a category with the share of the rows in it."""

    label: str


class FeatureDrift(Document):
    """One column against its reference.

    Attributes:
        feature: the column's name.
        kind: how it was compared.
        score: ``1 - exp(-psi)``, in 0 to 1.
        psi: population stability index over the reference's bins, less what sampling noise is expected to give.
        distance: Jensen-Shannon's over the same bins.
        ks: Kolmogorov and Smirnov's statistic, of numbers.
        p_value: of all the tests of this feature together, adjusted for the number of features.
        changed: the change is certain: ``p_value`` is at most ``FALSE_DISCOVERY_RATE``.
        drifted: the change is certain and matters: ``score`` is at least ``WATCH`` too.
        change: what changed most clearly, where anything did.
        missing: the shares of missing values.
        outliers: of numbers, the shares of values beyond ``usual``.
        usual: the range that holds all but a thousandth of the reference on either side.
        new_categories: the shares of the most frequent categories that the reference did not have.
        moved_on: most new values are where the reference had next to none, as those of clocks, dates and counters are.
        bins: both distributions, of the features that drifted most.
    """

    feature: str
    kind: Literal["numeric", "categorical"]
    score: float
    psi: float
    distance: float
    ks: float | None
    p_value: float
    changed: bool
    drifted: bool
    change: Change | None
    missing: ShareChange
    outliers: ShareChange | None = None
    usual: tuple[float | None, float | None] | None = None
    new_categories: dict[str, float] = Field(default_factory=dict)
    moved_on: bool = False
    bins: tuple[Bin, ...] = ()


class SchemaChanges(Document):
    """Columns that differ: ``reordered`` ones alone are harmless, as columns are found by their names.

    ``needed`` are those of ``removed`` and ``retyped`` that held more than one value, so that a model has learnt from
    them and can't do without. ``expected`` counts the reference's columns.
    """

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    retyped: tuple[str, ...] = ()
    reordered: tuple[str, ...] = ()
    needed: tuple[str, ...] = ()
    expected: int = 0


class MultivariateDrift(Document):
    """How well a classifier tells ``rows`` new rows from as many of the reference's, looking at ``columns`` columns.

    An ``auc`` of 0.5 is chance, and chance alone stays below ``null_auc`` 95 times of 100. ``changed`` and ``drifted``
    are as everywhere; what matters starts where a single shift of ``WATCH`` would put the AUC.
    """

    auc: float
    null_auc: float
    p_value: float
    rows: int
    columns: int
    changed: bool
    drifted: bool


class LabelDrift(Document):
    """The fraud rates, with a 95 % interval of the new one; a change by half or more matters."""

    reference_rate: float
    rate: float
    low: float
    high: float
    p_value: float
    changed: bool
    drifted: bool


class DriftReport(Document):
    """The verdict on new data, in a sentence too; figures only where there is something to compare.

    ``features`` are sorted by falling score, those that changed first: the score of the others is what chance gives,
    and has no part in ``max_feature_drift`` or ``drift_score``. ``prediction`` compares the champion's scores.
    ``ignored`` are the columns that were left out on request, ``notes`` say what else could not be compared, and why.
    """

    schema_version: Literal[1] = 1
    verdict: Verdict
    explanation: str
    reference_rows: int
    rows: int
    drift_score: float | None = None
    n_changed_features: int | None = None
    n_drifted_features: int | None = None
    max_feature_drift: float | None = None
    features: tuple[FeatureDrift, ...] = ()
    columns: SchemaChanges = SchemaChanges()
    multivariate: MultivariateDrift | None = None
    prediction: FeatureDrift | None = None
    label: LabelDrift | None = None
    ignored: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
