"""Records of the loop's decisions in the loop bucket, which never expire.

- ``decisions/<model>/<time>-<id>.json``: each decision about retraining, also not to, with its figures.
- ``retrainings/<model>/<number>.json``: a retraining that was started. Numbers count from 1 without a gap, and creating
  the next one is the claim: of two looks at once one gets it. ``<number>-failed.json`` says why it came to nothing.
- ``questions/<model>/<number>.json``: a person was asked; ``<number>-answer.json`` is the answer.

Reading them takes what ``functions.contracts.records`` says of records.
"""

from typing import Literal

from pydantic import Field

from functions.contracts.base import Contract, Execution
from functions.contracts.loop_states import ByHand, WatchCause
from functions.contracts.records import Record

DECISIONS = "decisions/"
RETRAININGS = "retrainings/"
QUESTIONS = "questions/"
# Training data of the loop, among the uploads.
UPLOADS = "loop/"


class RetrainRecord(Record):
    """One decision about retraining."""

    id: str
    model: str
    version: str | None = Field(description="the champion's; None where there is none")
    at: str = Field(description="ISO 8601, UTC")
    cause: WatchCause
    execution: Execution
    outcome: Literal["retrain", "wait", "ask"]
    pays: bool = Field(description="also where a guard or a setting holds back what pays")
    reason: str
    figures: dict[str, float] = Field(description="each figure that was weighed")
    episode: str | None = None
    retraining: int | None = None
    by_hand: ByHand | None = None
    measured_uri: str | None = None


class WatchedVersion(Contract):
    """What a look found of a version in production: metrics at one moment, and tags that replace those of before."""

    model: str
    version: str
    at: str = Field(description="ISO 8601")
    metrics: dict[str, float]
    tags: dict[str, str]


class RetrainingRecord(Record):
    """A retraining that was started."""

    number: int = Field(ge=1)
    model: str
    version: str | None = Field(description="the champion's, at that time")
    decision: str = Field(description="the id of the decision")
    at: str = Field(description="ISO 8601, UTC")
    execution: Execution
    reason: str
    episode: str | None = None
    by_hand: ByHand | None = None

    @property
    def upload_key(self) -> str:
        """Where its training data is, among the uploads."""
        return f"{UPLOADS}{self.model}/{self.decision}.parquet"


class RetrainingFailure(Record):
    """Why a retraining came to nothing."""

    at: str
    error: str
    message: str
    interrupted: bool = Field(default=False, description="by a crash; it is started again, and counts for no guard")


class RetrainQuestion(Record):
    """A question to a person; the token ends the wait of its execution, as long as that is there."""

    number: int = Field(ge=1)
    model: str
    version: str | None
    decision: str
    at: str = Field(description="ISO 8601, UTC")
    execution: Execution
    reason: str
    episode: str | None = Field(default=None, description="the drift that goes on, where there is one")
    task_token: str


class RetrainAnswer(Record):
    """The answer to a question: yes, or no where ``by_hand.refused``."""

    at: str
    by_hand: ByHand
