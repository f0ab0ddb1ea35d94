"""Everything that the commands and the console's pages call: the real stack, or the tests' fakes."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from functions.contracts.scored_batches import BatchSettings
from functions.settings import RunSettings
from infra.home.layout import Home
from infra.home.state import Deployed, StackView
from infra.runs.batches import Batches
from infra.runs.champions_by_hand import ChampionsByHand
from infra.runs.control import Control
from infra.runs.evaluation_documents import EvaluationDocuments
from infra.runs.execution_client import ExecutionClient
from infra.runs.function_logs import FunctionLogs
from infra.runs.loop_watch import LoopWatch
from infra.runs.registered_versions import RegisteredVersions
from infra.runs.removal import Removal
from infra.runs.single_scores import SingleScores
from infra.runs.uploads import Accepted, Progress, upload, upload_batch, upload_labels
from infra.runs.version_records import VersionRecords
from infra.servers import alerts
from infra.servers.alerts import Delivery
from infra.servers.receivers import Name
from infra.settings import ROOT, StackSettings, read_settings
from infra.stack import compose, console_process, lifecycle
from infra.stack.doctor import Finding, examine
from infra.stack.lifecycle import UpReport
from infra.stack.starting import PrintProgress

if TYPE_CHECKING:
    from infra.runs.entity_removal import EntityRemoval


def _write_csv(path: Path, rows: int, fraud_rate: float, seed: int) -> None:
    from infra.tools.synthetic import write_csv  # noqa: PLC0415 - pandas takes most of a second that no other command needs

    write_csv(path, rows, fraud_rate=fraud_rate, seed=seed)


def _entity_removal(deployed: Deployed) -> "EntityRemoval":
    from infra.runs.entity_removal import EntityRemoval  # noqa: PLC0415 - pandas, likewise

    return EntityRemoval.of(deployed)


@dataclass(frozen=True)
class Backend:
    """Everything outside the command line and the console that they call."""

    read_settings: Callable[[], StackSettings] = read_settings
    serve_console: Callable[[StackSettings, PrintProgress], int] = console_process.serve
    up: Callable[[StackSettings, PrintProgress], UpReport] = lifecycle.up
    join: Callable[[StackSettings, PrintProgress], UpReport] = lifecycle.join
    down: Callable[[StackSettings], bool] = lifecycle.down
    view: Callable[[StackSettings], StackView] = lifecycle.view
    running: Callable[[StackSettings], Deployed] = lifecycle.running
    upload: Callable[[Path, Deployed, RunSettings, Progress], Accepted] = upload
    upload_batch: Callable[[Path, Deployed, BatchSettings, Progress], Accepted] = upload_batch
    upload_labels: Callable[[Path, Deployed, Progress], Accepted] = upload_labels
    executions: Callable[[Deployed], ExecutionClient] = ExecutionClient
    batches: Callable[[Deployed], Batches] = Batches
    single_scores: Callable[[Deployed], SingleScores] = SingleScores.of
    loop_watch: Callable[[Deployed], LoopWatch] = LoopWatch
    logs: Callable[[Deployed], FunctionLogs] = FunctionLogs
    active_receivers: Callable[[Home], list[Name]] = alerts.active_receivers
    send_test: Callable[[StackSettings], list[Delivery]] = alerts.send_test
    control: Callable[[Deployed], Control] = Control.of
    removal: Callable[[Deployed], Removal] = Removal.of
    entity_removal: Callable[[Deployed], "EntityRemoval"] = _entity_removal
    champions: Callable[[Deployed], ChampionsByHand] = ChampionsByHand.of
    evaluations: Callable[[Deployed], EvaluationDocuments] = EvaluationDocuments.of
    versions: Callable[[Deployed], RegisteredVersions] = RegisteredVersions.of
    version_records: Callable[[Deployed], VersionRecords] = VersionRecords.of
    examine: Callable[[StackSettings], list[Finding]] = examine
    write_csv: Callable[[Path, int, float, int], None] = _write_csv


def compose_backend() -> Backend:
    """Return the backend of the containers' stack: the same commands, Compose's file, another way up and down."""
    return Backend(
        read_settings=partial(read_settings, ROOT / ".env"),
        up=compose.up,
        join=compose.join,
        down=compose.down,
        view=compose.view,
        running=compose.running,
        serve_console=console_process.serve_for_containers,
    )
