"""Contents of a report page: every number on the page is one of these, or the share or difference of two of them.

Shares and probabilities are in 0 to 1, money is in the currency of the cost settings, and all metrics are those of the
test split unless a docstring says otherwise. Texts may hold anything: they are escaped where they are written.
"""

from dataclasses import dataclass

from functions.core.drift import Verdict
from functions.core.evaluation.certainty import Intervals
from functions.core.evaluation.confusion import Confusion
from functions.core.evaluation.costs import BusinessImpact, Costs
from functions.core.evaluation.intervals import Interval
from functions.core.evaluation.latest_rows import LatestRows
from functions.core.evaluation.results import CandidateResult, Curves, Importance


@dataclass(frozen=True, slots=True)
class Rival:
    """One of two models on the rows that both are compared on; ``cost`` is money."""

    version: str
    frauds_missed: int
    false_alarms: int
    average_precision: float
    cost: float


@dataclass(frozen=True, slots=True)
class Rivals:
    """Champion and challenger on the same ``rows`` with their ``frauds``.

    ``rows_left_out`` were omitted for both, as the champion was trained on them. ``cost_difference`` is the
    challenger's cost less the champion's, in money, with the interval of the paired difference.
    """

    champion: Rival
    challenger: Rival
    cost_difference: Interval
    rows: int
    frauds: int
    rows_left_out: int


@dataclass(frozen=True, slots=True)
class ReportedDecision:
    """The decision on the run's model, the reason in a sentence, and the comparison with a champion, if any."""

    promoted: bool
    reason: str
    rivals: Rivals | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """Confusion matrix and business impact of the selected model.

    Attributes:
        algorithm: the selected candidate.
        confusion: counts at the threshold.
        impact: those counts in money.
        costs: the cost matrix.
        amount_column: the column with the cost of each missed fraud in place of ``costs.missed_fraud``, if any.
        return_on_operation: net gain over the cost of running the model, 0.0 being break-even; None without a cost.
        threshold_policy: ``cost``, ``f1`` or ``precision_at_recall``.
    """

    algorithm: str
    confusion: Confusion
    impact: BusinessImpact
    costs: Costs
    amount_column: str | None
    return_on_operation: float | None
    threshold_policy: str


@dataclass(frozen=True, slots=True)
class CandidateComparison:
    """The candidates of the run, and the reason for the selection in a sentence."""

    candidates: tuple[CandidateResult, ...]
    selection: str


@dataclass(frozen=True, slots=True)
class BinChange:
    """A bin or a category of a feature: the share of the champion's data in it, and of the new data."""

    label: str
    reference: float
    new: float


@dataclass(frozen=True, slots=True)
class FeatureShift:
    """One feature's drift: its score in 0 to 1, whether the change is significant and large, and both histograms.

    ``said`` describes the change with its statistics; it may be empty. ``title`` says what a history column is.
    """

    feature: str
    score: float
    drifted: bool
    bins: tuple[BinChange, ...]
    said: str = ""
    title: str | None = None


@dataclass(frozen=True, slots=True)
class DriftResult:
    """Drift of the new data against the champion's.

    Attributes:
        verdict: of ``functions.core.drift``.
        explanation: one sentence.
        champion_version: of the model whose data is the reference; None without one.
        score: drift of all features together, 0 to 1; None when there was nothing to compare.
        drifted: how many features drifted.
        changed: how many changed significantly, the drifted ones included.
        compared: how many were compared.
        features: the most drifted ones of those that changed, by falling score.
        facts: findings beyond single features, as names with sentences.
    """

    verdict: Verdict
    explanation: str
    champion_version: str | None = None
    score: float | None = None
    drifted: int = 0
    changed: int = 0
    compared: int = 0
    features: tuple[FeatureShift, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ColumnProfile:
    """One feature of the uploaded data.

    ``minimum``, ``median`` and ``maximum`` are None for a categorical one, which has its most frequent categories
    with their counts instead.
    """

    name: str
    kind: str
    missing_share: float
    distinct: int
    minimum: float | None = None
    median: float | None = None
    maximum: float | None = None
    top: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class ReportedColumn:
    """What a column of the file was taken for, whether the model gets it, and why.

    ``guess`` is whether it might as well be something else, ``suspect`` whether it may know the label.
    """

    name: str
    role: str
    used: bool
    reason: str
    guess: bool = False
    suspect: bool = False


@dataclass(frozen=True, slots=True)
class Split:
    """Number of rows of a split, and of frauds among them."""

    name: str
    rows: int
    frauds: int


@dataclass(frozen=True, slots=True)
class DataSummary:
    """The uploaded data: ``duplicate_rows`` repeat an earlier one, ``notes`` say what was recognised or omitted.

    ``columns`` are the features, ``roles`` all columns of the file, in its order. ``thinning`` is what was left out of
    the training, if anything was.
    """

    file: str
    rows: int
    features: int
    frauds: int
    duplicate_rows: int
    target: str
    target_explanation: str
    notes: tuple[str, ...]
    splits: tuple[Split, ...]
    split_explanation: str
    columns: tuple[ColumnProfile, ...]
    roles: tuple[ReportedColumn, ...] = ()
    thinning: str | None = None


@dataclass(frozen=True, slots=True)
class Lineage:
    """Provenance of the model: names and versions of data, code, run and libraries.

    ``settings`` and ``libraries`` are pairs of a name and a value, ``started_at`` is a timestamp in ISO 8601. A field
    is None where the run has no such thing, a previous champion for instance. ``console_page`` is the URL of the run's
    page in the console.
    """

    upload_uri: str
    version_id: str | None
    etag: str
    dataset_digest: str
    code_version: str
    seed: int
    execution_arn: str
    mlflow_run_id: str
    model_name: str
    model_version: str
    previous_champion: str | None
    started_at: str
    settings: tuple[tuple[str, str], ...]
    libraries: tuple[tuple[str, str], ...]
    console_page: str | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """Contents of a run's report page."""

    outcome: Outcome
    decision: ReportedDecision
    comparison: CandidateComparison
    curves: Curves
    intervals: Intervals
    drift: DriftResult
    importances: tuple[Importance, ...]
    data: DataSummary
    lineage: Lineage
    latest_rows: LatestRows | None = None
    not_explained: str | None = None
