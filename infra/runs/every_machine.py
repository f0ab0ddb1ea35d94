"""The executions of every state machine of a stack: of the pipeline, of scored files, of labels, and of looks."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from infra.home.state import Deployed
from infra.runs.execution import PipelineExecution
from infra.runs.execution_client import ExecutionClient


class FoundExecution(NamedTuple):
    """An execution with what knows those of its machine; ``is_run`` where that is the pipeline."""

    client: ExecutionClient
    execution: PipelineExecution
    is_run: bool


def machines_of(deployed: Deployed) -> list[Deployed]:
    """Return the machines of a deployment, the pipeline first; an earlier release had fewer."""
    others = (deployed.of_batches, deployed.of_labels, deployed.of_watch)
    return [deployed, *(each for each in others if each is not None)]


def find_anywhere(clients: Iterable[ExecutionClient], name: str) -> FoundExecution:
    """Return an execution of any machine by its name; a run of the pipeline likewise by a beginning, or ``last``.

    Args:
        clients: of the machines, the pipeline's first; others are made only where it does not know the name.
        name: of the execution.

    Raises:
        ExecutionNotFoundError: when there is none, or more than one.
    """
    asked: Sequence[ExecutionClient] = ()
    for client in clients:
        asked = [*asked, client]
        execution = client.known(name)
        if execution is not None:
            return FoundExecution(client, execution, is_run=client is asked[0])
    return FoundExecution(asked[0], asked[0].find(name), is_run=True)
