"""Functions made of a few lines, and what invoking them gave."""

import base64
import io
import json
import textwrap
import uuid
import zipfile
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .polling import poll

ROLE = "arn:aws:iam::000000000000:role/any"


@dataclass(frozen=True)
class Answer:
    """Invoke's response."""

    payload: Any
    error: str | None
    log: str

    @property
    def report(self) -> str:
        return next(line for line in self.log.splitlines() if line.startswith("REPORT "))


@dataclass(frozen=True)
class Function:
    """A function that was created for one test."""

    name: str
    lambda_client: Any
    logs_client: Any

    def invoke(self, event: object = None) -> Answer:
        response = self.lambda_client.invoke(FunctionName=self.name, Payload=json.dumps(event), LogType="Tail")
        return Answer(
            payload=json.loads(response["Payload"].read() or "null"),
            error=response.get("FunctionError"),
            log=base64.b64decode(response.get("LogResult", "")).decode(),
        )

    def invoke_at_once(self, *events: object) -> list[Answer]:
        with ThreadPoolExecutor(len(events)) as pool:
            return list(pool.map(self.invoke, events))

    def send(self, event: object = None) -> int:
        response = self.lambda_client.invoke(FunctionName=self.name, Payload=json.dumps(event), InvocationType="Event")
        return int(response["StatusCode"])

    def log_group(self) -> str:
        """Everything in the function's log group, as `logs tail` would show it; empty while there is none."""
        try:
            pages = self.logs_client.get_paginator("filter_log_events").paginate(
                logGroupName=f"/aws/lambda/{self.name}"
            )
            return "".join(event["message"] for page in pages for event in page["events"])
        except self.logs_client.exceptions.ResourceNotFoundException:
            return ""

    def await_log(self, text: str, times: int = 1, seconds: float = 20) -> str:
        return poll(
            lambda: log if (log := self.log_group()).count(text) >= times else "",
            seconds=seconds,
            waiting_for=f"{text!r} in the log of {self.name}",
        )

    def configure(self, **configuration: object) -> None:
        self.lambda_client.update_function_configuration(FunctionName=self.name, **configuration)
        self.lambda_client.get_waiter("function_updated_v2").wait(FunctionName=self.name, WaiterConfig={"Delay": 0.1})

    def replace_code(self, source: str) -> None:
        self.lambda_client.update_function_code(FunctionName=self.name, ZipFile=_zip(source))
        self.lambda_client.get_waiter("function_updated_v2").wait(FunctionName=self.name, WaiterConfig={"Delay": 0.1})

    def allow_at_once(self, environments: int) -> None:
        self.lambda_client.put_function_concurrency(FunctionName=self.name, ReservedConcurrentExecutions=environments)


@dataclass(frozen=True)
class Functions:
    """Makes functions; with ``preimport``, pre-warmed ones."""

    lambda_client: Any
    logs_client: Any
    preimport: str = ""

    def make(
        self,
        source: str,
        *,
        handler: str = "main.handler",
        variables: dict[str, str] | None = None,
        helpers: dict[str, str] | None = None,
        **configuration: object,
    ) -> Function:
        name = f"test-{uuid.uuid4().hex[:12]}"
        prewarming = {"FRAUDFLOW_PREIMPORT": self.preimport} if self.preimport else {}
        self.lambda_client.create_function(
            FunctionName=name,
            Runtime="python3.13",
            Handler=handler,
            Role=ROLE,
            Code={"ZipFile": _zip(source, helpers)},
            Environment={"Variables": prewarming | (variables or {})},
            **{"Timeout": 20, "MemorySize": 256, **configuration},
        )
        self.lambda_client.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig={"Delay": 0.1})
        return Function(name, self.lambda_client, self.logs_client)

    def at_once[T](self, act: Callable[[T], object], arguments: Iterable[T]) -> list[object]:
        """Call ``act`` with each argument, side by side."""
        with ThreadPoolExecutor(8) as pool:
            return list(pool.map(act, arguments))

    def await_end_of(self, pid: int) -> None:
        poll(lambda: not process_is_alive(pid), seconds=5, waiting_for=f"process {pid} to end")


def process_is_alive(pid: int) -> bool:
    """A zombie is not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):  # gone before it was opened, or before it was read
        return False


def parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def fork_servers_of(launcher: int) -> set[int]:
    """The fork servers below a launcher; what they forked has written its own address over theirs."""
    children = Path(f"/proc/{launcher}/task/{launcher}/children").read_text().split()
    return {int(child) for child in children if b"AWS_LAMBDA_RUNTIME_API=255.255.255.255:65535" in _environ(child)}


def _environ(pid: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/environ").read_bytes()
    except FileNotFoundError:
        return b""


def _zip(source: str, helpers: dict[str, str] | None = None) -> bytes:
    """Make main.py of the source, and a module of each helper; the same texts give the same bytes."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        for name, text in {"main": textwrap.dedent(source), **(helpers or {})}.items():
            file.writestr(zipfile.ZipInfo(f"{name}.py"), text)
    return archive.getvalue()
