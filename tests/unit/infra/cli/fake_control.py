"""What stops a run and starts it again, on paper."""

from functions.telemetry.state_runs import StateRun
from infra.errors import RemovalError
from infra.runs.execution import PipelineExecution


class FakeControl:
    """Stops a run and runs it again, on paper."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.no_redrive: str | None = None

    def stop(self, execution: PipelineExecution, _states: list[StateRun]) -> list[str]:
        if not execution.is_running:
            raise RemovalError(f"The run {execution.name} has ended already ({execution.status}).")
        self.done.append(f"stop {execution.name}")
        return []

    def rerun(self, execution: PipelineExecution) -> str:
        self.done.append(f"rerun {execution.name}")
        return "arn:aws:states:us-east-1:0:execution:m:two"

    def why_no_redrive(self, _execution: PipelineExecution) -> str | None:
        return self.no_redrive

    def redrive(self, execution: PipelineExecution) -> str:
        self.done.append(f"redrive {execution.name}")
        return "arn:aws:states:us-east-1:0:execution:m:two"
