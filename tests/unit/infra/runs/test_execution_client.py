"""Following an execution past LocalStack's absence, and what is said when it has forgotten the execution."""

import datetime as dt
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from infra.errors import StackError
from infra.home.state import Deployed
from infra.runs import execution_client as module
from infra.runs.execution import PipelineExecution
from infra.runs.execution_client import ExecutionClient
from infra.runs.queue import Queue
from infra.settings import StackSettings

AT = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
RUNNING = PipelineExecution(arn="arn:one", name="one", status="RUNNING", started=AT)
AWAY = EndpointConnectionError(endpoint_url="http://127.0.0.1:1")
BUSY = ClientError({"Error": {"Code": "503"}, "ResponseMetadata": {"HTTPStatusCode": 503}}, "X")  # type: ignore[typeddict-item]
DENIED = ClientError({"Error": {"Code": "AccessDenied"}, "ResponseMetadata": {"HTTPStatusCode": 403}}, "X")  # type: ignore[typeddict-item]
FORGOTTEN = ClientError({"Error": {"Code": "ExecutionDoesNotExist"}}, "DescribeExecution")
NOT_ARCHIVED = ClientError({"Error": {"Code": "NoSuchKey"}}, "GetObject")
NO_MACHINE = ClientError({"Error": {"Code": "StateMachineDoesNotExist"}}, "ListExecutions")


class FakeClient:
    """Answers or fails, in turn; the last for ever."""

    def __init__(self, *answers: str | Exception) -> None:
        self._answers = list(answers)

    def describe_execution(self, **_: str) -> dict[str, Any]:
        return {"executionArn": "arn:one", "name": "one", "status": self._answer(), "startDate": AT}

    def get_paginator(self, name: str) -> "FakeClient":
        if name == "list_executions":
            self._answer()
        return self

    def paginate(self, **_: object) -> list[dict[str, Any]]:
        return [{"events": [], "executions": []}]

    def client(self, *_: object, **__: object) -> "FakeClient":
        return self

    def get_execution_history(self, executionArn: str, **_: object) -> dict[str, Any]:
        if executionArn == "arn:gone":
            raise FORGOTTEN
        error = {"arn:waits": "Lambda.TooManyRequestsException", "arn:fails": "StorageUnavailableError"}
        details = {"error": error[executionArn]} if executionArn in error else {}
        return {"events": [{"type": "LambdaFunctionFailed", "lambdaFunctionFailedEventDetails": details}]}

    def get_object(self, **_: str) -> dict[str, Any]:
        raise NOT_ARCHIVED

    def _answer(self) -> str:
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


def of(monkeypatch: pytest.MonkeyPatch, *answers: str | Exception, patience: float = 30) -> ExecutionClient:
    monkeypatch.setattr(module, "session", lambda _: FakeClient(*answers))
    monkeypatch.setattr(module, "_FOLLOW_SECONDS", 0)
    settings = StackSettings(start_timeout=patience)
    return ExecutionClient(
        Deployed(settings=settings, outputs={"StateMachineArn": "arn:machine", "RunsBucket": "runs"})
    )


@pytest.mark.parametrize("answers", [["SUCCEEDED"], ["RUNNING", AWAY, BUSY, FORGOTTEN, NO_MACHINE, "SUCCEEDED"]])
def test_absence_is_waited_out(monkeypatch: pytest.MonkeyPatch, answers: list[str | Exception]) -> None:
    ended = of(monkeypatch, *answers).follow(RUNNING, lambda *_: None)
    assert (ended.status, ended.is_lost) == ("SUCCEEDED", False)


def test_forgotten_execution_ends_with_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    executions = of(monkeypatch, "RUNNING", AWAY, FORGOTTEN, patience=0.1)
    report = executions.run(executions.follow(RUNNING, lambda *_: None), AT).report
    assert report.status == "ABORTED"
    assert report.error is not None
    assert report.error.type == "RunLostError"
    assert "run it again" in report.error.message


def test_endless_absence_ends_with_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    ended = of(monkeypatch, AWAY, patience=0.1).follow(RUNNING, lambda *_: None)
    assert ended.is_lost
    assert "no answer" in str(ended.cause)


def test_refusal_is_not_waited_out(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ClientError):
        of(monkeypatch, DENIED).follow(RUNNING, lambda *_: None)


def test_run_lost_before_it_was_seen_ends_with_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    executions = of(monkeypatch, AWAY, NO_MACHINE, "")
    execution = executions.started_by("v1", AT, timeout=0.5)
    report = executions.run(executions.follow(execution, lambda *_: None), AT).report
    assert report.error is not None
    assert report.error.type == "RunLostError"


def test_runs_that_were_refused_last_are_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    under_way = [{"executionArn": f"arn:{name}"} for name in ("works", "waits", "fails", "gone")]
    monkeypatch.setattr(FakeClient, "paginate", lambda *_, **__: [{"executions": under_way}])
    assert of(monkeypatch, "").queue() == Queue(under_way=4, waiting=1)


@pytest.mark.parametrize("name", ["a b", "~live", "a/b", "\N{GRINNING FACE}", "x" * 81, ""])
def test_what_is_no_name_is_no_run_and_nobody_is_asked(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    assert of(monkeypatch, DENIED).known(name) is None


def test_run_that_never_starts_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(StackError, match="no run of it has started"):
        of(monkeypatch, "").started_by("v1", AT, timeout=0)


def test_runs_that_are_asked_for_are_searched_beyond_the_newest(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred runs, of which every tenth has failed and has a file of its own."""
    executions = of(monkeypatch, "RUNNING")
    every = [
        RUNNING.model_copy(
            update={
                "name": str(each),
                "status": "SUCCEEDED" if each % 10 else "FAILED",
                "input": {"key": f"A{each}.csv"},
            }
        )
        for each in range(100)
    ]
    monkeypatch.setattr(executions.listing, "all", lambda: iter(every))
    monkeypatch.setattr(executions, "described", list)
    assert [each.name for each in executions.latest(2)] == ["0", "1"]
    assert [each.name for each in executions.latest(7, status="FAILED")] == ["0", "10", "20", "30", "40", "50", "60"]
    assert [each.name for each in executions.latest(5, upload="a9")] == ["9", "90", "91", "92", "93"]
    assert executions.latest(5, status="RUNNING") == []
