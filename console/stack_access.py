"""The stack that the console shows: asked anew each time, through the same functions as the command line."""

from collections.abc import Callable
from functools import cached_property

from infra.errors import StackError
from infra.home.layout import Home
from infra.home.state import Deployed, StackView, read_deployed
from infra.runs.batches import Batches, of_scoring
from infra.runs.champions_by_hand import ChampionsByHand
from infra.runs.control import Control
from infra.runs.evaluation_documents import EvaluationDocuments
from infra.runs.execution_client import ExecutionClient
from infra.runs.function_logs import FunctionLogs
from infra.runs.loop_watch import LoopWatch
from infra.runs.registered_versions import RegisteredVersions
from infra.runs.run_index import RunIndex
from infra.runs.sent_labels import of_feedback
from infra.runs.single_scores import SingleScores
from infra.runs.version_records import VersionRecords
from infra.stack.operations import Backend


class Connected:
    """A deployment with the clients of its parts, each made when it is asked for first: a client takes 50 ms."""

    def __init__(self, deployed: Deployed, backend: Backend) -> None:
        self.deployed = deployed
        self.backend = backend

    @cached_property
    def executions(self) -> ExecutionClient:
        """The runs."""
        return self.backend.executions(self.deployed)

    @cached_property
    def machines(self) -> tuple[ExecutionClient, ...]:
        """The executions of every machine, the runs first."""
        others = (self.deployed.of_batches, self.deployed.of_labels, self.deployed.of_watch)
        return self.executions, *(self.backend.executions(each) for each in others if each is not None)

    @cached_property
    def runs(self) -> RunIndex:
        """The lines about the runs: those of ended ones are kept."""
        return RunIndex(self.executions)

    @cached_property
    def batches(self) -> Batches:
        """The scored files."""
        return self.backend.batches(of_scoring(self.deployed))

    @cached_property
    def labels(self) -> ExecutionClient:
        """The files of labels."""
        return self.backend.executions(of_feedback(self.deployed))

    @cached_property
    def single_scores(self) -> SingleScores:
        """The service that decides on single transactions."""
        return self.backend.single_scores(self.deployed)

    @cached_property
    def control(self) -> Control:
        """What stops a run, and runs it again."""
        return self.backend.control(self.deployed)

    @cached_property
    def logs(self) -> FunctionLogs:
        """What the functions have written."""
        return self.backend.logs(self.deployed)

    @cached_property
    def champions(self) -> ChampionsByHand:
        """The champions and their journal."""
        return self.backend.champions(self.deployed)

    @cached_property
    def evaluations(self) -> EvaluationDocuments:
        """The curves of the runs' models."""
        return self.backend.evaluations(self.deployed)

    @cached_property
    def versions(self) -> RegisteredVersions:
        """The registered models and their versions."""
        return self.backend.versions(self.deployed)

    @cached_property
    def records(self) -> VersionRecords:
        """How versions compared, in runs and in production."""
        return self.backend.version_records(self.deployed)

    @cached_property
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

    def connected(self) -> Connected:
        """Return the deployment of this moment; its clients are kept while it stays the same.

        Raises:
            StackError: when nothing is deployed yet.
        """
        deployed = self._read(self.home)
        if deployed is None:
            raise StackError("The stack is starting: the page is there in a moment.")
        if self._connected is None or self._connected.deployed != deployed:
            self._connected = Connected(deployed, self._backend)
        return self._connected

    def view(self) -> StackView:
        """Return the servers and what is deployed.

        Raises:
            StackError: when nothing is deployed yet.
        """
        return self._backend.view(self.connected().deployed.settings)
