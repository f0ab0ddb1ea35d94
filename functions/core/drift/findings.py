"""The drift report, ``drift.json``: results of comparing new data with a reference.

Two levels are kept apart everywhere: something has *changed* when the change is statistically significant, however
small, and it has *drifted* when the effect size is also large enough to matter.
"""

from typing import Literal

from pydantic import Field

from functions.core.drift.reference.counts import Document
from functions.core.wording import quoted

type Verdict = Literal["no_reference", "another_table", "not_enough_data", "stable", "watch", "retrain", "not_measured"]
type Change = Literal["outliers", "missing values", "location", "spread", "shape", "categories"]

# Limits of the verdicts: watch from the first on, retrain above the second.
WATCH = 0.1
RETRAIN = 0.3
# The false discovery rate over all features, and the significance level of each other test.
FALSE_DISCOVERY_RATE = 0.02


class ShareChange(Document):
    """A share of the reference's rows and of the new ones."""

    reference: float
    new: float


class Bin(ShareChange):
    """A bin or a category with the share of the rows in it."""

    label: str


class FeatureDrift(Document):
    """One column against its reference.

    Attributes:
        feature: the column's name.
        title: what the column is, in words; of a history column, None of any other.
        kind: how it was compared.
        score: ``1 - exp(-psi)``, in 0 to 1.
        psi: population stability index over the reference's bins, less its expectation under sampling noise.
        distance: Jensen-Shannon distance over the same bins.
        ks: Kolmogorov-Smirnov statistic; None for categories.
        p_value: combined over all tests of this feature, adjusted for the number of features.
        changed: the change is significant: ``p_value`` is at most ``FALSE_DISCOVERY_RATE``.
        drifted: the change is significant and large: ``score`` is at least ``WATCH`` too.
        change: kind of change with the lowest p-value, where anything changed.
        missing: shares of missing values.
        outliers: shares of numbers out of the range ``usual``.
        usual: the range that holds all but a thousandth of the reference on either side.
        new_categories: shares of the most frequent categories that the reference lacks.
        moved_on: most new values are where the reference had next to none, as with clocks, dates and counters.
        bins: both histograms, of the features that drifted most.
    """

    feature: str
    title: str | None = None
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

    @property
    def words(self) -> str:
        """What people read: the title, or the name in quotes."""
        return self.title or quoted(self.feature)


class RoleChange(Document):
    """A column's role in the reference and in the new data; the reference of an earlier release has no roles."""

    reference: str | None
    new: str


class SchemaChanges(Document):
    """Schema changes; ``reordered`` columns alone are harmless, as columns are found by their names.

    ``roles`` are columns that both files have and that are used in another way: as a time or an entity now and not
    before, or not at all; the last are not among ``removed``. ``needed`` are those of ``removed``, ``retyped`` and
    ``roles`` that held more than one value, so that the model was fitted on them and needs them. ``expected`` counts
    the reference's columns.
    """

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    retyped: tuple[str, ...] = ()
    reordered: tuple[str, ...] = ()
    roles: dict[str, RoleChange] = Field(default_factory=dict)
    needed: tuple[str, ...] = ()
    expected: int = 0


class MultivariateDrift(Document):
    """A two-sample classifier test: ``rows`` new rows against as many of the reference's, by ``columns`` columns.

    An ``auc`` of 0.5 is chance; ``null_auc`` is the 95 % quantile of the null distribution. It is ``drifted`` from the
    AUC on that a single shift of ``WATCH`` would give.
    """

    auc: float
    null_auc: float
    p_value: float
    rows: int
    columns: int
    changed: bool
    drifted: bool


class LabelDrift(Document):
    """Both fraud rates, with a 95 % interval of the new one."""

    reference_rate: float
    rate: float
    low: float
    high: float
    p_value: float
    changed: bool
    drifted: bool


class DriftReport(Document):
    """The verdict on new data and its explanation; scores only where there is something to compare.

    ``features`` are sorted by falling score, those that changed first: the score of the others is sampling noise,
    and has no part in ``max_feature_drift`` or ``drift_score``. ``prediction`` compares the champion's scores.
    ``ignored`` are the columns that a setting excludes, ``clocks`` and ``entities`` those whose role does, as they are
    new in each file; ``filling`` are the titles of history columns whose windows are longer than what is known;
    ``notes`` are reasons why something else was not compared.
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
    clocks: tuple[str, ...] = ()
    entities: tuple[str, ...] = ()
    filling: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
