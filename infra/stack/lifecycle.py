"""Starting, joining, describing and stopping a local stack."""

import contextlib
import errno
import time
from collections.abc import Iterator

from pydantic import AnyHttpUrl, BaseModel

from infra.deployment.pipeline import deploy_pipeline
from infra.errors import StackError
from infra.home.layout import Home
from infra.home.locks import hold, is_locked
from infra.home.privacy import make_private, new_files_are_private
from infra.home.state import Deployed, ServedVersion, ServerState, StackState, StackView, read_deployed, read_state
from infra.runs.recovered_runs import Recovered
from infra.runs.recovery import recover, remember_stopped
from infra.servers import alerts, guarding, monitoring
from infra.servers.scoring_server import SCORING, read_token
from infra.servers.served_version import served_version
from infra.servers.server_specs import CONSOLE, declare
from infra.settings import StackSettings
from infra.stack.starting import PrintProgress, ProgressLog, is_ready, start_stack, wait_for
from infra.stack.stopping import LOCK_SECONDS, state_of_running, stop_stack


class UpReport(BaseModel):
    """The outcome of ``up``."""

    joined: bool
    action: str
    seconds: float
    localstack_url: str
    mlflow_url: str
    monitoring: dict[str, str] = {}
    scoring: str | None = None
    """Where the scoring service listens, soon if not yet; None where it was not started."""
    console: str | None = None
    """Where the console listens, likewise."""
    deployed: Deployed
    recovered: Recovered = Recovered()


def up(settings: StackSettings, print_progress: PrintProgress, *, for_one_run: bool = False) -> UpReport:
    """Start the stack, or join the one that runs; deploy; resume interrupted runs.

    These settings replace the receivers of alerts, unless it is ``for_one_run``.

    Raises:
        PortHeldError: when another program listens on one of its ports.
        StackError: when a server does not start, or the pipeline can't be deployed.
    """
    with new_files_are_private(), _disk_named(settings):
        return _up(settings, print_progress, for_one_run=for_one_run)


@contextlib.contextmanager
def _disk_named(settings: StackSettings) -> Iterator[None]:
    """Raise an error that names the home when the disk is full: the system's own often names no file."""
    try:
        yield
    except OSError as error:
        if error.errno not in {errno.ENOSPC, errno.EDQUOT}:
            raise
        raise StackError(
            f"The disk that holds {settings.home} is full: free some space, then run `fraudflow up` again."
        ) from error


def _up(settings: StackSettings, print_progress: PrintProgress, *, for_one_run: bool) -> UpReport:
    began = time.monotonic()
    home = Home(settings.home).create()
    make_private(home)
    with hold(home.command_lock, settings.start_timeout + LOCK_SECONDS):
        joined = is_locked(home.supervisor_lock)
        log = ProgressLog(print_progress, quiet=joined)
        if joined:
            _check_same(settings, home)
            if settings.monitoring and not for_one_run:
                alerts.reload(settings, home)
        else:
            start_stack(settings, home, print_progress)
        try:
            wait_for(settings, home, log, lambda state: is_ready(state, "localstack"))
            deployment = deploy_pipeline(_as_started(settings, home))
            if not joined or deployment.action != "unchanged":
                print_progress(f"Pipeline {deployment.action} ({deployment.seconds:.1f} s)")
            wait_for(settings, home, log, lambda state: state.is_ready)
        except StackError:
            if not joined:
                stop_stack(settings, home)
            raise
        deployed = read_deployed(home)
        if deployed is None:
            raise StackError(f"{home.deployed} has vanished; run `fraudflow up` again.")
        recovered = recover(deployed)
    for message in filter(None, (str(recovered), *recovered.skipped)):
        print_progress(message)
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
        scoring=_url(home, SCORING),
        console=_url(home, CONSOLE),
        deployed=deployed,
        recovered=recovered,
    )


def join(settings: StackSettings, print_progress: PrintProgress) -> UpReport:
    """Start the stack for one run, or join it: one that is up keeps the settings of all other runs."""
    home = Home(settings.home)
    deployed = read_deployed(home) if is_locked(home.supervisor_lock) else None
    if deployed is not None:
        settings = settings.model_copy(update=dict(deployed.settings.run) | {"access": deployed.settings.access})
    return up(settings, print_progress, for_one_run=True)


def down(settings: StackSettings) -> bool:
    """Stop everything that runs from this home; return whether there was anything.

    Raises:
        StackError: when something can't be stopped.
    """
    home = Home(settings.home)
    if not home.path.exists():
        return False
    with hold(home.command_lock, LOCK_SECONDS):
        deployed = read_deployed(home) if is_locked(home.supervisor_lock) else None
        if deployed is not None:
            remember_stopped(deployed)
        return stop_stack(settings, home)


def view(settings: StackSettings) -> StackView:
    """Return the status of this home's stack, without changing it."""
    home = Home(settings.home)
    state = state_of_running(home) if is_locked(home.supervisor_lock) else None
    return StackView(
        home=home.path,
        is_up=state is not None,
        is_ready=state is not None and state.is_ready,
        servers=state.servers if state else [],
        deployed=read_deployed(home) if state else None,
        events=[f"{event.at} {event.text}" for event in state.events] if state else [],
        alerts=_alert_receivers(state, home),
        scoring=_served(state, home),
    )


def _served(state: StackState | None, home: Home) -> ServedVersion | None:
    urls = [each.url for each in state.servers if each.name == SCORING and each.status == "ready"] if state else []
    return served_version(urls[0], read_token(home)) if urls else None


def _alert_receivers(state: StackState | None, home: Home) -> list[str] | None:
    runs = state is not None and alerts.ALERTMANAGER in {server.name for server in state.servers}
    return list(alerts.active_receivers(home)) if runs else None


def running(settings: StackSettings) -> Deployed:
    """Return the pipeline of the stack that is up.

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
            f"{home.deployed} can't be read: it is damaged, or of another release; `fraudflow up` repairs it."
        )
    raise StackError(f"Nothing is deployed in the stack of {home.path} yet; `fraudflow up` does it.")


def _url(home: Home, name: str) -> str | None:
    return next((server.url for server in _servers(home) if server.name == name), None)


def _servers(home: Home) -> list[ServerState]:
    state = read_state(home)
    return state.servers if state else []


def _as_started(settings: StackSettings, home: Home) -> StackSettings:
    """Return settings with the stack's own Pushgateway, if it has one and no other was named.

    A scoring service or a console that was not started, as its port was held, is none of the stack's.
    """
    urls = {server.name: server.url for server in _servers(home)}
    changes: dict[str, object] = {"scoring": SCORING in urls, "console": CONSOLE in urls}
    if not settings.pushgateway_url and (own := urls.get(monitoring.PUSHGATEWAY)):
        changes["pushgateway_url"] = AnyHttpUrl(guarding.with_login(settings, own))
    return settings.model_copy(update=changes)


def _check_same(settings: StackSettings, home: Home) -> None:
    """Check that a running stack has the addresses and the access mode of the settings.

    Raises:
        StackError: naming the difference.
    """
    state = state_of_running(home)
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
