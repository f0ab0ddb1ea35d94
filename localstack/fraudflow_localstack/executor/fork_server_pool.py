"""The fork servers of a launcher, as LocalStack knows them: starting, ready, or lost with a reason.

A fork server is told apart by what it imports and what that depends on: the Python, the list of modules, the code, and
the variables that libraries read when they are imported. Another of any of these is another fork server.
"""

import itertools
import logging
import tempfile
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fraudflow_localstack.executor import fork_server as fork_server_program

LOG = logging.getLogger(__name__)
# As long as Lambda gives an initialisation. Later ones find it ready, or are told the reason again.
READY_SECONDS = 10.0
STANDARD_ERROR = 2

type Send = Callable[..., None]


class ForkServerError(Exception):
    """Raised when a fork server can't be forked; the message says why."""


@dataclass(frozen=True)
class ForkServerSpec:
    """The identity of a fork server: its Python, its modules, its directory and its environment."""

    python: Path
    modules: tuple[str, ...]
    code: Path
    env: tuple[tuple[str, str], ...]


@dataclass
class _Process:
    number: int
    ready: Future[int] = field(default_factory=Future)
    lost: bool = False


class ForkServerPool:
    """The fork servers of one launcher; ``send`` sends it a message."""

    def __init__(self, send: Send, scratch: Path) -> None:
        self._send = send
        self._scratch = scratch
        self._numbers = itertools.count()
        self._lock = threading.Lock()
        self._processes: dict[ForkServerSpec, _Process] = {}

    def start(self, spec: ForkServerSpec) -> Future[int]:
        """Start a fork server, unless it was started; return what will be its number. One that died starts again.

        One that could not get ready does not: nothing of what it depends on has changed.
        """
        with self._lock:
            process = self._processes.get(spec)
            if process is None or (process.lost and process.ready.exception() is None):
                process = self._processes[spec] = _Process(next(self._numbers))
                self._launch(spec, process)
            return process.ready

    def await_ready(self, spec: ForkServerSpec) -> int:
        """Wait for a fork server, started when need be; return its number.

        Raises:
            TemplateError: when it can't be had, or not soon.
        """
        try:
            return self.start(spec).result(timeout=READY_SECONDS)
        except TimeoutError:
            raise ForkServerError(f"their imports took longer than {READY_SECONDS:.0f} seconds") from None

    def end(self, spec: ForkServerSpec) -> None:
        """Stop a fork server, and nothing that it forked."""
        with self._lock:
            process = self._processes.pop(spec, None)
            if process is not None:
                self._try_to_send({"end": process.number})
                if not process.ready.done():
                    process.ready.set_exception(ForkServerError("they were given up while they were imported"))

    def ready(self, number: int) -> None:
        """Record that a fork server has imported everything."""
        with self._lock:
            if process := self._find(number):
                process.ready.set_result(number)

    def lost(self, number: int, reason: str) -> None:
        """Record that a fork server failed, or ended without being told to."""
        with self._lock:
            process = self._find(number)
            if process is not None and not process.lost:
                process.lost = True
                self._give_up(process, reason)

    def lose_all(self) -> None:
        """Record that the launcher is gone."""
        with self._lock:
            for process in self._processes.values():
                self._give_up(process, "the process launcher is gone")

    def _launch(self, spec: ForkServerSpec, process: _Process) -> None:
        # A home of its own: whatever a library leaves there at import is nobody's.
        home = tempfile.mkdtemp(prefix="fork-server-", dir=self._scratch)
        message = {
            "fork_server": process.number,
            "argv": [str(spec.python), "-P", fork_server_program.__file__, *spec.modules],
            "env": {
                "HOME": home,
                "TMPDIR": home,
                # Arrow's allocator would clean up in a thread of its own, begun with the import.
                "JE_ARROW_MALLOC_CONF": "background_thread:false",
                **dict(spec.env),
                fork_server_program.RUNTIME_API: fork_server_program.PLACEHOLDER,
            },
            "cwd": str(spec.code),
        }
        try:
            self._send(message, STANDARD_ERROR)
        except OSError as error:
            self._give_up(process, f"the process launcher is gone: {error}")

    def _give_up(self, process: _Process, reason: str) -> None:
        if process.ready.done():
            LOG.warning("A fork server of Lambda functions was lost: %s", reason)
        else:
            LOG.warning("Lambda functions start without their pre-imported modules: %s", reason)
            process.ready.set_exception(ForkServerError(reason))

    def _find(self, number: int) -> _Process | None:
        return next((process for process in self._processes.values() if process.number == number), None)

    def _try_to_send(self, message: Mapping[str, Any]) -> None:
        try:
            self._send(message)
        except OSError:
            LOG.debug("The process launcher is gone, and its fork servers with it")
