"""Results of each state."""

from typing import Any, Literal

from pydantic import Field, computed_field, model_validator

from functions.contracts.base import Contract, StateError
from functions.contracts.drift_results import Drift
from functions.settings import ENSEMBLE, Algorithm, ThresholdPolicy

Alias = Literal["champion", "challenger"]

# In front of a blended candidate's name among the ensemble's parameters.
WEIGHT = "weight_"


class Candidate(Contract):
    """A trained candidate; its metrics are those of its out-of-fold rows."""

    algorithm: Algorithm
    uri: str = Field(description="skops: calibrated, without a threshold")
    scores_uri: str = Field(description="Parquet: label and score of each held-out row, the same rows for all")
    parameters: dict[str, str | float | int | bool | None]
    folds: int
    average_precision: float
    validation_average_precision: float = Field(description="on validation alone, where the baseline is measured too")
    brier_score: float
    threshold: float = Field(description="its own, by the policy of the run")
    seconds: float = Field(description="of training, search excluded")
    collapsed: str | None = Field(default=None, description="why it is not to be used: it has learnt next to nothing")
    search_uri: str | None = Field(default=None, description="JSON: the trials of its parameter search")

    @property
    def blended(self) -> list[str]:
        """Members of the ensemble; empty for any other candidate."""
        names = self.parameters if self.algorithm == ENSEMBLE else ()
        return [name.removeprefix(WEIGHT) for name in names]


class TrainedModel(Contract):
    """The selected model, its decision threshold and its training data."""

    uri: str = Field(description="skops")
    profile_uri: str = Field(description="JSON: what it was trained on, for drift")
    reference_sample_uri: str | None = Field(description="Parquet: a few of the rows, for multivariate drift")
    seen_rows_uri: str = Field(description="NumPy: hashes of the rows that it was fitted, calibrated or chosen on")
    candidates: list[Candidate]
    selection: str = Field(description="why this candidate, in one sentence")
    algorithm: Algorithm
    parameters: dict[str, str | float | int | bool | None]
    threshold_policy: ThresholdPolicy
    thresholds: dict[ThresholdPolicy, float] = Field(description="what each policy would choose")
    validation: dict[str, float]
    seconds: float

    @model_validator(mode="before")
    @classmethod
    def _drop_derived(cls, given: Any) -> Any:  # noqa: ANN401 - whatever is to be validated
        """Drop ``threshold``: it is written for readers, and was a field of its own in release 0.1.0."""
        return {name: each for name, each in given.items() if name != "threshold"} if isinstance(given, dict) else given

    @computed_field  # type: ignore[prop-decorator]
    @property
    def threshold(self) -> float:
        """Return the threshold that the run's policy chose; states read it from the model's file."""
        return self.thresholds[self.threshold_policy]

    @property
    def chosen(self) -> Candidate:
        """The selected candidate."""
        return next(each for each in self.candidates if each.algorithm == self.algorithm)


class Impact(Contract):
    """Business impact of the model's decisions on the test split, in the user's currency."""

    lost_to_missed_frauds: float
    spent_on_false_alarms: float
    total_cost: float
    cost_of_doing_nothing: float
    cost_of_alarming_on_everything: float | None = Field(default=None, description="None in older records")
    cost_without_model: float | None = Field(default=None, description="the cheaper of the two; None in older records")
    saved: float = Field(description="against the cost without a model; against doing nothing where that is None")
    cost_at_half: float = Field(description="total cost if the threshold were 0.5")
    return_on_operation: float | None = Field(description="saved money for each unit of the cost of operation, less 1")

    @property
    def without_model(self) -> str:
        """Name of the cheaper baseline, which costs ``cost_without_model``."""
        cheapest = self.cost_without_model is None or self.cost_of_doing_nothing <= self.cost_without_model
        return "doing nothing" if cheapest else "alarming on everything"


class Bounds(Contract):
    """A 95 % interval."""

    low: float
    high: float


