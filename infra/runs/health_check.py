"""Health check every few minutes: restore lost pushes, push the heartbeat.

The supervisor runs ``python -m infra.runs.health_check HOME`` in a process of its own, as its one thread may not wait.
"""

import logging
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from functions.contracts import UnreadableRecordError
from functions.contracts.records import ENDED
from functions.feedback.loop_journal import LoopJournal
from functions.telemetry import metrics
from functions.telemetry.gateway_groups import by_group
from functions.telemetry.metrics import Sample
from infra.deployment.pipeline import CONFIG, session
from infra.errors import StackError
from infra.home.layout import Home
from infra.home.state import Deployed, read_deployed
from infra.runs import pushed_metrics
from infra.runs.archive import recorded
from infra.runs.bucket_objects import BucketObjects
from infra.runs.champions_by_hand import retired
from infra.runs.current_champions import ModelRegistry
from infra.runs.mlflow_api import MlflowApi
from infra.runs.pushed_metrics import Mended

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client
    from types_boto3_stepfunctions import SFNClient

logger = logging.getLogger(__name__)

EXPOSITION = "metrics.prom"
# Models whose last run is not among so many are not pushed again: a gateway that loses a push loses one of the last.
_RUNS = 100


def run_check(deployed: Deployed) -> Mended:
    """Restore lost pushes of the deployment's Pushgateway, if it has one; push the heartbeat and current champions.

    Raises:
        StackError: when the gateway or LocalStack can't be asked.
    """
    if deployed.settings.pushgateway_url is None:
        return Mended(0, 0)
    url = str(deployed.settings.pushgateway_url).rstrip("/")
    aws, endpoint = session(deployed.settings), deployed.settings.endpoint_url
    s3 = aws.client("s3", endpoint_url=endpoint, config=CONFIG)
    machines = aws.client("stepfunctions", endpoint_url=endpoint, config=CONFIG)
    try:
        buckets = [each.outputs["RunsBucket"] for each in (deployed, deployed.of_batches) if each]
        pushed = chain.from_iterable(expositions(s3, bucket) for bucket in buckets)
        gone = _retired(s3, deployed.outputs.get("LoopBucket", "loop"))
        mended = pushed_metrics.mend(url, pushed, gone)
        known = [
            *_heartbeat(machines, deployed.state_machine_arn, time.time()),
            *champions_now(MlflowApi(deployed.settings), pushed_metrics.models(url)),
            *retired_models(gone),
        ]
        for grouping, samples in by_group(known):
            pushed_metrics.push(url, grouping, samples)
    except (OSError, ClientError, BotoCoreError) as error:
        raise StackError(f"The stack's status could not be pushed: {error}") from error
    return mended


def _retired(s3: "S3Client", bucket: str) -> dict[str, float]:
    try:
        return retired(LoopJournal(BucketObjects(s3), bucket))
    except UnreadableRecordError as error:
        logger.warning("%s", error)
        return {}


def expositions(s3: "S3Client", bucket: str) -> Iterator[str]:
    """Read what the last runs, or batches, have pushed, newest first; one that has kept nothing is passed over."""
    ended = sorted(recorded(s3, bucket, ENDED), key=lambda record: record.at, reverse=True)
    for record in ended[:_RUNS]:
        try:
            body = s3.get_object(Bucket=bucket, Key=f"{record.name}/{EXPOSITION}")["Body"].read()
            yield body.decode()
        except ClientError as error:
            if error.response["Error"]["Code"] != "NoSuchKey":
                raise
        except UnicodeDecodeError:
            logger.warning("s3://%s/%s/%s is no text, and is not pushed again.", bucket, record.name, EXPOSITION)


def champions_now(registry: ModelRegistry, models: Iterable[str]) -> list[Sample]:
    """Return the champion's version of each model; nothing where MLflow does not answer."""
    told = []
    for model in models:
        try:
            version = registry.champion(model)
        except StackError as error:
            logger.warning("%s", error)
            break
        if version is not None:
            told.append(Sample(metrics.CHAMPION_NOW, float(version), {"model": model}))
    return told


def retired_models(retired: Mapping[str, float]) -> list[Sample]:
    """Return when each model was retired, without which its metrics would be missed."""
    return [Sample(metrics.MODEL_RETIRED, at, {"model": model}) for model, at in retired.items()]


def _heartbeat(machines: "SFNClient", machine: str, now: float) -> list[Sample]:
    pages = machines.get_paginator("list_executions").paginate(stateMachineArn=machine, statusFilter="RUNNING")
    began = [item["startDate"].timestamp() for page in pages for item in page["executions"]]
    oldest = [Sample(metrics.OLDEST_RUNNING, min(began))] if began else []
    return [Sample(metrics.STACK_HEARTBEAT, now), *oldest]


def main() -> None:
    """Run one health check."""
    deployed = read_deployed(Home(Path(sys.argv[1])))
    if deployed is None:
        sys.exit("Nothing has been deployed from this home.")
    try:
        mended = run_check(deployed)
    except StackError as error:
        sys.exit(str(error))
    if mended.pushed:
        sys.stdout.write(f"The Pushgateway had lost {mended.pushed} groups of metrics; they are pushed again.\n")


if __name__ == "__main__":
    main()
