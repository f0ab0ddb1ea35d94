"""Child processes, as LocalStack asks the launcher for them.

``Spawner`` is the seam. A process is forked and executed by the one launcher, or forked by a fork server that has
its imports done (``fork_server_pool``); nothing above this module notices which.
"""

import itertools
import json
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from fraudflow_localstack.executor import launcher as launcher_program
from fraudflow_localstack.executor.fork_server_pool import ForkServerError, ForkServerPool, ForkServerSpec
from fraudflow_localstack.executor.scratch import RunDirectory

LOG = logging.getLogger(__name__)
SPAWN_SECONDS = 10

type OnExit = Callable[[int], None]


class SpawnError(Exception):
    """Raised when a process cannot be started."""


@dataclass(frozen=True)
class ProcessSpec:
    """A program to execute: its absolute path and arguments, its whole environment and its directory.

    With a ``fork_server``, the program is its Python, and its imports need not be done again.
    """

    argv: tuple[str, ...]
    env: Mapping[str, str]
    cwd: Path
    fork_server: ForkServerSpec | None = None


class Spawner(Protocol):
    """An interface that starts and kills processes."""

    @property
    def alive(self) -> bool:
        """Return whether it can still start processes."""

    @property
    def scratch(self) -> Path:
        """The folder of its processes' scratch directories, which it removes when it ends."""

    def spawn(self, spec: ProcessSpec, output: int, on_exit: OnExit) -> int:
        """Start a process that writes to the descriptor ``output``; return its pid.

        ``on_exit`` is called once, from another thread, with its exit code (minus the signal when one killed it).
        """

    def kill(self, pid: int) -> None:
        """End a process and everything below it, without waiting. One that is gone is not an error."""


class LauncherClient:
    """A ``Spawner`` that runs ``launcher.py``, the one parent of all its processes."""

    def __init__(self, run_directory: RunDirectory) -> None:
        self._run_directory = run_directory
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._lock = threading.Lock()
        self._ids = itertools.count()
        self._starting: dict[int, tuple[Future[int], OnExit]] = {}
        self._running: dict[int, OnExit] = {}
        self._alive = True
        self.fork_servers = ForkServerPool(self._send, self.scratch)
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - our own program
                [sys.executable, "-I", "-m", launcher_program.__name__, str(theirs.fileno()), str(self.scratch)],
                pass_fds=(theirs.fileno(), run_directory.lock),  # the lock is held while either of us lives
                stdin=subprocess.DEVNULL,
                start_new_session=True,  # a Ctrl-C is for LocalStack, which will hang up
            )
        threading.Thread(target=self._listen, name="lambda-launcher", daemon=True).start()

    @property
    def alive(self) -> bool:
        """Return whether the launcher still runs."""
        return self._alive

    @property
    def scratch(self) -> Path:
        """The directory that the launcher removes at its end."""
        return self._run_directory.path

    def spawn(self, spec: ProcessSpec, output: int, on_exit: OnExit) -> int:
        """Start a process, without its fork server when that can't be had; see ``Spawner``."""
        if spec.fork_server is not None:
            try:
                return self._spawn(spec, output, on_exit, self.fork_servers.await_ready(spec.fork_server))
            except (ForkServerError, SpawnError) as error:
                os.write(output, f"[WARNING] Started without its pre-imported modules: {error}\n".encode())
        return self._spawn(spec, output, on_exit)

    def kill(self, pid: int) -> None:
        """End a process and everything below it; see ``Spawner``."""
        try:
            self._send({"kill": pid})
        except OSError:
            LOG.debug("The process launcher is gone, and process %s with it", pid)

    def _spawn(self, spec: ProcessSpec, output: int, on_exit: OnExit, fork_server: int | None = None) -> int:
        request, started = next(self._ids), Future[int]()
        message = {
            "spawn": request,
            "argv": spec.argv,
            "env": dict(spec.env),
            "cwd": str(spec.cwd),
            "from": fork_server,
        }
        with self._lock:
            self._starting[request] = (started, on_exit)
        try:
            self._send(message, output)
            return started.result(timeout=SPAWN_SECONDS)
        except OSError as error:
            raise SpawnError(f"the process launcher is gone: {error}") from error

    def _send(self, message: Mapping[str, Any], *descriptors: int) -> None:
        socket.send_fds(self._control, [json.dumps(message).encode()], descriptors)

    def _listen(self) -> None:
        while data := self._receive():
            self._dispatch(json.loads(data))
        self._hang_up()

    def _receive(self) -> bytes:
        try:
            return self._control.recv(launcher_program.MAX_MESSAGE)
        except OSError:
            return b""

    def _dispatch(self, message: dict[str, Any]) -> None:
        if "exited" in message:
            self._running.pop(message["exited"])(message["code"])
            return
        if "ready" in message:
            self.fork_servers.ready(message["ready"])
            return
        if "lost" in message:
            self.fork_servers.lost(message["lost"], message["reason"])
            return
        with self._lock:
            started, on_exit = self._starting.pop(message["refused" if "refused" in message else "spawned"])
        if "refused" in message:
            started.set_exception(SpawnError(message["reason"]))
        else:
            self._running[message["pid"]] = on_exit
            started.set_result(message["pid"])

    def _hang_up(self) -> None:
        self._alive = False
        self._process.wait()
        LOG.debug("The process launcher has ended with code %s", self._process.returncode)
        self.fork_servers.lose_all()
        with self._lock:
            for started, _ in self._starting.values():
                started.set_exception(SpawnError("The process launcher has ended"))
            self._starting.clear()
        while self._running:
            _, on_exit = self._running.popitem()
            on_exit(-signal.SIGKILL)  # it asked the kernel to die with its parent
