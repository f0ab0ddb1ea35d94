"""The real state machine, walked by moto: what a test does to it, and what is left of a run."""

import importlib
import json
import re
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import boto3
import pandas as pd

from functions.contracts import PipelineOutput
from functions.settings import RunSettings
from tests.fakes import FakeMonitoring, FakeTracking
from tests.tables import WORTH_A_MODEL

DEFINITION = Path(__file__).parents[2] / "statemachine" / "pipeline.asl.json"
SCORING_DEFINITION = DEFINITION.with_name("scoring.asl.json")
FEEDBACK_DEFINITION = DEFINITION.with_name("feedback.asl.json")
FUNCTION_ARN = "arn:aws:lambda:us-east-1:123456789012:function:"
ROLE = "arn:aws:iam::123456789012:role/states"
# Against hangs alone: no test says how long a run takes, and on a loaded machine it is minutes. Less than pytest's own
# timeout, so that a failure names the states that were entered.
HANGS_AFTER_SECONDS = 800
FAILED_TO_LOAD = ["LoadData", "NothingLoaded", "RecordFailure", "PipelineFailed"]
ENDED = {"SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"}
# Paths are about the machine: most of them take a model that is trained in a moment, and draw nothing.
QUICK: dict[str, Any] = {
    "candidates": ["logistic_regression"],
    "rotate_validation": False,
    "reference_sample_rows": 100,
    **WORTH_A_MODEL,
}
DEFAULT = {**RunSettings().model_dump(mode="json", include=set(QUICK)), **WORTH_A_MODEL}
CONFIG = {"stepfunctions": {"execute_state_machine": True}, "lambda": {"use_docker": False}}

type Fault = Callable[[dict[str, Any]], None]


class Pipeline:
    """The state machine as a test drives and observes it."""

    def __init__(self, tracking: FakeTracking, monitoring: FakeMonitoring) -> None:
        self.s3 = boto3.client("s3")
        self.tracking = tracking
        self.monitoring = monitoring
        self.faults: dict[str, list[Fault]] = {}
        self.invoked: list[str] = []
        self.context: object = None
        self._states = boto3.client("stepfunctions")
        self._histories: dict[str, list[Mapping[str, Any]]] = {}

    def upload(self, body: bytes, key: str = "transactions.csv", **settings: object) -> dict[str, str]:
        """Upload a file, with settings of its own if any are named."""
        metadata = {"fraudflow-settings": json.dumps(settings)} if settings else {}
        self.s3.put_object(Bucket="uploads", Key=key, Body=body, Metadata=metadata)
        return {"bucket": "uploads", "key": key}

    def read(self, uri: str) -> bytes:
        """Read a file of a run."""
        key = uri.removeprefix("s3://runs/")
        return bytes(self.s3.get_object(Bucket="runs", Key=key)["Body"].read())

    def run(self, payload: object, definition: Path = DEFINITION) -> dict[str, Any]:
        """Start an execution of a machine and wait for its end.

        Each has a machine of its own, deleted at its end: moto copies all the machines that there are, with the locks
        of their executions. And a name, as moto's context object has none for an execution that was not given one.
        """
        name = str(uuid4())
        machine = self._states.create_state_machine(name=name, definition=_filled(definition), roleArn=ROLE)
        machine_arn = machine["stateMachineArn"]
        arn = self._states.start_execution(stateMachineArn=machine_arn, input=json.dumps(payload), name=name)[
            "executionArn"
        ]
        give_up = time.monotonic() + HANGS_AFTER_SECONDS
        while (execution := self._states.describe_execution(executionArn=arn))["status"] not in ENDED:
            assert time.monotonic() < give_up, _entered(self._events(arn))
            time.sleep(0.02)
        self._histories[arn] = self._events(arn)
        self._states.delete_state_machine(stateMachineArn=machine_arn)
        return dict(execution)

    def visited(self, arn: str) -> list[str]:
        """Name the states that were entered, in order."""
        return _entered(self._histories[arn])

    def history(self, arn: str) -> list[Mapping[str, Any]]:
        """Return the events of an execution that has ended."""
        return self._histories[arn]

    def _events(self, arn: str) -> list[Mapping[str, Any]]:
        pages = self._states.get_paginator("get_execution_history").paginate(executionArn=arn)
        return [event for page in pages for event in page["events"]]

    def tags(self, key: str = "transactions.csv") -> dict[str, str]:
        tag_set = self.s3.get_object_tagging(Bucket="uploads", Key=key)["TagSet"]
        return {tag["Key"]: tag["Value"] for tag in tag_set}

    def fail_once(self, state: str, error: Exception) -> None:
        """Make the next invocation of a state's function raise instead."""

        def fault(_: dict[str, Any]) -> None:
            raise error

        self.faults.setdefault(state, []).append(fault)

    def invoke(self, state: str, event: dict[str, Any]) -> dict[str, Any]:
        self.invoked.append(state)
        pending = self.faults.get(state)
        if pending:
            pending.pop(0)(event)
        module = importlib.import_module(f"functions.{_snake(state)}.handler")
        result: dict[str, Any] = module.handler(event, self.context)
        return result


def csv(rows: pd.DataFrame) -> bytes:
    """Write rows as a file to upload."""
    return rows.to_csv(index=False).encode()


def succeeded(pipeline: Pipeline, upload: Mapping[str, Any]) -> PipelineOutput:
    """Run what must succeed, and give what it ends with."""
    execution = pipeline.run(upload)
    assert execution["status"] == "SUCCEEDED", execution
    return PipelineOutput.model_validate_json(execution["output"])


def _entered(events: Iterable[Mapping[str, Any]]) -> list[str]:
    return [event["stateEnteredEventDetails"]["name"] for event in events if "stateEnteredEventDetails" in event]


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


@dataclass
class Traffic:
    """Requests to S3 and the bytes of their bodies, counted while ``counting``."""

    counting: bool = False
    requests: int = 0
    sent: int = 0
    received: int = 0

    def watch(self) -> None:
        """Watch all the clients that are made from now on."""
        boto3.setup_default_session()
        assert boto3.DEFAULT_SESSION is not None
        events = boto3.DEFAULT_SESSION.events
        events.register("before-call.s3", self._before)
        events.register("after-call.s3", self._after)

    def _before(self, params: dict[str, Any], **_: object) -> None:
        if self.counting:
            self.requests += 1
            body = params["body"]
            self.sent += len(body) if isinstance(body, bytes) else len(getattr(body, "getvalue", bytes)())

    def _after(self, parsed: dict[str, Any], **_: object) -> None:
        if self.counting and "Body" in parsed:
            self.received += parsed["ContentLength"]


@dataclass(frozen=True)
class Finished:
    """The results of a run of the default configuration, for tests that only read them."""

    execution: dict[str, Any]
    visited: list[str]
    tracking: FakeTracking
    objects: dict[str, bytes]
    traffic: Traffic
    unread: dict[str, list[str]]

    @property
    def output(self) -> PipelineOutput:
        return PipelineOutput.model_validate_json(self.execution["output"])


def _filled(definition: Path) -> str:
    return re.sub(r"\$\{(\w+)Arn\}", rf"{FUNCTION_ARN}\1", definition.read_text())
