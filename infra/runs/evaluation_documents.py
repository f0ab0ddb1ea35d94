"""Evaluation documents of runs: the curves and operating points of the model that a run has trained, on its test rows.

EvaluateModel writes them (``functions.core.evaluation.measurement``). They outlive the release that has written them:
fields that are not known are left out.
"""

from collections.abc import Callable

from botocore.exceptions import ClientError
from pydantic import BaseModel, ValidationError

from functions.contracts import TradeOff
from functions.contracts.records import first_fault
from infra.deployment.pipeline import CONFIG, session
from infra.errors import EvaluationError
from infra.home.state import Deployed
from infra.runs.bucket_objects import BucketObjects
from infra.runs.execution import PipelineExecution

_MISSING = frozenset({"NoSuchKey", "NoSuchBucket"})


class PrecisionRecallPoints(BaseModel):
    """Precision over recall, by falling recall, from 1 to 0; at most some hundred points."""

    recall: list[float]
    precision: list[float]


class NamedTradeOffs(BaseModel):
    """Operating points by name: the chosen one, the baselines, and those that the policies would have chosen."""

    chosen: TradeOff
    at_half: TradeOff
    doing_nothing: TradeOff
    alarming_on_everything: TradeOff | None = None
    policies: dict[str, TradeOff] = {}


class MeasuredCurves(BaseModel):
    """Curves of the chosen model.

    ``cost`` has the mistakes and their cost at each of some hundred thresholds, by falling threshold: from flagging
    nothing to flagging all. ``precision_recall`` is None where the test rows lack one of the classes.
    """

    precision_recall: PrecisionRecallPoints | None
    cost: list[TradeOff]
    points: NamedTradeOffs


class ConfusionCounts(BaseModel):
    """Decisions on the test rows at the chosen threshold."""

    frauds_detected: int
    frauds_missed: int
    false_alarms: int
    legitimate_passed: int

    @property
    def frauds(self) -> int:
        """Number of frauds among the test rows."""
        return self.frauds_detected + self.frauds_missed

    @property
    def rows(self) -> int:
        """Number of test rows."""
        return self.frauds + self.false_alarms + self.legitimate_passed


class EvaluationDocument(BaseModel):
    """What is shown of a run's evaluation on its test rows."""

    threshold: float
    confusion: ConfusionCounts
    curves: MeasuredCurves


class EvaluationDocuments:
    """The evaluation documents of a deployed pipeline.

    Args:
        read: reads an object by its ``s3://`` address.
    """

    def __init__(self, read: Callable[[str], bytes]) -> None:
        self._read = read

    @classmethod
    def of(cls, deployed: Deployed) -> "EvaluationDocuments":
        """Return the documents of a deployed pipeline."""
        settings = deployed.settings
        client = session(settings).client("s3", endpoint_url=settings.endpoint_url, config=CONFIG)
        return cls(BucketObjects(client).read)

    def of_run(self, execution: PipelineExecution) -> EvaluationDocument:
        """Read the evaluation of a run.

        Raises:
            EvaluationError: when the run has none, or it can't be read.
        """
        result = execution.result()
        if result is None:
            raise EvaluationError(f"The run {execution.name} has no evaluation: it has not succeeded.")
        try:
            return EvaluationDocument.model_validate_json(self._read(result.evaluation.uri), extra="ignore")
        except ClientError as error:
            if error.response["Error"]["Code"] not in _MISSING:
                raise
            raise EvaluationError(f"The evaluation of the run {execution.name} is no longer kept.") from error
        except ValidationError as error:
            fault = first_fault(error)
            raise EvaluationError(f"The evaluation of the run {execution.name} can't be read: {fault}.") from error
