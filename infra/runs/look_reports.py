"""What is told of looks at the model in production, and of the retrainings that came of them."""

from typing import NamedTuple

from pydantic import BaseModel

from functions.contracts.loop_records import RetrainingRecord, RetrainRecord
from functions.telemetry.state_runs import StateRun
from infra.runs.execution import PipelineExecution


class LookReport(BaseModel):
    """A look, as ``watch --json`` prints it; without a decision where it failed or there is no champion."""

    execution_arn: str
    status: str
    decision: RetrainRecord | None
    judged: str | None = None
    gathered: str | None = None
    error: str | None = None


class SeenLook(NamedTuple):
    """A look at one moment: ``ended`` also where it waits for a person."""

    execution: PipelineExecution
    states: list[StateRun]
    ended: bool


class LookUnderWay(NamedTuple):
    """A look that goes on, by its name; ``answered`` where it does since its question was answered."""

    name: str
    answered: bool


class Retraining(NamedTuple):
    """The last retraining: what was started, for which reason, and whether it came to nothing before its run."""

    record: RetrainingRecord
    failed: bool
