"""Starting, joining, describing and stopping a local stack."""

import contextlib
import datetime as dt
import errno
import shutil
import signal
import time
from collections import deque
from collections.abc import Callable, Iterator

from pydantic import AnyHttpUrl, BaseModel

from infra import access, alerts, guard, monitoring, ports, supervisor
from infra.databases import check_databases
from infra.errors import PortHeldError, StackError
from infra.pipeline import deploy_pipeline
from infra.private import make_private, new_files_are_private
from infra.processes import is_alive, signal_group, stop_groups, wait_until
from infra.recovery import Recovered, recover, remember_stopped
from infra.servers import Server, declare
from infra.settings import StackSettings
from infra.state import (
    Deployed,
    Home,
    ServerState,
    StackState,
    StackView,
    hold,
    is_locked,
    read_deployed,
    read_state,
)

_LOCK_SECONDS = 10.0

type Tell = Callable[[str], None]


class Told:
    """What was said already; who joins a stack need not hear that it is ready."""

    def __init__(self, tell: Tell, *, quiet: bool) -> None:
        self._tell = tell
        self._quiet = quiet
        self._said: set[str] = set()

    def once(self, text: str) -> None:
        """Say it, unless it was said."""
        if not self._quiet and text not in self._said:
            self._said.add(text)
            self._tell(text)


class UpReport(BaseModel):
    """What ``up`` did."""

    joined: bool
    action: str
    seconds: float
    localstack_url: str
    mlflow_url: str
    monitoring: dict[str, str] = {}
    deployed: Deployed
    recovered: Recovered = Recovered()


def up(settings: StackSettings, tell: Tell, *, for_one_run: bool = False) -> UpReport:
    """Start the stack, or join the one that runs; deploy; drive again what a crash has interrupted.

    Who is told of alerts is as these settings say from now on, unless it is ``for_one_run``.

    Raises:
        PortHeldError: when another program listens on one of its ports.
        StackError: when a server does not start, or the pipeline can't be deployed.
    """
    with new_files_are_private(), _disk_named(settings):
        return _up(settings, tell, for_one_run=for_one_run)


@contextlib.contextmanager
def _disk_named(settings: StackSettings) -> Iterator[None]:
    """Say of a full disk which it is: the system's error often names no file."""
    try:
        yield
    except OSError as error:
        if error.errno not in {errno.ENOSPC, errno.EDQUOT}:
            raise
        raise StackError(
            f"The disk that holds {settings.home} is full: free some space, then run `fraudflow up` again."
        ) from error


def _up(settings: StackSettings, tell: Tell, *, for_one_run: bool) -> UpReport:
    began = time.monotonic()
    home = Home(settings.home).create()
    make_private(home)
    with hold(home.command_lock, settings.start_timeout + _LOCK_SECONDS):
        joined = is_locked(home.supervisor_lock)
        told = Told(tell, quiet=joined)
        if joined:
            _check_same(settings, home)
            if settings.monitoring and not for_one_run:
                alerts.reload(settings, home)
        else:
            _start(settings, home, tell)
        try:
            _wait_for(settings, home, told, lambda state: _is_ready(state, "localstack"))
            deployment = deploy_pipeline(_with_gateway(settings, home))
            if not joined or deployment.action != "unchanged":
                tell(f"Pipeline {deployment.action} ({deployment.seconds:.1f} s)")
            _wait_for(settings, home, told, lambda state: state.is_ready)
        except StackError:
            if not joined:
                _stop(settings, home)
            raise
        deployed = read_deployed(home)
        if deployed is None:
            raise StackError(f"{home.deployed} has vanished; run `fraudflow up` again.")
        recovered = recover(deployed)
    for told_of in filter(None, (str(recovered), *recovered.skipped)):
        tell(told_of)
    return UpReport(
        joined=joined,
        action=deployment.action,
        seconds=round(time.monotonic() - began, 2),
        localstack_url=settings.endpoint_url,
        mlflow_url=settings.mlflow_url,
        monitoring={
            server.title: server.url
            for server in _servers(home)
            if server.name in monitoring.PROGRAMS and server.status == "ready"
        },
        deployed=deployed,
        recovered=recovered,
    )


def join(settings: StackSettings, tell: Tell) -> UpReport:
    """Do as ``up`` for one run: a stack that is up keeps the settings that it gives to everybody's other runs."""
    home = Home(settings.home)
    deployed = read_deployed(home) if is_locked(home.supervisor_lock) else None
    if deployed is not None:
        settings = settings.model_copy(update=deployed.settings.run.model_dump() | {"access": deployed.settings.access})
    return up(settings, tell, for_one_run=True)


