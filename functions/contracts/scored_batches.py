"""Payloads of the scoring machine: a file of transactions, the version that scores it, and what comes of it.

A batch is scored part by part. Each part is an object of the scores bucket, whose presence says that it is done
(``functions/run/scored_parts.py`` reads and writes them); the payloads hold counts and URIs, never rows.
"""

from typing import Annotated, Literal

from pydantic import Field

from functions.contracts.base import Contract, Execution, StateError
from functions.contracts.datasets import Name, Upload
from functions.contracts.drift_results import DriftVerdict
from functions.contracts.state_inputs import RecordFailureInput, UploadInput
from functions.contracts.state_results import Bounds

BatchFormat = Literal["csv", "parquet"]
MAX_REASONS = 20


class BatchSettings(Contract):
    """Settings of one batch, as its upload's metadata or its execution's input may name them."""

    model: Name | None = Field(default=None, description="name in the registry; the stack's unless given")
    version: Annotated[str, Field(pattern=r"^[0-9]{1,9}$")] | None = Field(
        default=None, description="the version that scores; that of the alias unless given"
    )
    alias: Name = Field(default="champion", description="the alias of the version that scores")
    key_column: Name | None = Field(
        default=None, description="the column that names each row in the scores; the row's number unless given"
    )
    reasons: int = Field(default=3, ge=0, le=MAX_REASONS, description="reasons of each alarm; 0 leaves them out")


class ScoringVersion(Contract):
    """The version that scores a batch from its first row to its last, wherever the alias moves meanwhile."""

    name: str
    version: str
    run_id: str
    alias: str | None = Field(default=None, description="the alias that led to it; None where the version was given")
    threshold: float = Field(description="the lowest score that raises an alarm")
    cost_missed_fraud: float
    cost_false_alarm: float
    fraud_cost_column: str | None = Field(default=None, description="holds the cost of missing each fraud")


class BatchFile(Contract):
    """A batch's file, as it was recognised, and how it is divided into parts."""

    format: BatchFormat
    parts: int = Field(ge=1)
    plan_uri: str = Field(description="JSON: where each part begins and ends, and how the file is written")
    key: str | None = Field(default=None, description="the column that names each row in the scores")
    label: str | None = Field(default=None, description="the column with the labels, where the file has them")
    positive_label: str | None = Field(default=None, description="the label that means fraud, where it is known")
    kept_share: float = Field(gt=0, le=1, description="share of the rows whose columns are kept for drift")
    events_uri: str | None = Field(
        default=None, description="Parquet: the version's training data as events of histories, pinned for this batch"
    )
    notes: list[str] = Field(description="what was recognised or left out that a user would want to know")


class ScoredSoFar(Contract):
    """How much of a batch is scored; ``next_part`` parts are, counted from the first."""

    next_part: int = Field(ge=0)
    finished: bool
    rows: int = Field(ge=0)
    alarms: int = Field(ge=0)
    unexplained: int = Field(default=0, ge=0, description="alarms without reasons, as others of their part are higher")
    frauds: int | None = Field(default=None, description="rows whose label is fraud; None without a label")
    labelled: int | None = Field(default=None, description="rows that have a label; None without a column of labels")


class ExpectedOutcome(Contract):
    """A batch's outcome as its calibrated scores tell it, without labels, with 95 % intervals."""

    frauds: float
    frauds_interval: Bounds
    precision: float | None = None
    precision_interval: Bounds | None = None
    recall: float | None = None
    recall_interval: Bounds | None = None
    cost: float
    cost_interval: Bounds


class BatchTraffic(Contract):
    """What a batch's rows tell of the traffic and of the model.

    The machine itself answers with an ``error``, and the defaults of all else, where MeasureTraffic has failed.
    """

    verdict: DriftVerdict = "not_measured"
    explanation: str = Field(default="", description="of the verdict, in one sentence")
    drift_score: float | None = None
    expected: ExpectedOutcome | None = None
    not_known: str | None = Field(default=None, description="why the outcome can't be known, in one sentence")
    doubts: list[str] = Field(default_factory=list, description="what speaks against what is expected, in sentences")
    realised: dict[str, float] | None = Field(default=None, description="metrics by the file's own labels")
    report_uri: str | None = Field(default=None, description="HTML, one self-contained page")
    summary_uri: str | None = Field(default=None, description="JSON: all of it")
    exposition_uri: str | None = Field(default=None, description="Prometheus text format")
    monitoring: str = Field(default="", description="one sentence: pushed, not configured, or why not")
    error: StateError | None = None


class ScoresFiles(Contract):
    """The scores of a batch, as one file each."""

    csv_uri: str
    parquet_uri: str
    bytes: int = Field(description="of the CSV")


class CheckBatchInput(UploadInput):
    """CheckBatch."""


class CheckedBatch(Contract):
    """CheckBatch's result replaces the input; ScoreParts goes on from ``scored``."""

    execution: Execution
    upload: Upload
    settings: BatchSettings
    model: ScoringVersion
    file: BatchFile
    scored: ScoredSoFar


class ScorePartsInput(CheckedBatch):
    """ScoreParts: the parts from ``scored.next_part`` on, as many as its time allows."""


class MeasureTrafficInput(CheckedBatch):
    """MeasureTraffic: all parts are scored."""


class PublishScoresInput(CheckedBatch):
    """PublishScores: all parts are scored, and measured if that could be done."""

    traffic: BatchTraffic


class ScoringOutput(PublishScoresInput):
    """The output of a successful execution of the scoring machine."""

    scores: ScoresFiles


class RecordScoringFailureInput(RecordFailureInput):
    """RecordScoringFailure: the same of a batch."""
