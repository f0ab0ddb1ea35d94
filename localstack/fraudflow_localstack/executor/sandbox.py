"""One process of a function, from its start to its end, and the limits it lives under."""

import contextlib
import logging
import queue
import shutil
import tempfile
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from fraudflow_localstack.executor import log_lines
from fraudflow_localstack.executor.fork_server_pool import ForkServerSpec
from fraudflow_localstack.executor.function_variables import process_environment
from fraudflow_localstack.executor.journal import Journal, Sink
from fraudflow_localstack.executor.log_lines import InvocationFailure, Usage
from fraudflow_localstack.executor.memory_meter import MemoryMeter
from fraudflow_localstack.executor.process_output import Output
from fraudflow_localstack.executor.runtime_api import (
    Answered,
    Delivered,
    Event,
    Exited,
    InitFailed,
    Invocation,
    RuntimeApi,
    Waiting,
)
from fraudflow_localstack.executor.spawner import ProcessSpec, Spawner

LOG = logging.getLogger(__name__)
# Initialisation is free of the function's Timeout for as long as it is on AWS; beyond that it uses it up.
FREE_INIT_SECONDS = 10.0
MEMORY_POLL_SECONDS = 0.05
FLUSH_SECONDS = 1.0
KILL_SECONDS = 5.0


@dataclass(frozen=True)
class Function:
    """The configuration of a function version. ``timeout`` is in seconds, ``memory_size`` in MB."""

    version: str
    runtime: str
    runtime_arn: str
    timeout: int
    memory_size: int
    argv: tuple[str, ...]
    task_root: Path
    env: Mapping[str, str]
    fork_server: ForkServerSpec | None = None


@dataclass(frozen=True)
class InvocationOutcome:
    """The response to the caller, and whether the process can take another invocation."""

    payload: bytes
    is_error: bool
    logs: str
    reusable: bool


class ProcessGoneError(Exception):
    """Raised when a warm process had ended before it took the invocation: another one can."""


class _FailedError(Exception):
    def __init__(self, failure: InvocationFailure) -> None:
        super().__init__(failure.status)
        self.failure = failure


