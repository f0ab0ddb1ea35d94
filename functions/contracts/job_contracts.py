"""Training jobs of SageMaker: what the state machine starts one with, what its hosts read, and what they write."""

from pydantic import Field, JsonValue

from functions.contracts.base import Contract, Execution, StateError
from functions.contracts.state_inputs import TrainModelInput


class TrainingJob(Contract):
    """A training job of one candidate.

    Attributes:
        name: its own in the account and region; the next try has another.
        attempt: number of the try, from 1.
        result_uri: where the candidate is, once it is trained; the same for all tries.
        error_uri: where this try says why it failed.
        is_trained: whether the candidate is there already, so that no job is needed.
        request: what SageMaker's CreateTrainingJob is called with.
    """

    name: str = Field(pattern=r"^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$")
    attempt: int = Field(ge=1)
    result_uri: str
    error_uri: str
    is_trained: bool
    request: dict[str, JsonValue]


class CandidateForJob(TrainModelInput):
    """A candidate to be trained by a training job: ``job`` is the one before, and ``failure`` why it failed."""

    job: TrainingJob | None = None
    failure: StateError | None = None


class WriteTrainingJobInput(Contract):
    """WriteTrainingJob."""

    execution: Execution
    write: CandidateForJob


class ReadTrainedModelInput(Contract):
    """ReadTrainedModel."""

    execution: Execution
    read: TrainingJob


class TrainingJobDocument(Contract):
    """What the hosts of a training job read.

    Attributes:
        asked: what TrainModel was asked for.
        result_uri: where the first host writes the candidate.
        error_uri: where it writes why there is none.
        seconds: how long the job may run.
    """

    asked: TrainModelInput
    result_uri: str
    error_uri: str
    seconds: int = Field(gt=0)

    @property
    def folder(self) -> str:
        """Where the hosts of this try meet."""
        return self.error_uri.rpartition("/")[0]


class ToldError(Contract):
    """An error as a host tells it: the name of its class, and its sentence."""

    error_type: str
    message: str