class TradeOff(Contract):
    """Mistakes when test rows with a score of at least ``threshold`` are flagged; the cost is money."""

    threshold: float
    frauds_missed: int
    false_alarms: int
    cost: float


class TradeOffs(Contract):
    """Operating points of other thresholds. Those chosen on the test rows are optimistic."""

    policies: dict[ThresholdPolicy, TradeOff]
    alarm_budget: int
    within_alarm_budget: TradeOff = Field(description="fewest frauds missed at no more false alarms than that")
    miss_limit: int
    under_miss_limit: TradeOff = Field(description="fewest false alarms that miss fewer frauds than that")


class Evaluation(Contract):
    """Evaluation of the model on the test split."""

    uri: str = Field(description="JSON: metrics, intervals, curves, impact, and every candidate's metrics")
    scores_uri: str = Field(description="Parquet: label, score and, where it varies, the amount of each test row")
    reference_uri: str = Field(description="JSON: the profile that later data is compared with, scores included")
    threshold: float = Field(description="what the registered model flags from: all metrics are at this score")
    metrics: dict[str, float]
    intervals: dict[str, Bounds]
    impact: Impact
    trade_offs: TradeOffs


class PlainEstimate(Contract):
    """Average precision of a plain model with its 95 % interval, and the frauds that it rests on."""

    estimate: float
    low: float
    high: float
    frauds: int


class ByClock(Contract):
    """A plain model on test rows at random and on the latest ones, at the same share of frauds."""

    clock: str = Field(description="the column that orders the rows")
    at_random: PlainEstimate
    latest: PlainEstimate
    note: str | None = Field(default=None, description="what it means, where the two differ beyond the noise")


class Explanation(Contract):
    """Feature importances, as far as the budget went; they decide nothing, so no run fails without them.

    The state machine itself answers with an ``error``, and nothing else, where ExplainModel has failed.
    """

    uri: str | None = Field(default=None, description="JSON: each feature's permutation importance and contribution")
    left_out: str | None = Field(default=None, description="what there was no time or memory for, in one sentence")
    by_clock: ByClock | None = Field(default=None, description="None without a clock, and in older records")
    error: StateError | None = None


class OpenedRun(Contract):
    """The run in MLflow, and its model."""

    mlflow_run_id: str
    mlflow_experiment_id: str
    mlflow_model_id: str
    mlflow_artifacts_uri: str = Field(description="where the run's artifacts are, as MLflow names it")
    notes: list[str] = Field(default_factory=list, description="what was done in MLflow that a user would want to know")


class MetricsLog(Contract):
    """Number of metrics, nested runs and plots that were logged to MLflow."""

    metrics: int = Field(description="number of metrics")
    nested_runs: int = Field(description="candidates, and trials of their searches")
    left_out: str | None = Field(default=None, description="the plots that could not be drawn, in one sentence")


class LoggedModel(Contract):
    """The model's URI in MLflow."""

    uri: str = Field(description="for mlflow.sklearn.load_model and mlflow.pyfunc.load_model")


class Examination(Contract):
    """Results of the parallel branches after the selection."""

    evaluation: Evaluation
    explanation: Explanation
    logged: LoggedModel
    log: MetricsLog | None = None


class Registration(Contract):
    """The registered version and the current champion."""

    name: str
    version: str
    alias: Alias
    reason: str
    champion: str | None = Field(default=None, description="the version that is the champion now")
    decision_uri: str | None = Field(default=None, description="JSON: the comparison with the champion")


NO_MONITORING = "No Pushgateway is configured (FRAUDFLOW_PUSHGATEWAY_URL)."


class Publication(Contract):
    """The run's report, metrics and push result."""

    report_uri: str = Field(description="HTML, one self-contained page")
    exposition_uri: str = Field(description="Prometheus text format")
    pushed: bool
    monitoring: str = Field(description="one sentence: pushed, not configured, or why not")


class Failure(Contract):
    """Results of a failed run."""

    uri: str
    error_type: str
    message: str


class TrainingResults(Contract):
    """Results of the parallel branches."""

    model: TrainedModel
    drift: Drift
    run: OpenedRun
