"""One run of the pipeline on a benchmark's stack, and where its seconds went."""

import io
import json
import re
import time
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from embedded import Embedded

from functions.settings import SETTINGS_METADATA
from functions.telemetry.execution_history import states
from functions.telemetry.state_runs import StateRun
from infra.deployment.pipeline import session
from infra.home.layout import Home
from infra.home.state import Deployed, read_deployed
from infra.runs.execution_client import ExecutionClient
from infra.runs.function_logs import FunctionLogs
from infra.system.processes import wait_until

POLL_SECONDS, LOG_SECONDS = 0.2, 30.0
_REPORT = re.compile(r"^REPORT .*Max Memory Used: (\d+) MB", re.MULTILINE)
ENDED = {"SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"}


@dataclass(frozen=True)
class Task:
    """One task of a run, in seconds since the upload began; what its handler waited for, by whom."""

    label: str
    entered: float
    left: float
    handler: float
    waited: dict[str, float] = field(default_factory=dict)

    @property
    def seconds(self) -> float:
        """From the state's entry to its exit."""
        return self.left - self.entered

    @property
    def computing(self) -> float:
        """Return the time that the handler took itself."""
        return self.handler - sum(self.waited.values())

    @property
    def hand_over(self) -> float:
        """Return the time between the state's entry and exit, less the handler's."""
        return self.seconds - self.handler


@dataclass(frozen=True)
class Timeline:
    """A run that succeeded: ``seconds`` from the moment before the upload was sent to the execution's end.

    ``uploaded`` of them had passed when S3 acknowledged the upload, which is what triggers the run.
    """

    execution: str
    seconds: float
    uploaded: float
    tasks: list[Task]

    def critical(self) -> list[Task]:
        """List the tasks that the end waited for: from the last one back, each time the one that had just ended."""
        path: list[Task] = []
        at = self.seconds
        while before := [task for task in self.tasks if task.left <= at]:
            path.append(max(before, key=lambda task: task.left))
            at = path[-1].entered
        return path[::-1]

    @property
    def computing(self) -> float:
        """The seconds that its handlers computed on the way to the end."""
        return sum(task.computing for task in self.critical())

    @property
    def overhead(self) -> float:
        """All the other seconds since the trigger."""
        return self.seconds - self.uploaded - self.computing


