"""The state file, by which a stack's commands know of each other, and the record of the last deployment."""

import datetime as dt
import tempfile
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from functions.contracts.records import FORMAT
from functions.release import RELEASE
from infra.home.layout import Home
from infra.settings import StackSettings
from infra.system.processes import ProcessId

ServerStatus = Literal["starting", "ready", "unhealthy", "restarting", "failed", "stopped"]
_EVENTS_KEPT = 50


class ServerState(BaseModel):
    """The status of one server, as the supervisor knows it."""

    model_config = ConfigDict(extra="ignore")

    name: str
    title: str
    url: str
    optional: bool = False
    awaited: bool = True
    status: ServerStatus = "starting"
    process: ProcessId | None = None
    restarts: int = 0
    ready_seconds: float | None = None
    problem: str | None = None

    @property
    def is_settled(self) -> bool:
        """Return whether it is ready, or optional and failed, or starts for the first time and nobody waits for it."""
        if self.status == "starting":
            return not self.awaited
        return self.status == "ready" or (self.optional and self.status == "failed")

    @property
    def readiness(self) -> str:
        """Return a sentence that it is ready, with its address if it has one."""
        where = f" at {self.url}" if self.url else ""
        return f"{self.title} is ready{where} ({self.ready_seconds} s)"


class Event(BaseModel):
    """Something that the supervisor saw or did."""

    at: str
    text: str


class Deployed(BaseModel):
    """The pipeline as it was deployed last."""

    model_config = ConfigDict(extra="ignore")

    schema_version: int = FORMAT
    release: str = RELEASE
    settings: StackSettings
    outputs: dict[str, str]

    @field_validator("settings", mode="before")
    @classmethod
    def _leave_out_unknown(cls, settings: Any) -> Any:  # noqa: ANN401 - whatever the file holds
        """Remove settings that only a later release knows."""
        if not isinstance(settings, dict):
            return settings
        return {name: value for name, value in settings.items() if name in StackSettings.model_fields}

    @property
    def uploads_bucket(self) -> str:
        """The bucket of the uploads."""
        return self.outputs["UploadsBucket"]

    @property
    def state_machine_arn(self) -> str:
        """The state machine that an upload starts."""
        return self.outputs["StateMachineArn"]

    @property
    def of_batches(self) -> "Deployed | None":
        """The scoring machine with its buckets in place of the pipeline's; None where a release without deployed."""
        return self._with("ScoringMachineArn", "ToScoreBucket", "ScoresBucket")

    @property
    def of_labels(self) -> "Deployed | None":
        """The feedback machine likewise."""
        return self._with("FeedbackMachineArn", "LabelsBucket", "LoopBucket")

    @property
    def of_watch(self) -> "Deployed | None":
        """The watch machine with the loop bucket in place of the runs'; None where a release without deployed."""
        replaced = {"StateMachineArn": "WatchMachineArn", "RunsBucket": "LoopBucket"}
        if not all(name in self.outputs for name in replaced.values()):
            return None
        own = {name: self.outputs[other] for name, other in replaced.items()}
        return self.model_copy(update={"outputs": self.outputs | own})

    def _with(self, machine: str, uploads: str, runs: str) -> "Deployed | None":
        replaced = {"StateMachineArn": machine, "UploadsBucket": uploads, "RunsBucket": runs}
        if not all(name in self.outputs for name in replaced.values()):
            return None
        own = {name: self.outputs[other] for name, other in replaced.items()}
        return self.model_copy(update={"outputs": self.outputs | own})

    @property
    def functions(self) -> dict[str, str]:
        """The name of the function behind each state."""
        suffix = "FunctionName"
        return {k.removesuffix(suffix): name for k, name in self.outputs.items() if k.endswith(suffix)}


class StackState(BaseModel):
    """The state file: written by the supervisor only, read by every command."""

    model_config = ConfigDict(extra="ignore")

    schema_version: int = FORMAT
    release: str = RELEASE
    supervisor: ProcessId
    servers: list[ServerState]
    redeploying: bool = False
    events: list[Event] = []

    @property
    def is_ready(self) -> bool:
        """Return whether every required server is ready and the pipeline is deployed."""
        return not self.redeploying and all(server.is_settled for server in self.servers)

    def server(self, name: str) -> ServerState:
        """Return a server by its name."""
        return next(server for server in self.servers if server.name == name)

    def record(self, at: str, text: str) -> None:
        """Add an event; the oldest are dropped."""
        self.events = [*self.events, Event(at=at, text=text)][-_EVENTS_KEPT:]


class ServedVersion(BaseModel):
    """A registered version, and since when it is served; neither before there is a champion, and ``note`` says so."""

    model: str | None = None
    version: str | None = None
    since: dt.datetime | None = None
    note: str | None = None


class StackView(BaseModel):
    """A stack as ``status`` shows it."""

    home: Path
    is_up: bool
    is_ready: bool
    servers: list[ServerState]
    deployed: Deployed | None
    events: list[str]
    alerts: list[str] | None = None
    """Receivers of alerts; None where no Alertmanager runs."""
    scoring: ServedVersion | None = None
    """What the scoring service serves; None where it does not run."""


def read_state(home: Home) -> StackState | None:
    """Read the state file; None when there is none, or none of ours."""
    try:
        return StackState.model_validate_json(home.state.read_bytes())
    except (OSError, ValidationError):
        return None


def write_state(home: Home, state: StackState) -> None:
    """Replace the state file in one step, so that no reader sees half of it."""
    _replace(home.state, state.model_dump_json(indent=1))


def stamp(path: Path) -> tuple[int, int, int] | None:
    """Return what differs between two versions of a file; None when it is missing."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size


def read_deployed(home: Home) -> Deployed | None:
    """Read what was deployed last; None when there is nothing, or nothing of ours."""
    try:
        return Deployed.model_validate_json(home.deployed.read_bytes())
    except (OSError, ValidationError):
        return None


def write_deployed(home: Home, deployed: Deployed) -> None:
    """Write the last deployment, for other commands and for the redeployment after a restart of LocalStack."""
    _replace(home.deployed, deployed.model_dump_json(indent=1))


def _replace(path: Path, text: str) -> None:
    with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
        try:
            file.write(text)
            file.flush()
            Path(file.name).replace(path)
        except BaseException:  # a full disk, say
            Path(file.name).unlink(missing_ok=True)
            raise
