"""A loop whose decisions, question and measurements a test makes up."""

import datetime as dt
from typing import cast

from functions.contracts import Execution
from functions.contracts.loop_records import RetrainAnswer, RetrainingRecord, RetrainQuestion, RetrainRecord
from functions.contracts.loop_states import ByHand, WatchRequest
from infra.errors import AnsweredError
from infra.runs.execution import ExecutionStatus, PipelineExecution
from infra.runs.look_reports import LookReport, LookUnderWay, Retraining, SeenLook
from infra.runs.measured_looks import LoopMeasures, MeasuredLook
from tests.unit.infra.cli.fakes import HOSTILE

MODEL = "fraud-detector"
AT = dt.datetime(2026, 5, 10, tzinfo=dt.UTC)
EXECUTION = Execution(arn="arn:aws:states:us-east-1:0:execution:watch:one", name="one", started_at=AT.isoformat())
WAITED = RetrainRecord(
    id="one",
    model=MODEL,
    version="3",
    at=AT.isoformat(),
    cause="hourly",
    execution=EXECUTION,
    outcome="wait",
    pays=False,
    reason=f"Version 3 costs what it promised. {HOSTILE}",
    figures={"expected_gain": 0.0},
)
ASKED = RetrainQuestion(
    number=1,
    model=MODEL,
    version="3",
    decision="one",
    at=AT.isoformat(),
    execution=EXECUTION,
    reason=f"It pays. {HOSTILE}",
    task_token="token-of-the-task",  # noqa: S106 - it opens nothing
)
RETRAINED = RetrainingRecord(
    number=2, model=MODEL, version="3", decision="one", at=AT.isoformat(), execution=EXECUTION, reason="It pays."
)
ANSWERED = RetrainAnswer(at=AT.isoformat(), by_hand=ByHand(by="ada", reason=f"A campaign. {HOSTILE}", refused=True))
LATE = "ada has answered this question before with no: A campaign."


class FakeLoop:
    """What ``LoopWatch`` tells."""

    def __init__(self) -> None:
        self.model = MODEL
        self.made: list[RetrainRecord] = []
        self.asked: RetrainQuestion | None = None
        self.answered: RetrainAnswer | None = None
        self.retrained: Retraining | None = None
        self.running: LookUnderWay | None = None
        self.gathered: str | None = None
        self.seen_question: int | None = None
        self.measured: list[MeasuredLook] = []
        self.requests: list[WatchRequest | ByHand] = []
        self.forgotten = False
        self.looks: list[SeenLook] = []

    @property
    def measures(self) -> LoopMeasures:
        return cast("LoopMeasures", self)

    def latest(self, _model: str) -> MeasuredLook | None:
        return self.measured[-1] if self.measured else None

    def over_time(self, _model: str, *, since: dt.datetime, most: int) -> list[MeasuredLook]:
        assert since < dt.datetime.now(dt.UTC)
        return self.measured[:most]

    def decisions(self, _model: str, limit: int) -> list[RetrainRecord]:
        return self.made[:limit]

    def question(self, _model: str) -> RetrainQuestion | None:
        return self.asked

    def answer(self, _model: str) -> RetrainAnswer | None:
        return self.answered

    def retraining(self, _model: str) -> Retraining | None:
        return self.retrained

    def under_way(self, _model: str) -> LookUnderWay | None:
        return self.running

    def look(self, request: WatchRequest) -> PipelineExecution:
        self.requests.append(request)
        return ended("RUNNING")

    def retrain(self, _model: str, order: ByHand, *, seen: int | None = None) -> PipelineExecution:
        self._check(seen)
        self.requests.append(order)
        return ended("RUNNING")

    def refuse(self, _model: str, answer: ByHand, *, seen: int | None = None) -> PipelineExecution | None:
        self._check(seen)
        self.requests.append(answer)
        return None if self.forgotten else ended("RUNNING")

    def _check(self, seen: int | None) -> None:
        self.seen_question = seen
        if seen is not None and (self.asked is None or self.asked.number != seen):
            raise AnsweredError(LATE)

    def seen(self, name: str, *, answered: bool) -> SeenLook:
        assert (name, answered) == ("one", False)
        return self.looks.pop(0)

    def report(self, execution: PipelineExecution, _model: str) -> LookReport:
        return LookReport(execution_arn=execution.arn, status=execution.status, decision=WAITED, gathered=self.gathered)


def ended(status: ExecutionStatus = "SUCCEEDED") -> PipelineExecution:
    """Return a look."""
    return PipelineExecution(arn=EXECUTION.arn, name="one", status=status, started=AT)
