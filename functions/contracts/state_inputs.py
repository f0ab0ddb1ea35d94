"""Inputs of each state: the state machine's ``Parameters`` build exactly these."""

from typing import Any, override

from pydantic import Field, JsonValue, ValidationError

from functions.contracts.base import Contract, Execution, StateError
from functions.contracts.datasets import Dataset, Splits, Upload, UploadRequest
from functions.contracts.divided_uploads import PartsToRead
from functions.contracts.drift_results import Drift
from functions.contracts.refusals import refused_input
from functions.contracts.state_results import (
    Candidate,
    Evaluation,
    Explanation,
    LoggedModel,
    MetricsLog,
    OpenedRun,
    Registration,
    TrainedModel,
)
from functions.core.errors import FraudflowError
from functions.settings import Algorithm, RunSettings


class UploadInput(Contract):
    """Base of the first states' inputs: which object, in which execution."""

    execution: Execution
    upload: UploadRequest

    @classmethod
    @override
    def refusal(cls, error: ValidationError) -> FraudflowError:
        """Return the error for an execution that a person started with a wrong input."""
        return refused_input(error, "upload") or super().refusal(error)


class LoadDataInput(UploadInput):
    """LoadData."""


class PreprocessDataInput(Contract):
    """PreprocessData."""

    execution: Execution
    settings: RunSettings
    dataset: Dataset
    parts: PartsToRead | None = Field(default=None, description="of a table in parts, each of which is split already")


class SplitsInput(Contract):
    """Base of inputs of states that read the splits."""

    execution: Execution
    settings: RunSettings
    splits: Splits


class TrainModelInput(SplitsInput):
    """TrainModel: one candidate."""

    candidate: Algorithm


class SelectModelInput(SplitsInput):
    """SelectModel: all of them."""

    candidates: list[Candidate]


class DetectDriftInput(SplitsInput):
    """DetectDrift looks at the whole of the new data; the champion also scores the test split."""

    dataset: Dataset


class EvaluateModelInput(SplitsInput):
    """EvaluateModel."""

    model: TrainedModel
    parts: PartsToRead | None = Field(default=None, description="whose test rows are scored already; None scores all")


class ExplainModelInput(SplitsInput):
    """ExplainModel."""

    model: TrainedModel


class OpenRunInput(SplitsInput):
    """OpenRun."""

    upload: Upload
    dataset: Dataset


class LogModelInput(OpenRunInput):
    """LogModel."""

    model: TrainedModel
    drift: Drift
    run: OpenedRun


class LogMetricsInput(LogModelInput):
    """LogMetrics."""

    evaluation: Evaluation


class RegisterModelInput(LogMetricsInput):
    """RegisterModel."""

    explanation: Explanation
    logged: LoggedModel


class PublishResultsInput(RegisterModelInput):
    """PublishResults."""

    log: MetricsLog | None = None
    registration: Registration


class RecordFailureInput(Contract):
    """RecordFailure: the raw input of the execution, since any state may have failed."""

    execution: Execution
    input: JsonValue
    state: dict[str, Any] = Field(description="the execution's document so far, with the upload if LoadData succeeded")
    error: StateError
