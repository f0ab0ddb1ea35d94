"""What the page of one execution shows: found in any machine, with its graph, its summary and the logs of a state."""

from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

from console.machine_graph import MachineGraph, read_machine
from console.stack_access import Connected
from console.state_marks import StateMark, marks
from infra.runs.every_machine import find_anywhere
from infra.runs.execution import PipelineExecution
from infra.runs.execution_client import ExecutionClient
from infra.runs.log_words import LogWords, log_words
from infra.runs.run_report import Run
from infra.runs.summary_lines import SummaryLine, about_failure, about_results, links

_PROBLEMS = frozenset({"WARNING", "ERROR", "CRITICAL"})
LINES = 300
"""Of a log, as many are on the page: the newest."""


class FigureLine(NamedTuple):
    """One metric of the fraud class with its confidence interval, where it has one."""

    name: str
    value: float
    low: float | None
    high: float | None


class ShownLog(NamedTuple):
    """The lines of a log that are shown, and how many there are."""

    lines: Sequence[tuple[str, LogWords]]
    total: int


class RunView:
    """One execution, as it is now.

    Args:
        stack: where it runs.
        client: knows the executions of its machine.
        execution: the execution.
        graph: its machine's, where it is known.
    """

    def __init__(
        self,
        stack: Connected,
        client: ExecutionClient,
        execution: PipelineExecution,
        graph: MachineGraph | None = None,
    ) -> None:
        self._stack = stack
        self._client = client
        self.run: Run = client.run(execution)
        self.execution = execution
        self.graph = graph or read_machine(client.definition(execution))
        self.is_pipeline = client is stack.executions

    def again(self) -> "RunView":
        """Return it as it is now."""
        return RunView(self._stack, self._client, self._client.get(self.execution.arn), self.graph)

    @property
    def marks(self) -> dict[str, StateMark]:
        """How far each state is."""
        return dict(marks(self.graph, self.run.states, is_running=self.execution.is_running))

    @property
    def links(self) -> Sequence[SummaryLine]:
        """Where else it is shown."""
        return list(links(self.run.report, self._stack.deployed.settings.mlflow_url))

    @property
    def failure(self) -> Sequence[SummaryLine]:
        """Why it failed, and what to do: commands that run it again are for runs of the pipeline."""
        return list(about_failure(self.run, is_run=self.is_pipeline))

    @property
    def summary(self) -> Sequence[SummaryLine]:
        """What ``fraudflow show`` says of its data and its model."""
        return list(about_results(self.run, is_run=self.is_pipeline))

    @property
    def figures(self) -> Sequence[FigureLine]:
        """The metrics of the fraud class that have an interval."""
        metrics, intervals = self.run.report.metrics, self.run.report.intervals
        # Intervals go by the figure's own name, metrics by that of the rows, too.
        names = ((name, next((each for each in (name, f"test_{name}") if each in metrics), None)) for name in intervals)
        return [
            FigureLine(name.replace("_", " "), metrics[metric], intervals[name].low, intervals[name].high)
            for name, metric in names
            if metric is not None
        ]

    @property
    def state(self) -> str:
        """The state whose logs are shown unless one is chosen: the one that failed, or runs, or ran last."""
        runs = self.run.states
        for status in ("failed", "running"):
            found = [run.name for run in runs if run.status == status]
            if found:
                return found[0]
        return runs[-1].name if runs else ""

    @property
    def failed_at(self) -> str:
        """The state of its machine's own lane that failed, or in which one did; what it says where none is known."""
        failed = {run.name for run in self.run.states if run.status == "failed"}
        found = [node.name for node in self.graph.main.nodes if failed & set(node.tasks())]
        return found[0] if found else "where it failed"

    @cached_property
    def no_redrive(self) -> str | None:
        """Why a run of the pipeline that has not succeeded can't go on from where it ended; None where it can."""
        return self._stack.control.why_no_redrive(self.execution)

    def log(self, state: str, *, problems: bool, limit: int | None = LINES) -> ShownLog:
        """Return the newest lines that a state's function has written, or only its warnings and errors."""
        lines = self._stack.logs.read(self.execution.name, self.run.states, state or None)
        wanted = [line for line in lines if not problems or line.level in _PROBLEMS]
        shown = wanted if limit is None else wanted[-limit:]
        return ShownLog([(line.level or "", log_words(line)) for line in shown], len(wanted))


def find(stack: Connected, name: str) -> RunView:
    """Return an execution of any machine by its name; a run of the pipeline likewise by a beginning, or ``last``.

    Raises:
        ExecutionNotFoundError: when there is none, or more than one.
    """
    found = find_anywhere(stack.machines, name)
    return RunView(stack, found.client, found.execution)
