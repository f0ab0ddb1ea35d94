"""The watch machine as the command line sees it: looks, decisions about retraining, and orders to retrain."""

import datetime as dt
import json
import time
from typing import TYPE_CHECKING
from uuid import uuid4

from botocore.exceptions import BotoCoreError, ClientError

from functions.contracts import UnreadableRecordError
from functions.contracts.loop_records import DECISIONS, RetrainAnswer, RetrainQuestion, RetrainRecord
from functions.contracts.loop_states import ByHand, WatchRequest
from functions.contracts.records import read_record
from functions.feedback.retraining_records import RetrainingRecords
from functions.telemetry.state_runs import StateRun
from infra.deployment.pipeline import CONFIG, session
from infra.errors import AnsweredError, StackError
from infra.home.state import Deployed
from infra.runs.archive import execution_arn
from infra.runs.bucket_objects import BucketObjects
from infra.runs.execution import PipelineExecution
from infra.runs.execution_client import ExecutionClient, Watcher
from infra.runs.look_reports import LookReport, LookUnderWay, Retraining, SeenLook
from infra.runs.measured_looks import LoopMeasures

if TYPE_CHECKING:
    from types_boto3_stepfunctions import SFNClient

WAITING = "AskToRetrain"
_POLL_SECONDS = 0.3
# Beside those that wait for a person, of which there is one at a time.
_LOOKED_AT = 5
# The execution that has asked is gone: LocalStack has restarted, or it has waited for seven days.
_NOBODY_WAITS = {"TaskDoesNotExist", "TaskTimedOut", "InvalidToken"}


