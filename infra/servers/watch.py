"""Watches of the supervisor: servers, the deployment that a restart of LocalStack loses, and the health check."""

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from infra.home.environment import server_environment
from infra.home.layout import Home
from infra.home.state import ServerState
from infra.servers.server_specs import ServerSpec
from infra.settings import ROOT
from infra.system import listening, log_files
from infra.system.processes import die_with_parent, identify, stop_groups

_PROBE_INTERVAL = {"starting": 0.2, "restarting": 0.2, "ready": 5.0, "unhealthy": 1.0}
_LONGEST_BACKOFF = 30.0
_STABLE_SECONDS = 60.0
_MISSES_ALLOWED = 30
_STOP_SECONDS = 5.0
# StackQuiet (prometheus/rules/watch.yml) waits for three of them.
_HEALTH_CHECK_INTERVAL, _HEALTH_CHECK_PAUSE = 300.0, 15.0
ATTEMPTS_AT_FIRST = 3

type Record = Callable[[str], None]


def backoff(failures: int) -> float:
    """Seconds to wait before the next start, after so many failures in a row."""
    return min(_LONGEST_BACKOFF, 2.0 ** (failures - 1))


class Watch:
    """One server: started, probed, and started again when it dies or goes silent."""

    def __init__(self, server: ServerSpec, state: ServerState, record: Record, *, start_timeout: float) -> None:
        self.server = server
        self.state = state
        self._record = record
        self._start_timeout = start_timeout
        self._process: subprocess.Popen[bytes] | None = None
        self._started = self._ready_since = self._next_start = self._next_probe = 0.0
        self._failures = self._misses = 0
        self._was_ready = False

    def check(self, now: float) -> bool:
        """Start, probe or restart the server as due; return whether it has just come back from a restart."""
        if self.state.status == "failed":
            return False
        if self._process is None:
            if now >= self._next_start:
                self._start(now)
            return False
        if (code := self._process.poll()) is not None:
            self._fail(now, _how_it_ended(code))
            return False
        if now >= self._next_probe:
            return self._probe(now)
        return False

    def reap(self) -> None:
        """Reap the process, if it has ended."""
        if self._process is not None:
            self._process.poll()

    def _start(self, now: float) -> None:
        if not listening.is_free(self.server.port, self.server.host):
            self._fail(now, f"port {self.server.port} is held by {listening.holder(self.server.port)}")
            return
        try:
            with log_files.open_new(self.server.log) as output:
                # The supervisor has one thread, so that preexec_fn is safe; the kernel offers no other way.
                self._process = subprocess.Popen(  # noqa: S603
                    self.server.command,
                    cwd=ROOT,
                    env=dict(self.server.environment),
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                    preexec_fn=die_with_parent(self.server.orphan_signal),  # noqa: PLW1509
                )
        except OSError as error:
            self._fail(now, f"{self.server.command[0]}: {error.strerror}")
            return
        self.state.process = identify(self._process.pid)
        self._started, self._next_probe, self._misses = now, now, 0

    def _probe(self, now: float) -> bool:
        log_files.bound(self.server.log)
        if self.server.answers():
            return self._answered(now)
        if self._ready_since:
            self._missed(now)
        elif now - self._started > self._start_timeout:
            self._fail(now, f"it was not ready within {self._start_timeout:.0f} seconds")
        self._next_probe = now + _PROBE_INTERVAL.get(self.state.status, 1.0)
        return False

    def _answered(self, now: float) -> bool:
        came_back = self._was_ready and not self._ready_since
        if not self._ready_since:
            self._ready_since = now
            self.state.ready_seconds = round(now - self._started, 1)
            self._record(f"{self.server.title} answers after {self.state.ready_seconds} s.")
        elif now - self._ready_since > _STABLE_SECONDS:
            self._failures = 0
        self._was_ready = True
        self._misses = 0
        self.state.status, self.state.problem = "ready", None
        self._next_probe = now + _PROBE_INTERVAL["ready"]
        return came_back

    def _missed(self, now: float) -> None:
        self._misses += 1
        self.state.status = "unhealthy"
        if self._misses > _MISSES_ALLOWED:
            self._fail(now, f"it gave no answer to {self._misses} health checks in a row")

    def _fail(self, now: float, reason: str) -> None:
        self._failures += 1
        if self.state.process:
            # Whoever of its group is left would hold its port.
            stop_groups([self.state.process], _STOP_SECONDS, self.reap)
        self._process, self.state.process, self._ready_since = None, None, 0.0
        self.state.problem = reason
        if not self._was_ready and self._failures >= ATTEMPTS_AT_FIRST:
            self.state.status = "failed"
            self._record(f"{self.server.title} failed to start: {reason}.")
            return
        self.state.restarts += 1
        self.state.status = "restarting"
        wait = backoff(self._failures)
        self._next_start = now + wait
        self._record(f"{self.server.title} restarts in {wait:.0f} s: {reason}.")


