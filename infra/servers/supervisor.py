"""The process that keeps a stack's servers running: started by ``fraudflow up``, ended by ``fraudflow down``.

It is one thread on purpose: its servers get a signal from the kernel when the *thread* that started them dies.
"""

import contextlib
import datetime as dt
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from types import FrameType

from pydantic import BaseModel

from infra.errors import StackError
from infra.home.environment import server_environment
from infra.home.layout import Home
from infra.home.locks import hold
from infra.home.state import ServerState, StackState, stamp, write_state
from infra.servers.monitoring import PUSHGATEWAY
from infra.servers.server_specs import ServerSpec, declare
from infra.servers.watch import HealthCheck, Redeployment, Watch
from infra.settings import ROOT, StackSettings
from infra.system import log_files
from infra.system.processes import identify, stop_groups

_TICK_SECONDS = 0.1


class Supervisor:
    """Starts the servers, watches them, starts dead ones again, and stops them all in the end."""

    def __init__(self, settings: StackSettings, home: Home, servers: list[ServerSpec]) -> None:
        me = identify(os.getpid())
        if me is None:
            raise StackError("This system doesn't tell the start time of a process (/proc is not mounted).")
        self._settings = settings
        self._home = home
        self._state = StackState(
            supervisor=me,
            servers=[
                ServerState(name=s.name, title=s.title, url=s.url, optional=s.optional, awaited=s.awaited)
                for s in servers
            ],
        )
        self._watches = [
            Watch(server, self._state.server(server.name), self._record, start_timeout=settings.start_timeout)
            for server in servers
        ]
        self._redeployment = Redeployment(home, self._record)
        self._health_check = (
            HealthCheck(home, self._record) if any(each.name == PUSHGATEWAY for each in servers) else None
        )
        self._others_may_start = False
        self._stopping = False
        self._written: tuple[str, object] = "", None

    def run(self) -> None:
        """Run the watches until a signal to stop."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        self._record("The supervisor has started.")
        try:
            while not self._stopping:
                # A full disk keeps logs and the state from being written, and is no reason to stop the servers.
                with contextlib.suppress(OSError):
                    self._check()
                with contextlib.suppress(OSError):
                    self._write_state()
                time.sleep(_TICK_SECONDS)
        finally:
            self._end()

    def _write_state(self) -> None:
        """Write the state for the commands, when it has changed or the file was replaced."""
        text = self._state.model_dump_json()
        if (text, stamp(self._home.state)) != self._written:
            write_state(self._home, self._state)
            self._written = text, stamp(self._home.state)

    def _check(self) -> None:
        for watch in self._watches:
            if not (watch.server.awaited or self._may_start_others()):
                continue
            came_back = watch.check(time.monotonic())
            if came_back and watch.server.holds_deployment:
                self._redeployment.due()
            if came_back and self._health_check and watch.server.name == PUSHGATEWAY:
                self._health_check.due()
        self._redeployment.check(time.monotonic())
        self._state.redeploying = self._redeployment.is_pending
        if self._health_check and self._state.is_ready:
            self._health_check.check(time.monotonic())

    def _may_start_others(self) -> bool:
        """Return whether the servers that `up` waits for have started once: those that it does not come after them."""
        if not self._others_may_start:
            self._others_may_start = all(server.is_settled for server in self._state.servers if server.awaited)
        return self._others_may_start

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stopping = True

    def _end(self) -> None:
        self._redeployment.cancel()
        if self._health_check:
            self._health_check.cancel()
        leaders = [watch.state.process for watch in self._watches if watch.state.process]

        def reap() -> None:
            for watch in self._watches:
                watch.reap()

        stop_groups(leaders, self._settings.stop_timeout, reap)
        self._home.state.unlink(missing_ok=True)

    def _record(self, text: str) -> None:
        now = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
        self._state.record(now, text)
        with contextlib.suppress(OSError):  # its log's disk is full
            sys.stderr.write(f"{now} {text}\n")
            sys.stderr.flush()


class Order(BaseModel):
    """The input of a supervisor: servers of a stack to keep running."""

    settings: StackSettings
    servers: list[str]


def spawn(settings: StackSettings, home: Home, servers: Sequence[ServerSpec]) -> subprocess.Popen[bytes]:
    """Start a supervisor that outlives this terminal; its order travels on a pipe, away from ``ps``."""
    with log_files.open_new(home.logs / "supervisor.log") as output:
        process = subprocess.Popen(
            (sys.executable, "-m", "infra.servers.supervisor"),
            cwd=ROOT,
            env=server_environment(),
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
            start_new_session=True,
            umask=0o077,  # the servers' too
        )
    if process.stdin is None:
        raise StackError("The supervisor can't be given its input.")
    order = Order(settings=settings, servers=[server.name for server in servers])
    with process.stdin as pipe:
        pipe.write(order.model_dump_json().encode())
    return process


def main() -> None:
    """Supervise the stack that is described on standard input."""
    order = Order.model_validate_json(sys.stdin.buffer.read())
    home = Home(order.settings.home)
    servers = declare(order.settings, home, order.servers)
    with hold(home.supervisor_lock, timeout=1):
        Supervisor(order.settings, home, servers).run()


if __name__ == "__main__":
    main()
