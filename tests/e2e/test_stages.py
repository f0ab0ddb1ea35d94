"""Stages on LocalStack, by the commands that deploy and destroy them on AWS, with the zip in place of the image."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from mlflow import MlflowClient

from tests.e2e.conftest import BIN, EmbeddedStack

# Not that of the stack that runs here.
REGION = "eu-west-1"
KEY = {"FRAUDFLOW_PSEUDONYM_KEY": "5" * 64}
MODEL = "of-a-stage"
STAGE = """
region = "{region}"
mlflow_tracking_uri = "http://127.0.0.1:{port}"
image = "registry.example/functions@sha256:{digest}"

[parameters]
Preimport = ""
ModelName = "{model}"
MlflowExperiment = "{model}"
RunSettings = '{{"candidates": ["logistic_regression"], "rotate_validation": false}}'

[tags]
owner = "a test"
"""
pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]


class Remains:
    """What there is of a stage in LocalStack, by the services' own lists."""

    def __init__(self, stack: EmbeddedStack, name: str) -> None:
        self.name, self._suffix = f"fraudflow-{name}", f"000000000000-{name}"
        self._endpoint = f"http://127.0.0.1:{stack.localstack_port}"
        self._session = boto3.Session("test", "test", region_name=REGION)

    def _client(self, service: Any) -> Any:  # noqa: ANN401 - any of boto3's clients
        return self._session.client(service, endpoint_url=self._endpoint)

    def buckets(self) -> list[str]:
        named = (each["Name"] for each in self._client("s3").list_buckets()["Buckets"])
        return sorted(name for name in named if name.endswith(self._suffix))

    def empty(self) -> None:
        """Remove the buckets with what is in them, as the command tells people to."""
        s3 = self._client("s3")
        for bucket in self.buckets():
            for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
                for item in [*page.get("Versions", []), *page.get("DeleteMarkers", [])]:
                    s3.delete_object(Bucket=bucket, Key=item["Key"], VersionId=item["VersionId"])
            s3.delete_bucket(Bucket=bucket)

    def others(self) -> list[str]:
        """Return what is no bucket: stacks, functions, machines, queues, rules, log groups and roles."""
        asked = (
            ("cloudformation", "describe_stacks", "Stacks", "StackName"),
            ("lambda", "list_functions", "Functions", "FunctionName"),
            ("stepfunctions", "list_state_machines", "stateMachines", "name"),
            ("events", "list_rules", "Rules", "Name"),
            ("logs", "describe_log_groups", "logGroups", "logGroupName"),
            ("iam", "list_roles", "Roles", "RoleName"),
        )
        found = [self._client("sqs").list_queues().get("QueueUrls", [])]
        for service, call, listed, key in asked:
            client = self._client(service)
            pages = client.get_paginator(call).paginate()
            listing = [each for page in pages for each in page[listed]]
            # LocalStack goes on telling of stacks that were deleted.
            found.append([each[key] for each in listing if each.get("StackStatus") != "DELETE_COMPLETE"])
        return sorted(name for names in found for name in names if self.name in name)


@pytest.fixture
def stage(stack: EmbeddedStack, tmp_path: Path) -> Iterator[Path]:
    text = STAGE.format(region=REGION, port=stack.mlflow_port, digest="0" * 64, model=MODEL)
    path = tmp_path / "trial.toml"
    path.write_text(text, "utf-8")
    yield path
    mlflow = MlflowClient(f"http://127.0.0.1:{stack.mlflow_port}")
    if mlflow.search_registered_models(f"name = '{MODEL}'"):
        mlflow.delete_registered_model(MODEL)
    for experiment in mlflow.search_experiments(filter_string=f"name = '{MODEL}'"):
        mlflow.delete_experiment(experiment.experiment_id)


def answering(stack: EmbeddedStack, answer: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command at a terminal, whose answer is typed before it is asked."""
    ours, its = os.openpty()
    try:
        os.write(ours, answer.encode())
        return subprocess.run(
            [sys.executable, str(BIN / "fraudflow"), *words],
            check=False,
            stdin=its,
            capture_output=True,
            text=True,
            timeout=300,
            cwd=stack.home,
            env=stack.environment | KEY,
        )
    finally:
        os.close(ours)
        os.close(its)


def test_a_change_set_that_is_refused_leaves_nothing(stack: EmbeddedStack, stage: Path) -> None:
    left = Remains(stack, "trial")
    refused = answering(stack, "n\n", "deploy", "--stage", str(stage))
    assert refused.returncode == 2, refused.stderr
    assert "Add     AWS::StepFunctions::StateMachine" in refused.stderr
    assert "Carry it out?" in refused.stderr
    assert "the change set of fraudflow-trial was declined" in refused.stderr
    assert (left.buckets(), left.others()) == ([], [])


def test_a_stage_is_deployed_tried_deployed_again_and_destroyed(stack: EmbeddedStack, stage: Path) -> None:
    left = Remains(stack, "trial")
    created = answering(stack, "y\n", "deploy", "--stage", str(stage))
    assert created.returncode == 0, created.stderr
    assert "The stage trial is created" in created.stdout
    assert "a run succeeded" in created.stdout
    addresses = dict(line.split() for line in created.stdout.splitlines() if line.startswith("  "))
    assert addresses["UploadsBucket"] == "uploads-000000000000-trial"
    assert f":{REGION}:" in addresses["StateMachineArn"]
    assert addresses["UndeliveredUploadsUrl"].endswith("fraudflow-trial-undelivered-uploads")

    again = stack.fraudflow("deploy", "--stage", str(stage), "--yes", "--json")
    assert again.returncode == 0, again.stderr
    report: dict[str, Any] = json.loads(again.stdout)
    assert report["action"] == "unchanged"
    assert report["outputs"].items() >= addresses.items()

    assert left.others() != []
    destroyed = answering(stack, "y\n", "destroy", "--stage", str(stage))
    assert destroyed.returncode == 0, destroyed.stderr
    assert left.others() == []
    told = {line.strip().removeprefix("s3://") for line in destroyed.stdout.splitlines() if "s3://" in line}
    assert told == set(left.buckets())
    left.empty()
    assert left.buckets() == []
    gone = stack.fraudflow("destroy", "--stage", str(stage), "--yes")
    assert (gone.returncode, gone.stdout) == (0, "There is no stack fraudflow-trial.\n")