def down(settings: StackSettings) -> bool:
    """Stop everything that runs from this home; tell whether there was anything.

    Raises:
        StackError: when something can't be stopped.
    """
    home = Home(settings.home)
    if not home.path.exists():
        return False
    with hold(home.command_lock, _LOCK_SECONDS):
        deployed = read_deployed(home) if is_locked(home.supervisor_lock) else None
        if deployed is not None:
            remember_stopped(deployed)
        return _stop(settings, home)


def view(settings: StackSettings) -> StackView:
    """Describe the stack of this home without changing it."""
    home = Home(settings.home)
    state = _state_of_running(home) if is_locked(home.supervisor_lock) else None
    return StackView(
        home=home.path,
        is_up=state is not None,
        is_ready=state is not None and state.is_ready,
        servers=state.servers if state else [],
        deployed=read_deployed(home) if state else None,
        events=[f"{event.at} {event.text}" for event in state.events] if state else [],
        alerts=_told(state, home),
    )


def _told(state: StackState | None, home: Home) -> list[str] | None:
    runs = state is not None and alerts.ALERTMANAGER in {server.name for server in state.servers}
    return list(alerts.told(home)) if runs else None


def running(settings: StackSettings) -> Deployed:
    """Find the pipeline of the stack that is up.

    Raises:
        StackError: when none is.
    """
    home = Home(settings.home)
    if not is_locked(home.supervisor_lock):
        raise StackError(f"No stack is up in {home.path}; `fraudflow up` starts it.")
    deployed = read_deployed(home)
    if deployed is not None:
        return deployed
    if home.deployed.exists():
        raise StackError(
            f"{home.deployed} can't be read: it is damaged, or of another release; `fraudflow up` mends it."
        )
    raise StackError(f"Nothing is deployed in the stack of {home.path} yet; `fraudflow up` does it.")


def _start(settings: StackSettings, home: Home, tell: Tell) -> None:
    _sweep(settings, home)
    home.create()
    access.make_keys(home)
    servers = declare(settings, home)
    if not settings.localstack_python.exists():
        raise StackError(
            f"LocalStack is not installed ({settings.localstack_python} is missing); `make install` does it."
        )
    chosen = declare(settings, home, {server.name for server in servers if _can_start(server, tell)})
    if settings.monitoring:
        _tell_what_is_missing(tell)
        monitoring.configure(settings, home, [server.name for server in chosen if server.name in monitoring.PROGRAMS])
    check_databases(home)
    _set_registry_aside(home, tell)
    *others, last = [server.title for server in chosen]
    tell(f"Starting {', '.join(others)} and {last}")
    process = supervisor.start(settings, home, chosen)
    if not wait_until(lambda: home.state.exists() or process.poll() is not None, settings.start_timeout):
        raise StackError(f"The supervisor does not start; see {home.logs / 'supervisor.log'}.")


def _set_registry_aside(home: Home, tell: Tell) -> None:
    """Let MLflow begin anew where S3 does: a store that names files which are gone would make each later run fail.

    That is the case of a home from before S3 was kept, or one whose ``s3`` directory was removed by hand.
    """
    if home.mlflow_database.exists() and not home.s3.exists():
        former = home.mlflow_database.with_suffix(f".{dt.datetime.now(dt.UTC):%Y%m%dT%H%M%S}.db")
        home.mlflow_database.replace(former)
        tell(f"{home.s3}, the models' files, is not there: MLflow begins anew; its former store is {former}")


def _can_start(server: Server, tell: Tell) -> bool:
    """Tell whether a server's port is free; the stack does without an optional one.

    Raises:
        PortHeldError: when it can't do without.
    """
    if ports.is_free(server.port):
        return True
    held = (
        f"Port {server.port}, where {server.title} should listen, is held by {ports.holder(server.port)}; "
        f"stop it or set {server.port_setting} to another port."
    )
    if not server.optional:
        raise PortHeldError(held)
    tell(f"{server.title} is not started. {held}")
    return False


def _tell_what_is_missing(tell: Tell) -> None:
    there = monitoring.installed()
    missing = [f"{each.title} ({each.names[0]})" for name, each in monitoring.PROGRAMS.items() if name not in there]
    if missing:
        tell(f"Not started, as not on PATH: {', '.join(missing)}")


