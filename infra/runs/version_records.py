"""Records about a model's versions: its latest trial, and how a version compared with the champion of its day."""

from typing import TYPE_CHECKING, Literal, Protocol
from urllib.parse import quote

from botocore.exceptions import BotoCoreError, ClientError
from pydantic import BaseModel, ValidationError

from infra.deployment.pipeline import CONFIG, session
from infra.home.state import Deployed
from infra.runs.bucket_objects import BucketObjects

if TYPE_CHECKING:
    from collections.abc import Sequence

    from infra.runs.execution import PipelineExecution

_AWAY = (ClientError, BotoCoreError)


class VersionRecordStore(Protocol):
    """The part of an object store that holds the records."""

    def keys(self, uri: str) -> "Sequence[str]":
        """List the keys of a bucket that begin as this URI's does."""

    def read(self, uri: str) -> bytes:
        """Read a whole object."""


class TrialFigures(BaseModel):
    """The numbers of a verdict, as ``functions.core.loop.shadow_trial`` has them."""

    decisions: float = 0
    frauds: float = 0
    disagreements: float = 0
    days: float = 0
    saved: float = 0
    evidence: float = 0
    evidence_against: float = 0
    evidence_needed: float = 0


class TrialRecord(BaseModel):
    """What the last look has found of a challenger on trial."""

    outcome: Literal["promote", "stop", "wait"]
    reason: str
    metrics: TrialFigures


class RollbackRecord(BaseModel):
    """What the last look has found of a new champion against the former one."""

    roll_back: bool
    reason: str
    metrics: TrialFigures


class JudgedRecord(BaseModel):
    """A look at the versions, as JudgeVersions has written it; ``at`` is when it began."""

    champion: str
    challenger: str | None = None
    former: str | None = None
    trial: TrialRecord | None = None
    rollback: RollbackRecord | None = None
    at: str = ""


class _Limits(BaseModel):
    estimate: float
    low: float
    high: float


class _Metrics(BaseModel):
    test_fraud_f1: float


class _Counts(BaseModel):
    frauds_missed: int
    false_alarms: int


class _Performance(BaseModel):
    metrics: _Metrics
    confusion: _Counts


class _Impact(BaseModel):
    total_cost: float


class ContenderRecord(BaseModel):
    """One of two versions on the rows that both are measured on."""

    evaluation: _Performance
    impact: _Impact


class _Paired(BaseModel):
    cost: _Limits
    rows: int
    frauds: int


class ComparisonRecord(BaseModel):
    """A version and the champion of its day, on the same test rows that the champion has not seen."""

    champion: ContenderRecord
    challenger: ContenderRecord
    paired: _Paired
    rows_left_out: int


class VersionRecords:
    """The records of one deployed pipeline.

    Args:
        store: where they are.
        loop: the loop's bucket.
    """

    def __init__(self, store: VersionRecordStore, loop: str) -> None:
        self._store = store
        self._loop = loop

    @classmethod
    def of(cls, deployed: Deployed) -> "VersionRecords":
        """Return the records of a deployed pipeline."""
        settings = deployed.settings
        client = session(settings).client("s3", endpoint_url=settings.endpoint_url, config=CONFIG)
        return cls(BucketObjects(client), deployed.outputs.get("LoopBucket", "loop"))

    def judged(self, model: str) -> JudgedRecord | None:
        """Return what the last look has found of a model's versions; None before one, or when it can't be read."""
        try:
            keys = sorted(self._store.keys(f"s3://{self._loop}/judged/{quote(model, safe='')}/"))
            if not keys:
                return None
            record = JudgedRecord.model_validate_json(self._store.read(f"s3://{self._loop}/{keys[-1]}"))
        except (*_AWAY, ValidationError):
            return None
        return record.model_copy(update={"at": keys[-1].rpartition("/")[2].partition("-")[0]})

    def comparison(self, execution: "PipelineExecution") -> ComparisonRecord | None:
        """Return how a run's version compared with the champion; None where it did not, or where it is gone."""
        result = execution.result()
        uri = result.registration.decision_uri if result else None
        if not uri:
            return None
        try:
            return _Decided.model_validate_json(self._store.read(uri)).comparison
        except (*_AWAY, ValidationError):
            return None


class _Decided(BaseModel):
    comparison: ComparisonRecord | None = None
