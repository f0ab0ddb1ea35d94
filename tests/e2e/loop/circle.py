"""A stack whose model is in production: it serves, hears what became of its decisions, and is killed."""

import http.client
import json
from collections.abc import Callable
from itertools import batched
from pathlib import Path
from typing import Any

import mlflow
import pandas as pd

from functions.contracts.records import ENDED
from infra.tools import synthetic
from tests.e2e.conftest import RUN_SECONDS, EmbeddedStack, poll
from tests.e2e.durability.recovered import kill

NAME = "fraud-detector"
_AT_ONCE = 2_500
# Everything that the loop waits for by the calendar is over at once: a label that came is complete.
SETTINGS = {
    "FRAUDFLOW_SCORING": "true",
    "FRAUDFLOW_CANDIDATES": "lightgbm",
    "FRAUDFLOW_LABEL_DELAY_DAYS": "0",
    "FRAUDFLOW_RETRAIN": "auto",
    "FRAUDFLOW_RETRAIN_COST": "1",
    "FRAUDFLOW_RETRAIN_COOLDOWN_DAYS": "0",
    "FRAUDFLOW_TRAFFIC_WINDOW_LEAST_DAYS": "0",
}


def traffic(rows: int, *, kind: int, first: int) -> pd.DataFrame:
    """Return transactions with their labels; frauds of another kind are odd in another way.

    Args:
        rows: how many.
        kind: of the frauds.
        first: the number of the first one.
    """
    made = synthetic.generate(rows, fraud_rate=0.03, seed=kind)
    return made.set_index(pd.Index([f"t-{first + place}" for place in range(rows)], name="transaction_id"))


class Circle:
    """A stack, driven by what its users type and send."""

    def __init__(self, stack: EmbeddedStack, port: int, folder: Path) -> None:
        self.stack, self.port, self.folder = stack, port, folder

    @property
    def registry(self) -> mlflow.MlflowClient:
        return mlflow.MlflowClient(f"http://127.0.0.1:{self.stack.mlflow_port}")

    def told(self, *words: str) -> Any:  # noqa: ANN401 - JSON is anything
        """Return what a command prints with ``--json``."""
        done = self.stack.fraudflow(*words, "--json")
        assert done.returncode == 0, (words, done.stdout, done.stderr)
        return json.loads(done.stdout)

    def alias(self, name: str) -> str | None:
        """Return the version of an alias; None where there is none."""
        aliases: dict[str, str] = self.registry.get_registered_model(NAME).aliases
        found = aliases.get(name)
        return None if found is None else str(found)

    def post(self, path: str, document: object) -> Any:  # noqa: ANN401
        """Ask the service, again where it is not there or says to come again."""
        body = json.dumps(document).encode()
        return poll(lambda: self._answer(path, body), seconds=RUN_SECONDS, what=f"an answer of {path}")

    def _answer(self, path: str, body: bytes) -> Any:  # noqa: ANN401
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        try:
            connection.request("POST", path, body)
            answered = connection.getresponse()
            document = json.loads(answered.read())
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()
        assert answered.status in {200, 202, 429, 503}, document
        return document if answered.status < 300 else None

    def serve(self, rows: pd.DataFrame) -> set[str]:
        """Have transactions scored; return the versions that decided."""
        versions = set()
        for some in batched(rows.drop(columns="Class").iterrows(), _AT_ONCE, strict=False):
            asked = [{"transaction_id": name, "features": row.to_dict()} for name, row in some]
            answers = self.post("/v1/score/batch", {"transactions": asked})["scores"]
            versions |= {answer["model"]["version"] for answer in answers}
        return versions

    def labels(self, rows: pd.DataFrame, name: str) -> Path:
        """Write a file of what transactions were."""
        path = self.folder / name
        rows["Class"].rename("label").to_csv(path)
        return path

    def shipped(self, count: int) -> None:
        """Wait until the log has so many decisions in S3."""
        series = "scoring_decision_log_unshipped"
        poll(lambda: self._metric(series) == 0.0 or None, seconds=120, what=f"{count} decisions in S3")

    def _metric(self, series: str) -> float | None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("GET", "/metrics")
            lines = connection.getresponse().read().decode().splitlines()
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()
        return next((float(line.rpartition(" ")[2]) for line in lines if line.startswith(f"{series} ")), None)

    def kill_and_start(self) -> Any:  # noqa: ANN401
        """Kill all processes at once, start the stack again, and return what ``up`` says it has taken up."""
        kill(self.stack)
        return self.told("up")["recovered"]

    def outcome(self, key: str) -> str:
        """Wait for the record of a file of labels, which may have ended before a kill: Step Functions forgets that."""
        s3 = self.stack.client("s3")

        def outcome() -> str | None:
            for each in s3.list_objects_v2(Bucket="loop", Prefix=ENDED).get("Contents", []):
                record = json.loads(s3.get_object(Bucket="loop", Key=each["Key"])["Body"].read())
                if (record["input"] or {}).get("key") == key:
                    return str(record["outcome"])
            return None

        return poll(outcome, seconds=RUN_SECONDS, what=f"the end of {key}")

    def entered(self, machine: str, state: str) -> None:
        """Wait until an execution of a machine is, or was, in a state."""
        states, arn = self.stack.client("stepfunctions"), self.stack.machine(machine)

        def entered() -> bool | None:
            executions = states.list_executions(stateMachineArn=arn)["executions"]
            return any(state in self.stack.entered(each["executionArn"]) for each in executions) or None

        poll(entered, seconds=RUN_SECONDS, what=f"{state} of {machine}")

    def wait[T](self, ask: Callable[[], T | None], what: str) -> T:
        """Wait for something that takes a training, or a look."""
        return poll(ask, seconds=3 * RUN_SECONDS, what=what)