def _servers(home: Home) -> list[ServerState]:
    state = read_state(home)
    return state.servers if state else []


def _with_gateway(settings: StackSettings, home: Home) -> StackSettings:
    """Let runs push to the stack's own Pushgateway, if it has one and no other was named."""
    own = [server.url for server in _servers(home) if server.name == monitoring.PUSHGATEWAY]
    if settings.pushgateway_url or not own:
        return settings
    return settings.model_copy(update={"pushgateway_url": AnyHttpUrl(guard.with_login(settings, own[0]))})


def _check_same(settings: StackSettings, home: Home) -> None:
    """Refuse to join a stack whose servers are not where the settings say, or don't ask for what these say.

    Raises:
        StackError: naming the difference.
    """
    state = _state_of_running(home)
    urls = {server.name: server.url for server in state.servers} if state else {}
    for server in declare(settings, home):
        there = urls.get(server.name, server.url)  # a server may have been installed since
        if there != server.url:
            raise StackError(
                f"The stack of {home.path} is up with {server.title} at {there}, not {server.url}: "
                f"run `fraudflow down` first, or set FRAUDFLOW_HOME to another directory."
            )
    deployed = read_deployed(home)
    if deployed is not None and deployed.settings.access != settings.access:
        raise StackError(
            f"The stack of {home.path} is up with FRAUDFLOW_ACCESS={deployed.settings.access}, not {settings.access}: "
            f"set it so, or run `fraudflow down` first."
        )


def _is_ready(state: StackState, name: str) -> bool:
    return state.server(name).status == "ready" and not state.redeploying


def _wait_for(settings: StackSettings, home: Home, told: Told, condition: Callable[[StackState], bool]) -> None:
    def met() -> bool:
        state = _state_of_running(home)
        if state is None or not is_locked(home.supervisor_lock):
            raise StackError(f"The supervisor has ended; see {home.logs / 'supervisor.log'}.")
        for server in state.servers:
            if server.status == "failed" and not server.optional:
                raise StackError(_why_failed(server, home))
            if server.status == "failed":
                told.once(f"{_why_failed(server, home)} The stack goes on without it.")
            if server.status == "ready":
                told.once(server.readiness)
        return condition(state)

    if not wait_until(met, settings.start_timeout):
        raise StackError(f"The stack was not ready within {settings.start_timeout:.0f} seconds; see {home.logs}.")


def _why_failed(server: ServerState, home: Home) -> str:
    log = home.logs / f"{server.name}.log"
    with log.open(encoding="utf-8", errors="replace") as file:
        last = next(iter(deque((line.strip() for line in file if line.strip()), maxlen=1)), "")
    return f"{server.title} does not start: {server.problem}; its last words: {last or 'none'} (all of them: {log})."


def _state_of_running(home: Home) -> StackState | None:
    """Read the state of a stack whose supervisor lives: it may just begin, and writes anew what can't be read."""
    wait_until(lambda: read_state(home) is not None or not is_locked(home.supervisor_lock), _LOCK_SECONDS)
    return read_state(home)


def _stop(settings: StackSettings, home: Home) -> bool:
    was_up = is_locked(home.supervisor_lock)
    state = _state_of_running(home) if was_up else read_state(home)
    if was_up and state:
        signal_group(state.supervisor, signal.SIGTERM)
        # It gives its servers their time first, then kills them.
        if not wait_until(lambda: not is_locked(home.supervisor_lock), 2 * settings.stop_timeout + _LOCK_SECONDS):
            signal_group(state.supervisor, signal.SIGKILL)
            wait_until(lambda: not is_locked(home.supervisor_lock), _LOCK_SECONDS)
    if is_locked(home.supervisor_lock):
        raise StackError(f"The supervisor of {home.path} can't be stopped; see {home.logs / 'supervisor.log'}.")
    _sweep(settings, home, state)
    return was_up


def _sweep(settings: StackSettings, home: Home, state: StackState | None = None) -> None:
    """Clear what a dead supervisor may have left: servers, temporary files, its state."""
    state = state or read_state(home)
    recorded = [server.process for server in state.servers if server.process] if state else []
    stop_groups([process for process in recorded if is_alive(process)], settings.stop_timeout)
    for path in (home.state, home.deployed, home.supervisor_lock):
        path.unlink(missing_ok=True)
    for directory in (home.tmp, home.localstack):
        shutil.rmtree(directory, ignore_errors=True)