class Pipeline:
    """The pipeline of a stack that is up."""

    def __init__(self, stack: Embedded) -> None:
        if (deployed := read_deployed(Home(stack.home))) is None:
            raise SystemExit("the stack has no pipeline")
        self._deployed: Deployed = deployed
        aws = session(deployed.settings)
        self._s3: Any = aws.client("s3", endpoint_url=stack.url)
        self._states: Any = aws.client("stepfunctions", endpoint_url=stack.url)
        self._known: set[str] = set()

    def upload(self, body: bytes | Path, **settings: object) -> str:
        """Upload a CSV, or a file however large, with settings of its own if any are named; return its key."""
        key = f"{uuid.uuid4()}{body.suffix if isinstance(body, Path) else '.csv'}"
        metadata = {SETTINGS_METADATA: json.dumps(settings)} if settings else {}
        if isinstance(body, Path):
            self._s3.upload_file(str(body), "uploads", key, ExtraArgs={"Metadata": metadata})
            return key
        self._s3.put_object(Bucket="uploads", Key=key, Body=body, Metadata=metadata)
        return key

    def run_parts(self, files: Iterable[Path]) -> Timeline:
        """Upload the files of one table, each as soon as it is there, and take them through: the manifest starts it.

        Raises:
            SystemExit: when the run fails.
        """
        name = str(uuid.uuid4())
        for file in files:
            self._s3.upload_file(str(file), "uploads", f"{name}.parts/{file.name}")
        began, key = time.time(), f"{name}.manifest.json"
        self._s3.put_object(Bucket="uploads", Key=key, Body=json.dumps({"prefix": f"{name}.parts/"}).encode())
        return self._timeline(key, began)

    def run(self, body: bytes | Path, **settings: object) -> Timeline:
        """Take a CSV, or a file, through the pipeline.

        Raises:
            SystemExit: when the run fails.
        """
        began = time.time()
        return self._timeline(self.upload(body, **settings), began)

    def _timeline(self, key: str, began: float) -> Timeline:
        uploaded = time.time() - began
        ended = self._ended(key)
        if ended["status"] != "SUCCEEDED":
            raise SystemExit(f"the run of {key} ended as {ended['status']}: {ended.get('cause', '')}")
        tasks = self._tasks(ended["executionArn"], ended["name"], began)
        return Timeline(ended["name"], ended["stopDate"].timestamp() - began, uploaded, tasks)

    def all_ended(self, keys: set[str]) -> dict[str, str]:
        """Wait until the executions of these uploads have ended; tell how each did, by its upload's key."""
        ended: dict[str, str] = {}
        known: dict[str, str] = {}
        while keys - ended.keys():
            pages = self._states.get_paginator("list_executions").paginate(
                stateMachineArn=self._deployed.state_machine_arn
            )
            for item in (item for page in pages for item in page["executions"]):
                arn = item["executionArn"]
                if arn not in known:
                    known[arn] = json.loads(self._states.describe_execution(executionArn=arn)["input"])["key"]
                if known[arn] in keys and item["status"] in ENDED:
                    ended[known[arn]] = item["status"]
            time.sleep(1)
        return ended

    def waiting(self) -> int:
        """Count the runs that wait for their turn, as ``fraudflow status`` does."""
        return ExecutionClient(self._deployed).queue().waiting

    def dataset(self, execution: str) -> pa.Table:
        """Read a run's checked data, as its functions do."""
        body = self._s3.get_object(Bucket="runs", Key=f"{execution}/dataset.parquet")["Body"].read()
        return pq.read_table(io.BytesIO(body))

    def platform_lines(self, execution: str) -> list[tuple[str, str]]:
        """Read what Lambda itself has written of a run's invocations, with the state of each."""
        found = ExecutionClient(self._deployed).find(execution)
        pages = self._states.get_paginator("get_execution_history").paginate(executionArn=found.arn)
        runs = states([event for page in pages for event in page["events"]])
        lines: list[tuple[str, str]] = []

        def all_reported() -> bool:
            told = FunctionLogs(self._deployed).read(execution, runs)
            lines[:] = [(line.state, line.message) for line in told if line.level == "PLATFORM"]
            return sum(text.startswith("REPORT") for _, text in lines) >= len(runs)

        wait_until(all_reported, LOG_SECONDS)
        return lines

    def peaks(self, run: Timeline) -> dict[str, float]:
        """Read each function's peak memory of a run, in MB; of trainings side by side, the highest."""
        peaks: dict[str, float] = {}
        for state, text in self.platform_lines(run.execution):
            if report := _REPORT.match(text):
                peaks[state] = max(peaks.get(state, 0.0), float(report[1]))
        return peaks

    def _ended(self, key: str) -> dict[str, Any]:
        """Wait for the execution that an upload has started: asked seldom, as the asking takes processor time too."""
        arn = ""
        while True:
            time.sleep(POLL_SECONDS)
            if not arn:
                listed = self._states.list_executions(stateMachineArn=self._deployed.state_machine_arn, maxResults=10)
                for new in {item["executionArn"] for item in listed["executions"]} - self._known:
                    self._known.add(new)
                    told = self._states.describe_execution(executionArn=new)
                    if json.loads(told["input"]).get("key") == key:
                        arn = new
            else:
                told = self._states.describe_execution(executionArn=arn)
                if told["status"] in ENDED:
                    return dict(told)

    def _tasks(self, arn: str, name: str, began: float) -> list[Task]:
        pages = self._states.get_paginator("get_execution_history").paginate(executionArn=arn)
        runs = states([event for page in pages for event in page["events"]])
        told: dict[int, dict[str, Any]] = {}

        def all_told() -> bool:
            told.update(self._told(name, runs))
            return len(told) == len(runs)

        if not wait_until(all_told, LOG_SECONDS):
            raise SystemExit(f"the functions of {name} have not told their seconds")
        return [
            Task(
                label=run.label,
                entered=run.entered.timestamp() - began,
                left=run.left.timestamp() - began if run.left else 0.0,
                handler=float(told[place]["seconds"]),
                waited=dict(told[place]["waited"]),
            )
            for place, run in enumerate(runs)
        ]

    def _told(self, name: str, runs: Sequence[StateRun]) -> dict[int, dict[str, Any]]:
        """Find each task's last line: of a function that ran more than once, the one nearest to the state's exit."""
        lines = [line for line in FunctionLogs(self._deployed).read(name, runs) if line.message == "done"]
        found = {}
        for place, run in enumerate(runs):
            own = [line for line in lines if line.state == run.name]
            if own and (left := run.left):
                found[place] = min(own, key=lambda line: abs((line.at - left).total_seconds())).fields
        return found


def draw(csv: Path, *, rows: int, seed: int) -> bytes:
    """Draw rows of a labelled file, one in a hundred a fraud, other ones for another seed; the whole file for 0."""
    if not rows:
        return csv.read_bytes()
    import pandas as pd  # noqa: PLC0415 - half a second that not every benchmark needs

    table = pd.read_csv(csv)
    frauds = table[table["Class"] == 1].sample(rows // 100, random_state=seed)
    others = table[table["Class"] == 0].sample(rows - len(frauds), random_state=seed)
    return bytes(pd.concat([frauds, others]).sample(frac=1, random_state=seed).to_csv(index=False).encode())
