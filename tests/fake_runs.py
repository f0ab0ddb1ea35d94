"""Runs of MLflow, in memory."""

from dataclasses import dataclass, field

from functions.ports import NestedRun, NewRun, RunRecord


@dataclass
class FakeRun:
    """A run, as MLflow would show it."""

    opened: NewRun
    record: RunRecord | None = None
    status: str = "RUNNING"
    reason: str = ""
    description: str = ""
    artifacts: dict[str, bytes] = field(default_factory=dict)
    nested: dict[str, NestedRun] = field(default_factory=dict)


@dataclass
class FakeRunLog:
    """A run that is being logged."""

    run: FakeRun

    def add(self, path: str, body: bytes) -> None:
        self.run.artifacts[path] = body

    def describe(self, text: str) -> None:
        self.run.description = text
