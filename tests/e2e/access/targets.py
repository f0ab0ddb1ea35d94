"""Targets of a page on each server, and how the servers would show a success."""

import json
from dataclasses import asdict, dataclass, field
from typing import Any
from urllib.parse import urlencode

import boto3

from serving.service_metrics import REQUESTS
from tests.e2e.monitoring.conftest import fetch

STOLEN = "stolen"
SERVERS = ("mlflow", "prometheus", "alertmanager", "pushgateway", "localstack", "scoring", "console")
# Its pages hold the token that changes need. They, a script and a stream are asked for; and what starts something.
CONSOLE_PAGES = ("", "runs", "runs/~live", "model", "traffic", "static/console.js")
CONSOLE_CHANGES = ("files?name=stolen.csv", "made-up", "runs/stolen/rerun", "model/retire", "score/one")
_TEMPLATE = json.dumps(
    {"Resources": {"Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": f"{STOLEN}-bucket"}}}}
)
_CREATE_STACK = {"Action": "CreateStack", "Version": "2010-05-15", "StackName": STOLEN, "TemplateBody": _TEMPLATE}
SILENCE = json.dumps(
    {
        "matchers": [{"name": "alertname", "value": ".+", "isRegex": True}],
        "startsAt": "2026-01-01T00:00:00Z",
        "endsAt": "2036-01-01T00:00:00Z",
        "createdBy": STOLEN,
        "comment": STOLEN,
    }
)


@dataclass(frozen=True)
class Target:
    """Addresses to read, some of which do something, and requests that write."""

    reads: list[str]
    writes: list[dict[str, Any]] = field(default_factory=list)

    def script(self) -> str:
        return f"attack({json.dumps(asdict(self))})"


def targets(urls: dict[str, str]) -> dict[str, Target]:
    """List what to try on each server, by the addresses that it has."""
    localstack, mlflow, scoring, console = (urls[name] for name in ("localstack", "mlflow", "scoring", "console"))
    experiments, alerts = f"{mlflow}/api/2.0/mlflow/experiments", f"{urls['alertmanager']}/api/v2"
    uploaded = {"key": "stolen.csv", "success_action_status": "201", "file": "a,b\n1,0\n"}
    return {
        "mlflow": Target(
            [f"{mlflow}/", f"{experiments}/search?max_results=5"],
            [
                {"url": f"{experiments}/create", "body": json.dumps({"name": STOLEN})},
                {"url": f"{mlflow}/ajax-api/2.0/mlflow/runs/create", "body": json.dumps({"experiment_id": "0"})},
                {"url": f"{mlflow}/api/2.0/mlflow-artifacts/artifacts/stolen.py", "body": "print(1)"},
            ],
        ),
        "prometheus": Target(
            [f"{urls['prometheus']}/graph", f"{urls['prometheus']}/api/v1/query?query=up"],
            [{"url": f"{urls['prometheus']}/api/v1/query", "fields": {"query": "up"}}],
        ),
        "alertmanager": Target([f"{alerts}/status"], [{"url": f"{alerts}/silences", "body": SILENCE}]),
        "pushgateway": Target(
            [f"{urls['pushgateway']}/metrics"],
            [{"url": f"{urls['pushgateway']}/metrics/job/{STOLEN}", "body": "test_fraud_recall 1\n"}],
        ),
        "localstack": Target(
            [f"{localstack}/?{urlencode(_CREATE_STACK)}", f"{localstack}/uploads", f"{localstack}/_localstack/health"],
            [
                {"url": f"{localstack}/", "fields": _CREATE_STACK},
                {"url": f"{localstack}/uploads", "fields": uploaded},
                {"url": f"{localstack}/runs/stolen.html", "body": "<script>1</script>"},
            ],
        ),
        "scoring": Target(
            [f"{scoring}/{path}" for path in ("v1/model", "metrics", "readyz", "openapi.json")],
            [{"url": f"{scoring}/v1/score", "body": json.dumps({"transaction_id": STOLEN, "features": {}})}],
        ),
        "console": Target(
            [f"{console}/{path}" for path in CONSOLE_PAGES],
            [{"url": f"{console}/{path}", "fields": uploaded} for path in CONSOLE_CHANGES],
        ),
    }


def state_of(urls: dict[str, str]) -> dict[str, Any]:
    """Return what each server holds that a page might have put there."""
    asked = {"region_name": "us-east-1", "endpoint_url": urls["localstack"]}
    login = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    names = ("cloudformation", "s3", "stepfunctions")
    formation, s3, states = (boto3.client(name, **asked, **login) for name in names)  # type: ignore[call-overload]
    buckets = [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]
    experiments = fetch(f"{urls['mlflow']}/api/2.0/mlflow/experiments/search", {"max_results": 100})["experiments"]
    ids = [each["experiment_id"] for each in experiments]
    runs = fetch(f"{urls['mlflow']}/api/2.0/mlflow/runs/search", {"experiment_ids": ids}).get("runs", [])
    pushed = fetch(f"{urls['pushgateway']}/api/v1/metrics")["data"]
    return {
        "mlflow": [sorted(each["name"] for each in experiments), len(runs)],
        "prometheus": None,  # it takes nothing from anybody
        "alertmanager": [each["comment"] for each in fetch(f"{urls['alertmanager']}/api/v2/silences")],
        # The stack itself pushes, too.
        "pushgateway": [group["labels"] for group in pushed if group["labels"]["job"] == STOLEN],
        "localstack": [
            sorted(each["StackName"] for each in formation.describe_stacks()["Stacks"]),
            {bucket: _keys(s3, bucket) for bucket in buckets},
        ],
        # Without a champion yet: what gets past its gate is counted as a 503.
        "console": _executions(states),
        "scoring": [line for line in _lines(f"{urls['scoring']}/metrics", REQUESTS.name) if 'code="403"' not in line],
    }


def _executions(states: Any) -> dict[str, list[str]]:  # noqa: ANN401 - boto3 makes its clients at run time
    """Return what each machine was started with, but for the hourly looks."""
    machines = {each["name"]: each["stateMachineArn"] for each in states.list_state_machines()["stateMachines"]}
    return {
        name: [each["name"] for each in states.list_executions(stateMachineArn=arn)["executions"]]
        for name, arn in machines.items()
        if not name.endswith("-watch")
    }


def _lines(url: str, metric: str) -> list[str]:
    return [line for line in fetch(url).splitlines() if line.startswith(metric)]


def _keys(s3: Any, bucket: str) -> list[str]:  # noqa: ANN401 - boto3 makes its clients at run time
    return [each["Key"] for each in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]
