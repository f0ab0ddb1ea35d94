"""Commands about the model in production: what they show, order and exit with."""

import datetime as dt
import json
from collections.abc import Callable
from typing import cast

import pytest
from typer.testing import CliRunner, Result

from functions.contracts import Execution
from functions.contracts.loop_records import RetrainAnswer, RetrainingRecord, RetrainQuestion, RetrainRecord
from functions.contracts.loop_states import ByHand, WatchRequest
from functions.telemetry.state_runs import StateRun
from infra.cli import app
from infra.home.state import Deployed
from infra.runs.execution import PipelineExecution
from infra.runs.look_reports import LookReport, Retraining
from infra.runs.loop_watch import LoopWatch
from infra.runs.measured_looks import LoopMeasures, MeasuredLook
from infra.settings import StackSettings
from infra.stack.operations import Backend

AT = dt.datetime(2026, 5, 10, tzinfo=dt.UTC)
EXECUTION = Execution(arn="arn:aws:states:us-east-1:0:execution:watch:one", name="one", started_at=AT.isoformat())
WAITED = RetrainRecord(
    id="one",
    model="fraud-detector",
    version="3",
    at=AT.isoformat(),
    cause="hourly",
    execution=EXECUTION,
    outcome="wait",
    pays=False,
    reason="Version 3 costs what it promised.",
    figures={"expected_gain": 0.0},
)
ASKED = RetrainQuestion(
    number=1,
    model="fraud-detector",
    version="3",
    decision="one",
    at=AT.isoformat(),
    execution=EXECUTION,
    reason="It pays.",
    task_token="the-token",  # noqa: S106 - it opens nothing
)

type Call = Callable[..., Result]


class Fakes:
    """A loop that has decided once, and looks as a test says."""

    def __init__(self) -> None:
        self.model = "fraud-detector"
        self.made = [WAITED]
        self.asked: RetrainQuestion | None = None
        self.measured: MeasuredLook | None = None
        self.answered: RetrainAnswer | None = None
        self.retrained: Retraining | None = None
        self.requests: list[WatchRequest | ByHand] = []
        self.error: str | None = None
        self.gathered: str | None = None
        self.forgotten = False

    def backend(self) -> Backend:
        settings = StackSettings()
        return Backend(
            read_settings=lambda: settings,
            running=lambda _: Deployed(settings=settings, outputs={}),
            loop_watch=lambda _: cast("LoopWatch", self),
        )

    @property
    def measures(self) -> LoopMeasures:
        return cast("LoopMeasures", self)

    def latest(self, _model: str) -> MeasuredLook | None:
        return self.measured

    def decisions(self, model: str, limit: int) -> list[RetrainRecord]:
        return [each for each in self.made if each.model == model][:limit]

    def question(self, _model: str) -> RetrainQuestion | None:
        return self.asked

    def answer(self, _model: str) -> RetrainAnswer | None:
        return self.answered

    def retraining(self, _model: str) -> Retraining | None:
        return self.retrained

    def look(self, request: WatchRequest) -> PipelineExecution:
        self.requests.append(request)
        return PipelineExecution(arn=EXECUTION.arn, name="one", status="RUNNING", started=AT)

    def retrain(self, _model: str, order: ByHand) -> PipelineExecution:
        self.requests.append(order)
        return PipelineExecution(arn=EXECUTION.arn, name="one", status="RUNNING", started=AT)

    def refuse(self, _model: str, answer: ByHand) -> PipelineExecution | None:
        self.requests.append(answer)
        if self.forgotten:
            return None
        return PipelineExecution(arn=EXECUTION.arn, name="one", status="RUNNING", started=AT)

    def follow(
        self,
        execution: PipelineExecution,
        watch: Callable[[PipelineExecution, list[StateRun]], None],
        *,
        answered: bool,
    ) -> PipelineExecution:
        assert answered == isinstance(self.requests[-1], ByHand)
        watch(execution, [])
        return execution

    def report(self, execution: PipelineExecution, _model: str) -> LookReport:
        made = None if self.error or not self.made else self.made[0]
        return LookReport(
            execution_arn=execution.arn,
            status="FAILED" if self.error else "SUCCEEDED",
            decision=made,
            judged="No challenger is on trial.",
            gathered=self.gathered,
            error=self.error,
        )


@pytest.fixture
def fakes() -> Fakes:
    return Fakes()


