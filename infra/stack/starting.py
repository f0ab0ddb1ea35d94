"""Starting a stack: checks before its servers start, and waiting until they are ready."""

import datetime as dt
from collections import deque
from collections.abc import Callable

from infra.errors import PortHeldError, StackError
from infra.home import access
from infra.home.databases import check_databases
from infra.home.layout import Home
from infra.home.locks import is_locked
from infra.home.pseudonym_key import make_pseudonym_key
from infra.home.state import ServerState, StackState
from infra.servers import feast_server, monitoring, scoring_server, supervisor
from infra.servers.server_specs import CONSOLE, ServerSpec, declare
from infra.settings import StackSettings
from infra.stack.stopping import clear_leftovers, state_of_running
from infra.system import listening
from infra.system.processes import wait_until

type PrintProgress = Callable[[str], None]


class ProgressLog:
    """Messages to the user, each once; silent for a command that joins a running stack."""

    def __init__(self, print_progress: PrintProgress, *, quiet: bool) -> None:
        self._print = print_progress
        self._quiet = quiet
        self._said: set[str] = set()

    def once(self, text: str) -> None:
        """Print a message, unless it was printed before."""
        if not self._quiet and text not in self._said:
            self._said.add(text)
            self._print(text)


def start_stack(settings: StackSettings, home: Home, print_progress: PrintProgress) -> None:
    """Start the supervisor and with it the servers whose ports are free.

    Raises:
        PortHeldError: when a server that is needed can't have its port.
        StackError: when LocalStack or Feast is not installed, a database is damaged or the supervisor does not start.
    """
    clear_leftovers(settings, home)
    home.create()
    access.make_keys(home)
    servers = declare(settings, home)
    if not settings.localstack_python.exists():
        raise StackError(
            f"LocalStack is not installed ({settings.localstack_python} is missing); `make install` does it."
        )
    if feast_server.is_started(settings) and not settings.feast_python.exists():
        raise StackError(f"Feast is not installed ({settings.feast_python} is missing); `make feature-store` does it.")
    names = {server.name for server in servers if _can_start(server, print_progress)}
    settings = settings.model_copy(update={"scoring": scoring_server.SCORING in names, "console": CONSOLE in names})
    if settings.scoring:
        make_pseudonym_key(home)
        scoring_server.write_token(settings, home)
    chosen = declare(settings, home, names)
    if settings.monitoring:
        _report_what_is_missing(print_progress)
        monitoring.configure(settings, home, [server.name for server in chosen if server.name in monitoring.PROGRAMS])
    check_databases(home)
    _set_registry_aside(home, print_progress)
    *others, last = [server.title for server in chosen]
    print_progress(f"Starting {', '.join(others)} and {last}")
    process = supervisor.spawn(settings, home, chosen)
    if not wait_until(lambda: home.state.exists() or process.poll() is not None, settings.start_timeout):
        raise StackError(f"The supervisor does not start; see {home.logs / 'supervisor.log'}.")


def _set_registry_aside(home: Home, print_progress: PrintProgress) -> None:
    """Move MLflow's database aside where S3 starts empty: a store that names missing files would fail each later run.

    So it is in a home of a release that did not keep S3, or one whose ``s3`` directory was removed by hand.
    """
    if home.mlflow_database.exists() and not home.s3.exists():
        previous = home.mlflow_database.with_suffix(f".{dt.datetime.now(dt.UTC):%Y%m%dT%H%M%S}.db")
        home.mlflow_database.replace(previous)
        print_progress(
            f"{home.s3}, the models' files, is missing: MLflow starts empty; its previous store is {previous}"
        )


def _can_start(server: ServerSpec, print_progress: PrintProgress) -> bool:
    """Return whether a server's port is free; an optional server is skipped when it is not.

    Raises:
        PortHeldError: when it can't do without.
    """
    if listening.is_free(server.port):
        return True
    held = (
        f"Port {server.port}, where {server.title} should listen, is held by {listening.holder(server.port)}; "
        f"stop it or set {server.port_setting} to another port."
    )
    if not server.optional:
        raise PortHeldError(held)
    print_progress(f"{server.title} is not started. {held}")
    return False


def _report_what_is_missing(print_progress: PrintProgress) -> None:
    there = monitoring.installed()
    missing = [f"{each.title} ({each.names[0]})" for name, each in monitoring.PROGRAMS.items() if name not in there]
    if missing:
        print_progress(f"Not started, as not on PATH: {', '.join(missing)}")


def is_ready(state: StackState, name: str) -> bool:
    """Return whether a server answers and its deployment is complete."""
    return state.server(name).status == "ready" and not state.redeploying


def wait_for(settings: StackSettings, home: Home, log: ProgressLog, condition: Callable[[StackState], bool]) -> None:
    """Wait until a condition is met, and print which servers are ready meanwhile.

    Raises:
        StackError: when a server that is needed has failed, the supervisor has ended, or it takes too long.
    """

    def met() -> bool:
        state = state_of_running(home)
        if state is None or not is_locked(home.supervisor_lock):
            raise StackError(f"The supervisor has ended; see {home.logs / 'supervisor.log'}.")
        for server in state.servers:
            if server.status == "failed" and not server.optional:
                raise StackError(_why_failed(server, home))
            if server.status == "failed":
                log.once(f"{_why_failed(server, home)} The stack runs without it.")
            if server.status == "ready":
                log.once(server.readiness)
        return condition(state)

    if not wait_until(met, settings.start_timeout):
        raise StackError(f"The stack was not ready within {settings.start_timeout:.0f} seconds; see {home.logs}.")


def _why_failed(server: ServerState, home: Home) -> str:
    log = home.logs / f"{server.name}.log"
    with log.open(encoding="utf-8", errors="replace") as file:
        last = next(iter(deque((line.strip() for line in file if line.strip()), maxlen=1)), "")
    return f"{server.title} does not start: {server.problem}; its last log line: {last or 'none'} (log: {log})."
