"""What the states hand to each other: S3 URIs and small numbers, never rows.

The execution's state is one JSON document; each state adds a key to it (see ``statemachine/pipeline.asl.json``).
A contract refuses unknown fields, so a drifted state machine fails at the first state instead of the last.
"""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from functions.settings import RunSettings

SplitName = Literal["train", "validation", "test"]
Alias = Literal["champion", "challenger"]
DriftVerdict = Literal["no_reference", "not_enough_data", "stable", "watch", "retrain"]


class Contract(BaseModel):
    """A frozen payload that refuses what it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())


class Execution(Contract):
    """Which execution of the state machine this is."""

    arn: str
    name: str
    started_at: str


class UploadRequest(Contract):
    """What a user or an event names: only the first two are needed."""

    bucket: str
    key: str
    version_id: str | None = None
    etag: str | None = None
    id: str | None = Field(default=None, description="the event's; LocalStack names the execution after it")


class Upload(Contract):
    """The one object version that this run is about."""

    bucket: str
    key: str
    version_id: str | None
    etag: str
    size: int = Field(description="bytes")

    @property
    def uri(self) -> str:
        """Where it is, for people."""
        return f"s3://{self.bucket}/{self.key}"

    @property
    def name(self) -> str:
        """The file's own name."""
        return self.key.rsplit("/", 1)[-1]


class Dataset(Contract):
    """The checked data; the kind of each feature is in the Parquet file's own metadata."""

    uri: str = Field(description="Parquet")
    profile_uri: str = Field(description="JSON")
    digest: str
    rows: int
    features: int
    frauds: int
    duplicate_rows: int
    target: str
    target_explanation: str
    notes: list[str] = Field(description="what was recognised or left out that a user would want to know")


class SplitCounts(Contract):
    """How many rows a split has, and how many of them are fraud."""

    rows: int
    frauds: int


class Splits(Contract):
    """Train, validation and test, as Parquet."""

    uris: dict[SplitName, str]
    counts: dict[SplitName, SplitCounts]
    duplicate_rows: int
    explanation: str


class TrainedModel(Contract):
    """The fitted model with its decision threshold, and what it was trained on."""

    uri: str = Field(description="skops")
    reference_uri: str = Field(description="JSON: the profile that later data is compared with")
    algorithm: str
    parameters: dict[str, str | float | int | bool | None]
    threshold: float
    threshold_policy: str
    validation: dict[str, float]
    seconds: float


class FeatureDrift(Contract):
    """One feature's drift score, in 0 to 1."""

    feature: str
    score: float


class Drift(Contract):
    """How far the new data is from what the champion was trained on; figures only when there is a reference."""

    verdict: DriftVerdict
    explanation: str
    champion_version: str | None = None
    drift_score: float | None = None
    n_drifted_features: int | None = None
    max_feature_drift: float | None = None
    top_features: list[FeatureDrift] = []
    report_uri: str | None = Field(default=None, description="JSON: every feature")


class Impact(Contract):
    """What the model's decisions on the test split cost, in the user's currency."""

    lost_to_missed_frauds: float
    spent_on_false_alarms: float
    total_cost: float
    cost_of_doing_nothing: float
    saved: float


class Evaluation(Contract):
    """How the model did on rows that it never saw."""

    uri: str = Field(description="JSON: metrics, confusion counts, impact")
    scores_uri: str = Field(description="Parquet: label and score of each test row")
    metrics: dict[str, float]
    impact: Impact


class MetricsLog(Contract):
    """Where the metrics went."""

    mlflow_run_id: str
    mlflow_experiment_id: str
    exposition_uri: str = Field(description="Prometheus text format")
    pushed: bool
    monitoring: str = Field(description="one sentence: pushed, not configured, or why not")


class Registration(Contract):
    """What the registry holds now."""

    name: str
    version: str
    alias: Alias
    reason: str


class Failure(Contract):
    """What a failed run leaves behind."""

    uri: str
    error_type: str
    message: str


class TrainingResults(Contract):
    """What the parallel branches leave."""

    model: TrainedModel
    drift: Drift


# What each state is given. The state machine's ``Parameters`` build exactly these.


class LoadDataInput(Contract):
    """LoadData: which object, in which execution."""

    execution: Execution
    upload: UploadRequest


class PreprocessDataInput(Contract):
    """PreprocessData."""

    execution: Execution
    settings: RunSettings
    dataset: Dataset


class TrainModelInput(Contract):
    """TrainModel."""

    execution: Execution
    settings: RunSettings
    splits: Splits


class DetectDriftInput(PreprocessDataInput):
    """DetectDrift looks at the whole of the new data, so it needs no splits."""


class EvaluateModelInput(TrainModelInput):
    """EvaluateModel."""

    model: TrainedModel


class LogMetricsInput(Contract):
    """LogMetrics."""

    execution: Execution
    settings: RunSettings
    upload: Upload
    dataset: Dataset
    splits: Splits
    model: TrainedModel
    drift: Drift
    evaluation: Evaluation


class RegisterModelInput(LogMetricsInput):
    """RegisterModel."""

    log: MetricsLog


class StateError(Contract):
    """An error as Step Functions hands it to ``Catch``: the cause of a Lambda error is JSON text."""

    Error: str
    Cause: str = ""


class RecordFailureInput(Contract):
    """RecordFailure: the raw input of the execution, since any state may have failed."""

    execution: Execution
    input: dict[str, Any]
    state: dict[str, Any] = Field(description="the execution's document so far, with the upload if LoadData succeeded")
    error: StateError


# The document after the first state, and after the last.


class LoadDataOutput(Contract):
    """LoadData's result replaces the input."""

    execution: Execution
    upload: Upload
    settings: RunSettings
    dataset: Dataset


class PipelineOutput(LoadDataOutput):
    """The output of a successful execution."""

    splits: Splits
    results: TrainingResults
    evaluation: Evaluation
    log: MetricsLog
    registration: Registration