class LoopWatch:
    """The looks of one deployed stack."""

    def __init__(self, deployed: Deployed) -> None:
        watch = deployed.of_watch
        if watch is None:
            raise StackError("An earlier release has deployed the stack, which watches no model: `fraudflow deploy`.")
        aws, endpoint = session(deployed.settings), deployed.settings.endpoint_url
        self.model = deployed.settings.run.model_name
        self._machine = watch.state_machine_arn
        self._bucket = watch.outputs["LoopBucket"]
        self._uploads = watch.uploads_bucket
        self._executions = ExecutionClient(watch)
        self._store = BucketObjects(aws.client("s3", endpoint_url=endpoint, config=CONFIG))
        self.measures = LoopMeasures(self._store, self._bucket)
        self._states: SFNClient = aws.client("stepfunctions", endpoint_url=endpoint, config=CONFIG)

    def decisions(self, model: str, limit: int) -> list[RetrainRecord]:
        """List the decisions of the latest looks at a model, the newest first: an answer comes after later looks' own.

        Raises:
            StackError: when one of them can't be read.
        """
        found = [self._read(key) for key in self._keys(model)[:limit]]
        return sorted(found, key=lambda each: each.at, reverse=True)

    def question(self, model: str) -> RetrainQuestion | None:
        """Return the question that waits for an answer, whichever version it is about."""
        records = self._records(model)
        latest = self.decisions(model, 1)
        return records.open_question(dt.datetime.now(dt.UTC), version=latest[0].version) if latest else None

    def answer(self, model: str) -> RetrainAnswer | None:
        """Return the answer to the last question; None where it waits, or nothing was asked."""
        records = self._records(model)
        last = records.latest_question()
        return None if last is None else records.answer_to(last.number)

    def retraining(self, model: str) -> Retraining | None:
        """Return the last retraining; None where there was none."""
        records = self._records(model)
        last = records.latest()
        return None if last is None else Retraining(last, records.has_failed(last.number))

    def under_way(self, model: str) -> LookUnderWay | None:
        """Return the newest look that goes on; one that waits for a person does not."""
        asked = self._records(model).latest_question()
        answered = asked.execution.name if asked is not None and self.question(model) is None else None
        running = self._states.list_executions(
            stateMachineArn=self._machine, statusFilter="RUNNING", maxResults=_LOOKED_AT
        )
        looks = (LookUnderWay(each["name"], each["name"] == answered) for each in running["executions"])
        return next((each for each in looks if not self.seen(each.name, answered=each.answered).ended), None)

    def look(self, request: WatchRequest) -> PipelineExecution:
        """Start a look."""
        started = self._states.start_execution(
            stateMachineArn=self._machine,
            name=str(uuid4()),
            input=request.model_dump_json(exclude_none=True),
        )
        return self._executions.get(started["executionArn"])

    def resume(self) -> PipelineExecution | None:
        """Look again where a retraining was started whose data is not there: a crash may have interrupted it."""
        records = self._records(self.model)
        last = records.latest()
        if last is None or records.has_failed(last.number):
            return None
        if self._store.exists(f"s3://{self._uploads}/{last.upload_key}"):
            return None
        return self.look(WatchRequest(cause="restart", model=self.model))

    def retrain(self, model: str, order: ByHand, *, seen: int | None = None) -> PipelineExecution:
        """Carry out an order to retrain: as the answer to a question, or by a look of its own where nobody waits.

        Args:
            model: which.
            order: who gives it, and why.
            seen: the question that it answers, and no other; whichever waits, if any, where it is left out.

        Raises:
            AnsweredError: when the question that was seen waits no longer.
        """
        asked = self._seen(model, seen)
        if asked is not None:
            # First, so that a question that looks open has not been answered: an order may be given twice.
            first = self._records(model).answer(asked, _answer(order))
            if seen is not None and not first:
                raise self._late(model, seen)
            waiting = self._told(asked, order)
            if waiting is not None:
                return waiting
        return self.look(WatchRequest(cause="hand", model=model, by_hand=order))

    def refuse(self, model: str, answer: ByHand, *, seen: int | None = None) -> PipelineExecution | None:
        """Answer the question with no; return its look, which ends by that, or None where a restart has ended it.

        ``seen`` as in ``retrain``.

        Raises:
            AnsweredError: when nothing was asked, or it has been answered meanwhile.
        """
        asked = self._seen(model, seen)
        if asked is None:
            said = f"Nothing waits for an answer about {model}: `fraudflow watch` shows the last decision."
            raise AnsweredError(said)
        refusal = answer.model_copy(update={"refused": True})
        if not self._records(model).answer(asked, _answer(refusal)):
            raise self._late(model, asked.number)
        return self._told(asked, refusal)

    def _seen(self, model: str, number: int | None) -> RetrainQuestion | None:
        """Return the question that waits; where one was seen, that one."""
        asked = self.question(model)
        if number is not None and (asked is None or asked.number != number):
            raise self._late(model, number)
        return asked

    def _late(self, model: str, number: int) -> AnsweredError:
        """Return what to say to whoever answers a question that waits no longer."""
        given = self._records(model).answer_to(number)
        if given is None:
            return AnsweredError("This question waits no longer, and nothing was started: a look asks anew if it pays.")
        by, said = given.by_hand, "no" if given.by_hand.refused else "yes"
        return AnsweredError(f"{by.by} has answered this question before with {said}: {by.reason}")

    def _told(self, asked: RetrainQuestion, answer: ByHand) -> PipelineExecution | None:
        """Give the answer to the look that waits for it; return None where nobody does."""
        try:
            self._states.send_task_success(taskToken=asked.task_token, output=answer.model_dump_json())
            return self._executions.get(asked.execution.arn)
        except ClientError as error:
            if error.response["Error"]["Code"] not in _NOBODY_WAITS:
                raise
            return None

    def follow(self, execution: PipelineExecution, watch: Watcher, *, answered: bool = False) -> PipelineExecution:
        """Poll a look until it has ended or asks a person; an ``answered`` one is followed past that.

        Raises:
            StackError: when LocalStack has restarted meanwhile, and has forgotten the look.
        """
        while True:
            try:
                execution = self._executions.get(execution.arn)
                history = self._executions.history(execution.arn)
            except (ClientError, BotoCoreError) as error:
                raise StackError("LocalStack is away or has restarted: `fraudflow watch --now` looks again.") from error
            watch(execution, history)
            if _has_ended(execution, history, answered=answered):
                return execution
            time.sleep(_POLL_SECONDS)

    def seen(self, name: str, *, answered: bool = False) -> SeenLook:
        """Return a look as it is now, by its name; an ``answered`` one has not ended while its question still shows.

        Raises:
            ExecutionNotFoundError: when there is none, or LocalStack has restarted and forgotten it.
        """
        execution = self._executions.get(execution_arn(self._machine, name))
        history = self._executions.history(execution.arn)
        return SeenLook(execution, history, ended=_has_ended(execution, history, answered=answered))

    def report(self, execution: PipelineExecution, model: str) -> LookReport:
        """Return what came of a look."""
        made = [key for key in self._keys(model) if execution.name in key]
        output = json.loads(execution.output) if execution.output else {}
        judged, gathered = output.get("judged") or {}, output.get("gathered") or {}
        return LookReport(
            execution_arn=execution.arn,
            status=execution.status,
            decision=self._read(made[0]) if made else None,
            judged=judged.get("reason"),
            gathered=gathered.get("upload_uri"),
            error=f"{execution.error}: {execution.cause}" if execution.error else None,
        )

    def _records(self, model: str) -> RetrainingRecords:
        return RetrainingRecords(self._store, self._bucket, model)

    def _keys(self, model: str) -> list[str]:
        """List the decisions about a model, the newest first; the one after an answer comes before its question's."""
        return sorted(self._store.keys(f"s3://{self._bucket}/{DECISIONS}{model}/"), reverse=True)

    def _read(self, key: str) -> RetrainRecord:
        uri = f"s3://{self._bucket}/{key}"
        try:
            return read_record(RetrainRecord, self._store.read(uri), uri)
        except UnreadableRecordError as error:
            raise StackError(str(error)) from error


def _answer(given: ByHand) -> RetrainAnswer:
    return RetrainAnswer(at=dt.datetime.now(dt.UTC).isoformat(), by_hand=given)


def _has_ended(execution: PipelineExecution, history: list[StateRun], *, answered: bool) -> bool:
    asks = any(state.name == WAITING and state.status == "running" for state in history)
    return not execution.is_running or (asks and not answered)
