"""A stack that is killed with all of its processes, and comes back."""

import contextlib
import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mlflow
import pytest
from botocore.exceptions import BotoCoreError, ClientError

from functions.contracts import PipelineOutput
from functions.settings import SETTINGS_METADATA
from infra.home.layout import Home
from infra.home.state import read_state
from tests.e2e.conftest import RUN_SECONDS, EmbeddedStack, poll
from tests.e2e.durability.held_gateway import HeldGateway

ATTEMPTS = 12  # a state may be over in a tenth of a second, and a run is caught in it by luck
# The one that is short and the last, so that a run that is not caught in it has ended: it is held up.
HELD = "PublishResults"


# Of a run, what has to differ from one to the next.
ITS_OWN = {
    "started_at",
    "seconds",
    "training_seconds",
    "mlflow_run_id",
    "mlflow_model_id",
    "decision_uri",
    "report_uri",
}


class Recovered:
    """A stack whose uploads say which model they are for, so that each run begins with an empty registry."""

    def __init__(self, stack: EmbeddedStack, csv: bytes, gateway: HeldGateway) -> None:
        self.stack = stack
        self.csv = csv
        self.gateway = gateway
        self.registry = mlflow.MlflowClient(f"http://127.0.0.1:{stack.mlflow_port}")

    def upload(self, model: str, body: bytes | None = None) -> str:
        """Upload for a model; give the version of the upload."""
        settings = {"model_name": model, "candidates": ["logistic_regression"]}
        answer = self.stack.client("s3").put_object(
            Bucket="uploads",
            Key=f"{model}.csv",
            Body=body or self.csv,
            Metadata={SETTINGS_METADATA: json.dumps(settings)},
        )
        return str(answer["VersionId"])

    def upload_in_silence(self, model: str) -> str:
        """Upload without an event, as between LocalStack's start and the deployment of the rule."""
        s3 = self.stack.client("s3")
        told = s3.get_bucket_notification_configuration(Bucket="uploads")["EventBridgeConfiguration"]
        s3.put_bucket_notification_configuration(Bucket="uploads", NotificationConfiguration={})
        version = self.upload(model)
        s3.put_bucket_notification_configuration(
            Bucket="uploads", NotificationConfiguration={"EventBridgeConfiguration": told}
        )
        return version

    def executions(self, version: str, machine: str = "pipeline") -> list[dict[str, Any]]:
        """Describe the executions that an upload has started."""
        machines = self.stack.client("stepfunctions")
        listed = machines.list_executions(stateMachineArn=self.stack.machine(machine), maxResults=1000)["executions"]
        described = [machines.describe_execution(executionArn=item["executionArn"]) for item in listed]
        return [each for each in described if json.loads(each["input"]).get("version_id") == version]

    def entered(self, version: str, state: str) -> str | None:
        """Return the execution of an upload once it is in a state."""
        for execution in self.executions(version):
            arn = str(execution["executionArn"])
            return arn if state in self.stack.entered(arn) else None
        return None

    def ended(self, version: str, count: int = 1, machine: str = "pipeline") -> list[dict[str, Any]] | None:
        try:
            found = self.executions(version, machine)
        except (BotoCoreError, ClientError):  # LocalStack is on its way
            return None
        return found if len(found) >= count and all(each["status"] != "RUNNING" for each in found) else None

    def kill(self) -> None:
        """Kill the stack."""
        kill(self.stack)

    def interrupt(self, state: str) -> tuple[str, str, str]:
        """Kill the stack while a run is in a state, and start it again: the run's model, upload and execution.

        A state may be over before the signal comes; such a run is not interrupted, and another is started.
        """
        for attempt in range(ATTEMPTS):
            model = f"interrupted-in-{state}-{attempt}"
            with self.gateway.held() if state == HELD else contextlib.nullcontext():
                version = self.upload(model)
                arn = poll(
                    lambda v=version: self.entered(v, state),  # type: ignore[misc]
                    seconds=RUN_SECONDS,
                    what=f"a run that is in {state}",
                )
                self.kill()
            told = self.up()["recovered"]
            if told["interrupted"] or told["forgotten"]:
                return model, version, arn
        pytest.fail(f"No run of {ATTEMPTS} was caught in {state}, or none was driven again.")

    def up(self) -> dict[str, Any]:
        started = self.stack.fraudflow("up", "--json")
        assert started.returncode == 0, started.stderr
        report: dict[str, Any] = json.loads(started.stdout)
        return report

    def outcome(self, model: str, arn: str, output: str) -> dict[str, Any]:
        """Return all that a run has left behind, but for names and times."""
        result = PipelineOutput.model_validate_json(output)
        versions = self.registry.search_model_versions(f"name='{model}'")
        name = arn.rpartition(":")[2]
        listed = self.stack.client("s3").list_objects_v2(Bucket="runs", Prefix=f"{name}/")["Contents"]
        logged = self.registry.search_logged_models(["1"], f"source_run_id = '{result.results.run.mlflow_run_id}'")
        run = self.registry.get_run(result.results.run.mlflow_run_id)
        return {
            "versions": [
                (version.version, version.aliases, version.tags["fraudflow.decision"]) for version in versions
            ],
            "files": sorted(item["Key"].removeprefix(f"{name}/") for item in listed),
            "artifacts": sorted(item.path for item in self.registry.list_artifacts(run.info.run_id)),
            "metrics": {key: value for key, value in run.data.metrics.items() if key not in ITS_OWN},
            "status": run.info.status,
            "runs": len(self.registry.search_runs(["1"], f"tags.`fraudflow.execution_arn` = '{arn}'")),
            "models": [model.status for model in logged],
            "digest": result.dataset.digest,
            "champion": self.registry.get_model_version_by_alias(model, "champion").version,
        }


def kill(stack: EmbeddedStack) -> None:
    """Send SIGKILL to the supervisor of a stack, its servers and their functions, all at once."""
    state = read_state(Home(stack.home))
    assert state is not None
    victims = [state.supervisor.pid, *descendants(state.supervisor.pid)]
    for victim in victims:
        with contextlib.suppress(ProcessLookupError):  # one that has ended by itself since, a health check say
            os.kill(victim, signal.SIGKILL)
    poll(lambda: None if any(map(alive, victims)) else True, seconds=20, what="the end of every process")


def descendants(pid: int) -> Iterator[int]:
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, children.read_text().split()):
            yield child
            yield from descendants(child)


def alive(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat[stat.rindex(")") + 2] not in "ZX"