@pytest.fixture
def call(fakes: Fakes) -> Call:
    return lambda *arguments: CliRunner().invoke(app, list(arguments), obj=fakes.backend())


def test_watch_shows_the_last_decision_and_what_waits_for_an_answer(call: Call, fakes: Fakes) -> None:
    """The token is nobody's to see."""
    assert "wait: Version 3 costs what it promised." in call("watch").stdout
    fakes.asked = ASKED
    assert "`fraudflow retrain` starts it" in call("watch").stdout
    told = call("watch", "--json").stdout
    assert json.loads(told)["question"]["reason"] == "It pays."
    assert "the-token" not in told


def test_watch_now_looks_and_sums_up(call: Call, fakes: Fakes) -> None:
    """Whatever is decided, the look has succeeded."""
    result = call("watch", "--now")
    assert result.exit_code == 0
    assert "No challenger is on trial." in result.stdout
    assert fakes.requests == [WatchRequest(cause="hand", model="fraud-detector")]


def test_a_look_that_failed_says_why_and_exits_with_1(call: Call, fakes: Fakes) -> None:
    """With the sentence of the state that failed."""
    fakes.error = "StorageDeniedError: S3 refuses the bucket loop."
    result = call("watch", "--now")
    assert result.exit_code == 1
    assert "S3 refuses the bucket loop." in result.stdout


def test_watch_tells_the_last_answer_and_the_last_retraining(call: Call, fakes: Fakes) -> None:
    """Also where the look that was answered has ended long ago."""
    fakes.answered = RetrainAnswer(at=AT.isoformat(), by_hand=ByHand(by="ada", reason="A new product."))
    record = RetrainingRecord(
        number=2, model="m", version="3", decision="one", at=AT.isoformat(), execution=EXECUTION, reason="It pays."
    )
    fakes.retrained = Retraining(record, failed=False)
    shown = " ".join(call("watch").stdout.split())
    assert "yes, by ada at 2026-05-10 00:00: A new product." in shown
    assert "number 2, ordered at 2026-05-10 00:00" in shown
    fakes.retrained = Retraining(record, failed=True)
    assert "came to nothing" in call("watch").stdout
    told = json.loads(call("watch", "--json").stdout)
    assert (told["answer"]["by_hand"]["by"], told["retraining"]["number"]) == ("ada", 2)


def test_without_a_decision_it_says_how_to_get_one(call: Call, fakes: Fakes) -> None:
    """A stack that has just been started has looked at nothing."""
    fakes.made = []
    assert "`fraudflow watch --now` looks now" in call("watch").stdout
    assert "`fraudflow watch --now` looks now" in call("decisions").stdout
    assert "no champion yet" in call("watch", "--now").stdout


def test_decisions_are_listed_with_their_figures(call: Call, fakes: Fakes) -> None:
    """The newest first, as many as asked for."""
    fakes.made = [WAITED.model_copy(update={"id": f"{i}"}) for i in range(3)]
    assert call("decisions").stdout.count("Version 3 costs") == 3
    (one,) = json.loads(call("decisions", "--limit", "1", "--json").stdout)
    assert one["figures"] == {"expected_gain": 0.0}


def test_retrain_gives_the_order_with_its_reason_and_fails_where_nothing_was_gathered(call: Call, fakes: Fakes) -> None:
    """Another retraining may be under way."""
    fakes.gathered = "s3://uploads/loop/fraud-detector/one.parquet"
    result = call("retrain", "--reason", "A new product.")
    assert result.exit_code == 0
    assert "`fraudflow runs` shows its run" in result.stdout
    (order,) = fakes.requests
    assert isinstance(order, ByHand)
    assert order.reason == "A new product."
    fakes.gathered = None
    assert call("retrain").exit_code == 1


def test_a_refusal_needs_its_reason_and_ends_well(call: Call, fakes: Fakes) -> None:
    refused = call("retrain", "--reject")
    assert refused.exit_code == 2
    assert "--reject needs --reason" in refused.stderr
    assert call("retrain", "--reject", "--reason", "A campaign.").exit_code == 0
    (answer,) = fakes.requests
    assert isinstance(answer, ByHand)
    assert answer.reason == "A campaign."
    fakes.forgotten = True
    assert "no look waited for it" in call("retrain", "--reject", "--reason", "A campaign.").stderr