class Sandbox:
    """A running process. One invocation at a time; ``close`` may come from any thread."""

    def __init__(self, function: Function, spawner: Spawner, sink: Sink) -> None:
        self._function = function
        self._spawner = spawner
        self._events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._ended = threading.Event()
        self._init: float | None = None
        self._journal = Journal(sink)
        self._journal.write(log_lines.init_start(function.runtime, function.runtime_arn))
        self._flushed = 0.0
        self._scratch = Path(tempfile.mkdtemp(prefix="env-", dir=spawner.scratch))
        self._output = Output()
        self._api = RuntimeApi(self._events)
        self._started = time.monotonic()
        try:
            self._pid = spawner.spawn(self._spec(), self._output.writer, self._on_exit)
        except Exception:
            self._release()
            raise
        finally:
            self._output.close_writer()
        self._memory = MemoryMeter(self._pid, function.memory_size * log_lines.MIB)

    def initialise(self) -> InvocationFailure | None:
        """Wait until the process is ready for its first invocation; return why it will never be."""
        try:
            self._await_ready("")
        except _FailedError as failed:
            return failed.failure
        return None

    def invoke(self, invocation: Invocation) -> InvocationOutcome:
        """Return the outcome of one invocation.

        Raises:
            ProcessGoneError: when the process was warm and ended before it took the invocation.
        """
        warm = self._init is not None
        failure: InvocationFailure | None = None
        answer: Answered | None = None
        began = self._started
        try:
            if not warm:
                self._await_ready(invocation.request_id)
            self._write_start(invocation.request_id)
            began = time.monotonic()
            answer = self._await_answer(invocation, began, warm=warm)
        except _FailedError as failed:
            failure = failed.failure
            if self._init is None:
                self._write_start(invocation.request_id)
            self._kill()
        usage = Usage(
            duration=self._duration(began, failure), init=None if warm else self._init, memory=self._memory.peak
        )
        return self._outcome(invocation.request_id, answer, failure, usage)

    def close(self) -> None:
        """End the process and remove everything that was its own. Calling it again does nothing."""
        self._kill()
        self._release()

    def _write_start(self, request_id: str) -> None:
        self._journal.write(self._output.take())
        self._journal.write(log_lines.start(request_id, self._function.version))

    def _outcome(
        self, request_id: str, answer: Answered | None, failure: InvocationFailure | None, usage: Usage
    ) -> InvocationOutcome:
        self._journal.write(self._output.take())
        if failure is not None:
            self._journal.write(failure.log)
        status = failure.status if failure is not None else ""
        self._journal.write(log_lines.end(request_id, self._function.memory_size, usage, status))
        logs = self._journal.finish()
        if failure is not None:
            return InvocationOutcome(failure.payload, is_error=True, logs=logs, reusable=False)
        assert answer is not None  # noqa: S101 - no failure means an answer
        return InvocationOutcome(answer.payload, is_error=answer.is_error, logs=logs, reusable=True)

    def _duration(self, began: float, failure: InvocationFailure | None) -> float:
        elapsed = time.monotonic() - began
        timed_out = failure is not None and failure.status == log_lines.TIMEOUT_STATUS
        return float(self._function.timeout) if timed_out else elapsed

    def _await_ready(self, request_id: str) -> None:
        deadline = self._started + FREE_INIT_SECONDS + self._function.timeout
        match self._next_event(deadline, request_id):
            case InitFailed(payload, error_type):
                raise _FailedError(log_lines.init_failed(payload, error_type))
            case Exited(code):
                raise _FailedError(log_lines.exited(request_id, code))
            case _:
                self._init = time.monotonic() - self._started

    def _await_answer(self, invocation: Invocation, began: float, *, warm: bool) -> Answered:
        overrun = 0.0 if warm else max(0.0, (self._init or 0.0) - FREE_INIT_SECONDS)
        seconds = self._function.timeout - overrun
        deadline_ms = int((time.time() + seconds) * 1000)
        self._api.offer(replace(invocation, deadline_ms=deadline_ms))
        delivered = False
        while True:
            match self._next_event(began + seconds, invocation.request_id):
                case Answered() as answer:
                    return answer
                case Delivered():
                    delivered = True
                case Exited() if warm and not delivered:
                    raise ProcessGoneError
                case Exited(code):
                    raise _FailedError(log_lines.exited(invocation.request_id, code))
                case Waiting() | InitFailed():
                    pass

    def _next_event(self, deadline: float, request_id: str) -> Event:
        while True:
            remaining = deadline - time.monotonic()
            if remaining <= 0:
                raise _FailedError(log_lines.timed_out(request_id, self._function.timeout))
            event: Event | None = None
            with contextlib.suppress(queue.Empty):
                event = self._events.get(timeout=min(MEMORY_POLL_SECONDS, remaining))
            self._memory.sample()
            if self._memory.exceeded:
                raise _FailedError(log_lines.out_of_memory(request_id))
            if event is not None:
                return event
            self._show_progress()

    def _show_progress(self) -> None:
        """Flush the log of a long invocation, so that it can be followed."""
        now = time.monotonic()
        if now - max(self._flushed, self._started) >= FLUSH_SECONDS:
            self._flushed = now
            self._journal.write(self._output.take_lines())
            self._journal.flush()

    def _kill(self) -> None:
        self._spawner.kill(self._pid)
        if not self._ended.wait(KILL_SECONDS):
            LOG.warning("Process %s of %s did not end", self._pid, self._function.task_root)

    def _release(self) -> None:
        self._api.close()
        shutil.rmtree(self._scratch, ignore_errors=True)

    def _spec(self) -> ProcessSpec:
        env = process_environment(self._function.env, runtime_api=self._api.address, scratch=self._scratch)
        return ProcessSpec(self._function.argv, env, self._function.task_root, self._function.fork_server)

    def _on_exit(self, code: int) -> None:
        self._ended.set()
        self._events.put(Exited(code))
