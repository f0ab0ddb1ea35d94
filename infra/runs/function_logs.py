"""Logs of one execution's functions, from CloudWatch Logs."""

import datetime as dt
import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from botocore.exceptions import ClientError
from pydantic import BaseModel

from functions.telemetry.state_runs import StateRun
from infra.deployment.pipeline import CONFIG, session
from infra.home.state import Deployed

_START = re.compile(r"^START RequestId: (\S+)")
_PLATFORM = re.compile(r"^(?:INIT_START |(?:START|END|REPORT) RequestId: )")
# A line may be stamped a little before its state was entered, or after it was left.
_SLACK = dt.timedelta(seconds=2)

# What the logger adds to every line, or what its message and its exception say already.
_ROUTINE = frozenset(
    {
        *("location", "timestamp", "service", "execution", "function_request_id", "sampling_rate"),
        *("xray_trace_id", "exception_name", "stack_trace"),
    }
)


class LogLine(BaseModel):
    """One line of a function's log."""

    at: dt.datetime
    state: str
    level: str | None = None
    message: str
    fields: dict[str, Any] = {}


class FunctionLogs:
    """Reads the log groups of the functions behind the states."""

    def __init__(self, deployed: Deployed) -> None:
        self._functions = deployed.functions
        self._client = session(deployed.settings).client(
            "logs", endpoint_url=deployed.settings.endpoint_url, config=CONFIG
        )

    def read(self, execution: str, states: Sequence[StateRun], only: str | None = None) -> list[LogLine]:
        """Return the lines of an execution, oldest first.

        Args:
            execution: its name.
            states: its history, for functions that died before they could tell their execution.
            only: the one state to read.
        """
        lines = [
            line
            for name, runs in _by_name(states).items()
            if name in self._functions and only in {None, name}
            for line in self._of_state(execution, name, runs)
        ]
        return sorted(lines, key=lambda line: line.at)

    def _of_state(self, execution: str, name: str, runs: Sequence[StateRun]) -> Iterator[LogLine]:
        left = max(run.left or dt.datetime.now(dt.UTC) for run in runs)
        window = (min(run.entered for run in runs) - _SLACK, left + _SLACK)
        events = self._events(f"/aws/lambda/{self._functions[name]}", *window)
        for invocation in invocations(events):
            if belongs(invocation, execution):
                yield from (parse(event, name) for event in invocation)

    def _events(self, group: str, begin: dt.datetime, end: dt.datetime) -> list[dict[str, Any]]:
        pages = self._client.get_paginator("filter_log_events").paginate(
            logGroupName=group,
            startTime=int(begin.timestamp() * 1000),
            endTime=int(end.timestamp() * 1000),
        )
        try:
            return [dict(event) for page in pages for event in page["events"]]
        except ClientError as error:
            if error.response["Error"]["Code"] == "ResourceNotFoundException":
                return []  # the function has not written anything yet
            raise


def _by_name(states: Sequence[StateRun]) -> dict[str, list[StateRun]]:
    """Group states by name: the candidates' trainings are one function's, so that no line is read twice."""
    found: dict[str, list[StateRun]] = {}
    for state in states:
        found.setdefault(state.name, []).append(state)
    return found


def invocations(events: Sequence[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Cut each stream at the START lines: one function environment serves one invocation at a time."""
    streams: dict[str, list[list[dict[str, Any]]]] = {}
    for event in events:
        cut = streams.setdefault(str(event.get("logStreamName", "")), [[]])
        if _START.match(event["message"]):
            cut.append([])
        cut[-1].append(event)
    return [invocation for cut in streams.values() for invocation in cut if invocation]


def belongs(invocation: Sequence[dict[str, Any]], execution: str) -> bool:
    """Return whether an invocation belongs to an execution: it names it, or names none and is within its time."""
    named = {fields["execution"] for event in invocation if (fields := _json(event["message"])).get("execution")}
    return execution in named if named else True


def parse(event: dict[str, Any], state: str) -> LogLine:
    """Parse a line: structured where the function's logger wrote it, as it is otherwise."""
    at = dt.datetime.fromtimestamp(event["timestamp"] / 1000, dt.UTC)
    text = event["message"].rstrip("\n")
    fields = _json(text)
    if "message" not in fields:
        level = "PLATFORM" if _PLATFORM.match(text) else None
        return LogLine(at=at, state=state, level=level, message=text)
    level, message = str(fields.pop("level", "")), fields.pop("message")
    extra = {name: value for name, value in fields.items() if name not in _ROUTINE}
    trace = extra.pop("exception", "")
    return LogLine(at=at, state=state, level=level, message=f"{message}\n{trace}".rstrip(), fields=extra)


def _json(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
