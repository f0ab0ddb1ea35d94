"""The execution's document, after the first state and after the last."""

from pydantic import Field

from functions.contracts.base import Contract, Execution
from functions.contracts.datasets import Dataset, Splits, Upload
from functions.contracts.state_results import Evaluation, Examination, Publication, Registration, TrainingResults
from functions.settings import Algorithm, RunSettings


class LoadDataOutput(Contract):
    """LoadData's result replaces the input."""

    execution: Execution
    upload: Upload
    settings: RunSettings
    candidates: list[Algorithm] = Field(description="what TrainModel is invoked for, one invocation each")
    dataset: Dataset


class PipelineOutput(LoadDataOutput):
    """The output of a successful execution."""

    splits: Splits
    results: TrainingResults
    examined: Examination
    registration: Registration
    publication: Publication

    @property
    def evaluation(self) -> Evaluation:
        """Evaluation of the selected model."""
        return self.examined.evaluation
