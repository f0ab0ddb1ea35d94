"""Payloads of the feedback machine: a file of labels, and what it says of the decisions that were made."""

from pydantic import Field

from functions.contracts.base import Contract, Execution
from functions.contracts.datasets import Upload
from functions.contracts.state_inputs import RecordFailureInput, UploadInput


class LabelsFile(Contract):
    """The labels of a file, as they are kept."""

    part_uri: str = Field(description="Parquet: the labels as they came, a row each")
    received_at: int = Field(description="when they came, in microseconds since 1970")
    rows: int = Field(ge=1)
    frauds: int = Field(ge=0, description="rows that say fraud")
    notes: list[str] = Field(default=[], description="how the file was read, where a user would want to know")


class LabelsJoined(Contract):
    """What the labels of a file came to, counted by transaction, after all labels that have come so far."""

    transactions: int = Field(ge=1, description="distinct ones in the file")
    matched: int = Field(ge=0, description="those that were decided on")
    unmatched: int = Field(ge=0, description="those that were not, yet: their labels are kept, and match later")
    frauds: int = Field(ge=0, description="those that are fraud now")
    repeated: int = Field(ge=0, description="those of which the file says nothing that was not known")
    contradicted: int = Field(ge=0, description="those with both labels known at the same time; the later came last")
    revoked: int = Field(ge=0, description="those that were known as fraud, and are legitimate now")
    outdated: int = Field(ge=0, description="those of which a label is kept that was known later than the file's")
    days_median: float | None = Field(default=None, description="from decision to label; None where none matched")
    days_longest: float | None = None
    report_uri: str = Field(description="JSON: the same, with the transactions by name")
    monitoring: str = Field(default="", description="one sentence: pushed, not configured, or why not")


class CheckLabelsInput(UploadInput):
    """CheckLabels."""


class CheckedLabels(Contract):
    """CheckLabels' result replaces the input."""

    execution: Execution
    upload: Upload
    labels: LabelsFile


class JoinLabelsInput(CheckedLabels):
    """JoinLabels."""


class FeedbackOutput(JoinLabelsInput):
    """The output of a successful execution of the feedback machine."""

    joined: LabelsJoined


class RecordFeedbackFailureInput(RecordFailureInput):
    """RecordFeedbackFailure."""
