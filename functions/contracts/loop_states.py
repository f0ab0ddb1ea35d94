"""Payloads of the watch machine: what is measured of a model in production, what is decided, and what is done.

MeasureLoop, JudgeVersions and DecideRetraining run at each look; then GatherTrainingData where a model is retrained, or
AskToRetrain where a person is asked first. The execution's document gains a key with each of them; figures in full are
in S3, under the URIs that the payloads carry.
"""

from typing import Literal, override

from pydantic import Field, ValidationError

from functions.contracts.base import Contract, Execution
from functions.contracts.datasets import Name
from functions.contracts.refusals import refused_look
from functions.contracts.state_inputs import RecordFailureInput
from functions.core.errors import FraudflowError

WatchCause = Literal["hourly", "labels", "hand", "restart"]


class ByHand(Contract):
    """A person's order to retrain: as the execution's input, or as the answer to a question (``AskToRetrain``)."""

    by: Name = Field(description="who")
    reason: Name = Field(description="why, in a sentence")
    refused: bool = Field(default=False, description="the answer is no: the look ends without a retraining")


class WatchRequest(Contract):
    """Input of an execution of the watch machine; nothing of it is required."""

    cause: WatchCause = Field(default="hand", description="what started the look")
    model: Name | None = Field(default=None, description="name in the registry; the stack's unless given")
    by_hand: ByHand | None = Field(default=None, description="an order to retrain, whatever the weighing says")
    id: str | None = Field(default=None, description="the event's; LocalStack names the execution after it")


class IntervalFigure(Contract):
    """A point estimate with its 95 % confidence interval."""

    estimate: float
    low: float
    high: float


class EpisodeFound(Contract):
    """A drift of the traffic that is going on."""

    id: Name = Field(description="the same at each look, until it is over")
    kind: Literal["shifted", "broken"] = Field(description="`broken`: a column fails upstream, no model can mend it")
    explanation: str = Field(default="", description="in one sentence")


class MeasuredLoop(Contract):
    """What MeasureLoop found of the model in production: what the decisions of this look rest on.

    The fields from ``version`` to ``labels_missing`` are those of ``functions.core.loop.retraining.Situation``, which
    says what each one is.
    """

    model: Name = Field(description="name in the registry")
    version: str | None = Field(default=None, description="the champion's; None where there is none yet")
    uri: str | None = Field(default=None, description="JSON: all that was measured; None without a champion")
    champion_days: float = Field(default=0.0, ge=0)
    decisions_a_day: float = Field(default=0.0, ge=0)
    counted: int = Field(default=0, ge=0)
    cost: float | None = None
    excess: IntervalFigure | None = None
    trained_frauds: int = Field(default=0, ge=0)
    fresh_frauds: int = Field(default=0, ge=0)
    surprises: float | None = Field(default=None, ge=0)
    episode: EpisodeFound | None = None
    labels_missing: str | None = None
    monitoring: str = Field(default="", description="one sentence: pushed, not configured, or why not")


class JudgedVersions(Contract):
    """What JudgeVersions found of the challenger on trial and of a new champion, and what it did."""

    champion: str | None = Field(description="the version that is champion after it; None where there is none")
    challenger: str | None = Field(default=None, description="the version that has been on trial")
    trial: Literal["none", "running", "promoted", "stopped"] = Field(
        default="none", description="of a challenger that passed the gate; `running` holds a retraining back"
    )
    rolled_back: bool = Field(default=False, description="whether the former champion is back")
    reason: str = Field(default="", description="in a sentence or two, with the figures")
    uri: str | None = Field(default=None, description="JSON: the figures in full")


class DecidedRetraining(Contract):
    """What DecideRetraining decided; ``uri`` is its record, with each figure."""

    id: Name = Field(description="of the decision, unique for the model; the training data's file carries it")
    outcome: Literal["retrain", "wait", "ask"]
    reason: str = Field(description="in a sentence or two, with the figures")
    uri: str = Field(description="JSON: `functions.contracts.loop_records.RetrainRecord`")
    retraining: int | None = Field(default=None, ge=1, description="its number, where a retraining was claimed")
    episode: str | None = Field(default=None, description="the drift that it answers, where there is one")
    monitoring: str = Field(default="", description="one sentence: pushed, not configured, or why not")


class AskedToRetrain(Contract):
    """AskToRetrain's result; the machine goes on with the answer, which is a ``ByHand``."""

    number: int = Field(ge=1, description="of the question")


class GatheredData(Contract):
    """What GatherTrainingData gave the main machine to train on; its upload starts that."""

    upload_uri: str = Field(description="Parquet, among the uploads; its event starts the main machine")
    lineage_uri: str = Field(description="JSON: the decision parts, the label parts, the champion, the window")
    digest: str = Field(description="of the rows")
    rows: int = Field(ge=1)
    frauds: int = Field(ge=1)
    notes: list[str] = Field(default=[], description="what was left out that a person would want to know")


class MeasureLoopInput(Contract):
    """MeasureLoop."""

    execution: Execution
    request: WatchRequest

    @classmethod
    @override
    def refusal(cls, error: ValidationError) -> FraudflowError:
        """Return the error for an execution that a person started with a wrong input."""
        return refused_look(error, "request") or super().refusal(error)


class JudgeVersionsInput(MeasureLoopInput):
    """JudgeVersions."""

    measured: MeasuredLoop


class DecideRetrainingInput(JudgeVersionsInput):
    """DecideRetraining: again after a question was answered, with the answer as ``request.by_hand``."""

    judged: JudgedVersions


class AskToRetrainInput(DecideRetrainingInput):
    """AskToRetrain: the token ends the wait."""

    decision: DecidedRetraining
    task_token: Name


class GatherTrainingDataInput(DecideRetrainingInput):
    """GatherTrainingData: ``decision.retraining`` is the number of the retraining."""

    decision: DecidedRetraining


class WatchOutput(GatherTrainingDataInput):
    """The output of an execution that retrains."""

    gathered: GatheredData


class RecordWatchFailureInput(RecordFailureInput):
    """RecordWatchFailure: the same of a look."""
