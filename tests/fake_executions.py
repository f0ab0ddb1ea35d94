"""Step Functions in memory."""

from dataclasses import dataclass, field

from functions.contracts import Execution
from functions.telemetry.execution_history import ExecutionSnapshot


@dataclass
class FakeExecutions:
    """Gives the same answer about every execution, and remembers which it was asked about."""

    answer: ExecutionSnapshot = field(default_factory=ExecutionSnapshot)
    asked: list[Execution] = field(default_factory=list)
    running: set[str] = field(default_factory=set)

    def is_running(self, execution: Execution) -> bool:
        return execution.arn in self.running

    def snapshot(self, execution: Execution) -> ExecutionSnapshot:
        self.asked.append(execution)
        return self.answer
