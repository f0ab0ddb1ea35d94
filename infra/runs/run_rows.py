"""One line about a run: what ``fraudflow runs`` prints and the console's table shows."""

import datetime as dt
import sys
from collections.abc import Iterable
from dataclasses import dataclass, replace

from functions.contracts import Alias
from infra.runs.current_champions import CurrentChampions
from infra.runs.execution import ExecutionStatus, PipelineExecution
from infra.runs.money_words import no_better_than_no_model
from infra.runs.run_report import ModelReport, describe


@dataclass(frozen=True, slots=True)
class RunRow:
    """What a line tells of a run; small, as the console keeps thousands of them.

    ``error`` is the type of what made it fail, ``message`` the sentence about it. ``saved`` is money on the test rows
    against no model; ``in_doubt`` is true where its interval includes zero. ``alias`` is of the moment, and not kept.
    ``waits`` is true of a run in progress that waits for a free function.
    """

    name: str
    upload: str
    started: dt.datetime
    stopped: dt.datetime | None
    status: ExecutionStatus
    error: str | None = None
    message: str | None = None
    model: str | None = None
    version: str = ""
    algorithm: str = ""
    promoted: bool = False
    f1: float | None = None
    saved: float | None = None
    in_doubt: bool = False
    alias: Alias | None = None
    waits: bool = False

    @property
    def is_running(self) -> bool:
        """Return whether it is in progress."""
        return self.stopped is None

    @property
    def seconds(self) -> float:
        """Its duration, up to now while it is in progress."""
        return ((self.stopped or dt.datetime.now(dt.UTC)) - self.started).total_seconds()

    @property
    def word(self) -> str:
        """How it stands, in a word."""
        return self.error or ("WAITING" if self.waits else self.status)

    @property
    def registered(self) -> str:
        """The version that it registered, and what that is now; empty where there is none."""
        if self.model is None:
            return ""
        doubt = ", no better than no model" if self.in_doubt else ""
        return f"{self.model} {self.version} {self.standing}{doubt}"

    @property
    def standing(self) -> str:
        """What its version is now, in a word or two; empty where there is none."""
        if self.model is None:
            return ""
        return ModelReport(
            name=self.model,
            version=self.version,
            algorithm=self.algorithm,
            alias=self.alias,
            promoted=self.promoted,
        ).status


def row_of(execution: PipelineExecution) -> RunRow:
    """Return the line about a run, without what its model is now."""
    report = describe(execution, [], mlflow_url="").report
    model = report.model
    return RunRow(
        name=execution.name,
        upload=execution.upload,
        started=execution.started,
        stopped=execution.stopped if not execution.is_running else None,
        status=execution.status,
        error=report.error.type if report.error else None,
        message=report.error.message if report.error else None,
        # The same few texts in every line: each is kept once.
        model=sys.intern(model.name) if model else None,
        version=model.version if model else "",
        algorithm=sys.intern(model.algorithm) if model else "",
        promoted=bool(model and model.promoted),
        f1=report.metrics.get("test_fraud_f1"),
        saved=report.impact.saved if report.impact else None,
        in_doubt=no_better_than_no_model(report),
    )


def of_now(rows: Iterable[RunRow], champions: CurrentChampions) -> list[RunRow]:
    """Return the lines with what their models are now."""
    return [replace(row, alias=champions.alias(row.model, row.version)) if row.model else row for row in rows]
