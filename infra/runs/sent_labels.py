"""Files of labels as the command line sees them: summed up, once their execution has ended."""

import datetime as dt

from pydantic import BaseModel, ValidationError

from functions.contracts.label_files import FeedbackOutput, LabelsJoined
from infra.errors import StackError
from infra.home.state import Deployed
from infra.runs.execution import ExecutionStatus, PipelineExecution, RunError, failure
from infra.runs.uploads import Accepted


class SentLabels(BaseModel):
    """A file of labels, as ``labels --json`` prints it; ``error`` is there when it failed, the rest when it did not."""

    execution_arn: str
    status: ExecutionStatus
    file: str
    error: RunError | None = None
    rows: int | None = None
    joined: LabelsJoined | None = None
    notes: list[str] = []
    seconds: float

    def to_json(self) -> str:
        """Write the object, without ``error`` when there is none."""
        return self.model_dump_json(indent=2, exclude=None if self.error else {"error"})


def of_feedback(deployed: Deployed) -> Deployed:
    """Return the feedback machine of a deployment with its buckets.

    Raises:
        StackError: when an earlier release deployed the stack, which has none.
    """
    found = deployed.of_labels
    if found is None:
        raise StackError("The stack was deployed by an earlier release, which took no labels: `fraudflow deploy`.")
    return found


def describe(execution: PipelineExecution, accepted: Accepted) -> SentLabels:
    """Return the report of a file of labels whose execution has ended."""
    end = execution.stopped or dt.datetime.now(dt.UTC)
    report = SentLabels(
        execution_arn=execution.arn,
        status=execution.status,
        file=accepted.key,
        error=failure(execution),
        seconds=round((end - accepted.at).total_seconds(), 3),
    )
    try:
        result = FeedbackOutput.model_validate_json(execution.output or "", extra="ignore")
    except ValidationError:
        return report.model_copy(update={"notes": [note for note in (execution.duplicate(),) if note]})
    return report.model_copy(update={"rows": result.labels.rows, "joined": result.joined, "notes": result.labels.notes})