class Redeployment:
    """Deploys the pipeline again and resumes interrupted runs, in a process of its own, until it succeeds."""

    def __init__(self, home: Home, record: Record) -> None:
        self._home = home
        self._log = home.logs / "deploy.log"
        self._record = record
        self._process: subprocess.Popen[bytes] | None = None
        self._next = 0.0
        self._failures = 0
        self.is_pending = False

    def due(self) -> None:
        """Schedule a redeployment: LocalStack has lost the last one."""
        self.is_pending = self._home.deployed.exists()
        self._next = 0.0

    def check(self, now: float) -> None:
        """Start it when it is due, and record its result."""
        if self._process is None:
            if self.is_pending and now >= self._next:
                self._start()
            return
        code = self._process.poll()
        if code is None:
            return
        self._process = None
        if code == 0:
            self.is_pending, self._failures = False, 0
            self._record(self._log.read_text("utf-8", errors="replace").strip().rpartition("\n")[2])
        else:
            self._failures += 1
            self._next = now + backoff(self._failures)
            self._record(f"Redeployment failed; see {self._log}.")

    def cancel(self) -> None:
        """Stop it with the supervisor."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def _start(self) -> None:
        self._process = _start_module("infra.runs.recovery", self._home, self._log)


class HealthCheck:
    """A check of the metrics every few minutes, and when the Pushgateway is back, in a process of its own."""

    def __init__(self, home: Home, record: Record) -> None:
        self._home = home
        self._log = home.logs / "health_check.log"
        self._record = record
        self._process: subprocess.Popen[bytes] | None = None
        self._next: float | None = None
        self._said = ""

    def due(self) -> None:
        """Schedule a check now."""
        self._next = 0.0

    def check(self, now: float) -> None:
        """Start a check when it is due, and log what the last one found."""
        if self._next is None:
            self._next = now + _HEALTH_CHECK_PAUSE  # ``up`` has the pipeline to deploy yet
        if self._process is not None and (code := self._process.poll()) is not None:
            self._process = None
            self._ended(now, code)
        if self._process is None and now >= self._next and self._home.deployed.exists():
            self._next = now + _HEALTH_CHECK_INTERVAL
            self._process = _start_module("infra.runs.health_check", self._home, self._log)

    def _ended(self, now: float, code: int) -> None:
        """Record news, and retry soon after a check that failed."""
        said = self._log.read_text("utf-8", errors="replace").strip().rpartition("\n")[2]
        if said and said != self._said:
            self._record(said)
        self._said = said
        if code != 0:
            self._next = now + _HEALTH_CHECK_PAUSE

    def cancel(self) -> None:
        """Stop it with the supervisor."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()


def _start_module(module: str, home: Home, log: Path) -> subprocess.Popen[bytes]:
    """Start one of our programs on a home, to end with the supervisor."""
    with log.open("wb") as output:
        return subprocess.Popen(  # noqa: S603
            (sys.executable, "-m", module, str(home.path)),
            cwd=ROOT,
            env=server_environment(),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            preexec_fn=die_with_parent(signal.SIGKILL),  # noqa: PLW1509
        )


def _how_it_ended(code: int) -> str:
    return f"it was ended by signal {-code}" if code < 0 else f"it ended with exit code {code}"
