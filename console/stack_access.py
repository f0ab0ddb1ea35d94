"""The stack that the console shows: asked anew each time, through the same functions as the command line."""

import threading
from collections.abc import Callable
from functools import cached_property

from infra.errors import StackError
from infra.home.layout import Home
from infra.home.state import Deployed, StackView, read_deployed
from infra.runs.batches import Batches, of_scoring
from infra.runs.champions_by_hand import ChampionsByHand
from infra.runs.control import Control
from infra.runs.evaluation_documents import EvaluationDocuments
from infra.runs.every_machine import machines_of
from infra.runs.execution_client import ExecutionClient
from infra.runs.function_logs import FunctionLogs
from infra.runs.loop_watch import LoopWatch
from infra.runs.registered_versions import RegisteredVersions
from infra.runs.run_index import RunIndex
from infra.runs.sent_labels import of_feedback
from infra.runs.single_scores import SingleScores
from infra.runs.version_records import VersionRecords
from infra.stack.operations import Backend


class _made_once[Part](cached_property[Part]):  # noqa: N801 - a decorator
    """A property that one thread makes, while others that ask for it wait."""

    def __get__(self, instance: "Connected", owner: type | None = None) -> Part:  # type: ignore[override]
        with instance.making:
            return super().__get__(instance, owner)


class Connected:
    """A deployment with the clients of its parts, each made when it is asked for first: a client takes 50 ms."""

    def __init__(self, deployed: Deployed, backend: Backend) -> None:
        self.making = threading.RLock()
        self.deployed = deployed
        self.backend = backend

    @_made_once
    def executions(self) -> ExecutionClient:
        """The runs."""
        return self.backend.executions(self.deployed)

    @_made_once
    def machines(self) -> tuple[ExecutionClient, ...]:
        """The executions of every machine, the runs first."""
        _, *others = machines_of(self.deployed)
        return self.executions, *map(self.backend.executions, others)

    @_made_once
    def runs(self) -> RunIndex:
        """The lines about the runs: those of ended ones are kept."""
        return RunIndex(self.executions)

    @_made_once
    def batches(self) -> Batches:
        """The scored files."""
        return self.backend.batches(of_scoring(self.deployed))

    @_made_once
    def labels(self) -> ExecutionClient:
        """The files of labels."""
        return self.backend.executions(of_feedback(self.deployed))

    @_made_once
    def single_scores(self) -> SingleScores:
        """The service that decides on single transactions."""
        return self.backend.single_scores(self.deployed)

    @_made_once
    def control(self) -> Control:
        """What stops a run, and runs it again."""
        return self.backend.control(self.deployed)

    @_made_once
    def logs(self) -> FunctionLogs:
        """What the functions have written."""
        return self.backend.logs(self.deployed)

    @_made_once
    def champions(self) -> ChampionsByHand:
        """The champions and their journal."""
        return self.backend.champions(self.deployed)

    @_made_once
    def evaluations(self) -> EvaluationDocuments:
        """The curves of the runs' models."""
        return self.backend.evaluations(self.deployed)

    @_made_once
    def versions(self) -> RegisteredVersions:
        """The registered models and their versions."""
        return self.backend.versions(self.deployed)

    @_made_once
    def records(self) -> VersionRecords:
        """How versions compared, in runs and in production."""
        return self.backend.version_records(self.deployed)

    @_made_once
    def loop(self) -> LoopWatch:
        """The looks at the model in production."""
        return self.backend.loop_watch(self.deployed)


class StackAccess:
    """The stack of a home.

    Args:
        home: its home.
        backend: what the command line calls, too.
        read: reads what is deployed.
    """

    def __init__(self, home: Home, backend: Backend, read: Callable[[Home], Deployed | None] = read_deployed) -> None:
        self.home = home
        self._backend = backend
        self._read = read
        self._connected: Connected | None = None
        self._connecting = threading.Lock()

    def connected(self) -> Connected:
        """Return the deployment of this moment; its clients are kept while it stays the same.

        Raises:
            StackError: when nothing is deployed yet.
        """
        deployed = self._read(self.home)
        if deployed is None:
            raise StackError("The stack is starting: the page is there in a moment.")
        with self._connecting:
            if self._connected is None or self._connected.deployed != deployed:
                self._connected = Connected(deployed, self._backend)
            return self._connected

    def view(self) -> StackView:
        """Return the servers and what is deployed.

        Raises:
            StackError: when nothing is deployed yet.
        """
        return self._backend.view(self.connected().deployed.settings)
