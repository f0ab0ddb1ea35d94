"""Records of the loop, and what a watch machine was started with, in moto."""

import json
from typing import TYPE_CHECKING, Any

import boto3

from functions.contracts import Execution
from functions.contracts.loop_records import RetrainQuestion, RetrainRecord
from functions.contracts.loop_states import ByHand
from functions.feedback.retraining_records import RetrainingRecords
from infra.runs.loop_watch import LoopWatch

if TYPE_CHECKING:
    from types_boto3_stepfunctions import SFNClient

MODEL = "fraud-detector"
ORDER = ByHand(by="ada", reason="A new product.")
AT = "2999-05-10T00:00:00+00:00"


def started(states: "SFNClient", loop: LoopWatch) -> list[dict[str, Any]]:
    """Return the inputs of the executions that were started."""
    items = states.list_executions(stateMachineArn=loop._machine)["executions"]
    return [json.loads(states.describe_execution(executionArn=each["executionArn"])["input"]) for each in items]


def decided(name: str, key: str) -> RetrainRecord:
    record = RetrainRecord(
        id=name,
        model=MODEL,
        version="3",
        at=AT,
        cause="hourly",
        execution=Execution(arn=f"arn:{name}", name=name, started_at=AT),
        outcome="wait",
        pays=False,
        reason="It does not pay.",
        figures={},
    )
    boto3.client("s3", region_name="us-east-1").put_object(
        Bucket="loop", Key=f"decisions/{MODEL}/{key}.json", Body=record.to_json()
    )
    return record


def asked(loop: LoopWatch) -> RetrainingRecords:
    decided("one", "20260510T000000-one")
    records = loop._records(MODEL)
    records.ask(
        lambda number: RetrainQuestion(
            number=number,
            model=MODEL,
            version="3",
            decision="one",
            at=AT,
            execution=Execution(arn="arn:one", name="one", started_at=AT),
            reason="It pays.",
            task_token="t" * 100,
        )
    )
    return records
