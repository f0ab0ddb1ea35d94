"""The execution's document, after the first state and after the last."""

from typing import Any, Literal

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from functions.contracts.base import Contract, Execution
from functions.contracts.datasets import Dataset, Splits, Upload
from functions.contracts.divided_uploads import PartsToRead
from functions.contracts.state_results import Evaluation, Examination, Publication, Registration, TrainingResults
from functions.settings import Algorithm, RunSettings

# The states of the main lane after LoadData.
LaterState = Literal[
    "ReadParts",
    "PreprocessData",
    "TrainAndDetectDrift",
    "ExamineModel",
    "RegisterModel",
    "PublishResults",
]


class LoadDataOutput(Contract):
    """LoadData's result replaces the input."""

    execution: Execution
    upload: Upload
    settings: RunSettings
    candidates: list[Algorithm] = Field(description="what TrainModel is invoked for, one invocation each")
    dataset: Dataset
    parts: PartsToRead | None = Field(default=None, description="None where the upload was read whole")
    goes_on_with: LaterState = Field(default="PreprocessData", description="another only in a redriven run")


class ResumedOutput(LoadDataOutput):
    """LoadData's result in a redriven run: the document as it was before the state that failed."""

    splits: Splits | None = None
    results: TrainingResults | None = None
    examined: Examination | None = None
    registration: Registration | None = None

    @model_serializer(mode="wrap")
    def _without_what_is_to_come(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Leave out what is not there yet, as the machine does."""
        later = ("splits", "results", "examined", "registration")
        return {name: value for name, value in dump(self).items() if value is not None or name not in later}


class PipelineOutput(LoadDataOutput):
    """The output of a successful execution."""

    splits: Splits
    results: TrainingResults
    examined: Examination
    registration: Registration
    publication: Publication

    @model_validator(mode="before")
    @classmethod
    def _complete(cls, given: Any) -> Any:  # noqa: ANN401 - whatever is to be validated
        """Fill in the evaluation's threshold in a record of release 0.1.0, which kept it with the model."""
        match given:
            case {"results": {"model": {"threshold": threshold}}, "examined": {"evaluation": dict(evaluation)}}:
                examined = given["examined"] | {"evaluation": {"threshold": threshold} | evaluation}
                return given | {"examined": examined}
        return given

    @property
    def evaluation(self) -> Evaluation:
        """Evaluation of the selected model."""
        return self.examined.evaluation
