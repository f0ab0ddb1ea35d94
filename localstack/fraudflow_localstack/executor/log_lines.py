"""Log lines and errors of Lambda itself, word for word as AWS writes them."""

import json
import math
import signal
from dataclasses import dataclass
from datetime import UTC, datetime

MIB = 1 << 20
TIMEOUT_STATUS = "Status: timeout"


@dataclass(frozen=True)
class InvocationFailure:
    """The reason why an invocation ended without a response of its handler.

    ``payload`` goes to the caller, ``log`` to the function's log, ``status`` to the end of the REPORT line.
    """

    payload: bytes
    log: str
    status: str


def timed_out(request_id: str, seconds: float) -> InvocationFailure:
    """Return the failure of an invocation that took longer than the function's ``Timeout``."""
    sentence = f"Task timed out after {seconds:.2f} seconds"
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return InvocationFailure(
        payload=_error("Sandbox.Timedout", request_id, sentence),
        log=f"{now} {request_id} {sentence}\n\n",
        status=TIMEOUT_STATUS,
    )


def exited(request_id: str, code: int) -> InvocationFailure:
    """Return the failure of a process that ended before it responded; a negative code is the signal that killed it."""
    return _ended(request_id, "Runtime.ExitError", _exit_sentence(code))


def out_of_memory(request_id: str) -> InvocationFailure:
    """Return the failure of a process that was stopped because it exceeded the function's ``MemorySize``."""
    return _ended(request_id, "Runtime.OutOfMemory", _exit_sentence(-signal.SIGKILL))


def init_failed(payload: bytes, error_type: str) -> InvocationFailure:
    """Return the failure of a handler that could not be imported, as the runtime has reported it."""
    return InvocationFailure(payload=payload, log="", status=_error_status(error_type))


def init_start(runtime: str, runtime_arn: str) -> str:
    """Return the line that opens the log of a new process."""
    version = runtime.replace("python", "python:")
    return f"INIT_START Runtime Version: {version}\tRuntime Version ARN: {runtime_arn}\n"


def start(request_id: str, version: str) -> str:
    """Return the line that opens an invocation."""
    return f"START RequestId: {request_id} Version: {version}\n"


@dataclass(frozen=True)
class Usage:
    """Usage of an invocation, in seconds and bytes. ``init`` is None for a process that was warm."""

    duration: float
    init: float | None
    memory: int


def end(request_id: str, memory_size: int, usage: Usage, status: str = "") -> str:
    """Return the END and REPORT lines of an invocation; ``memory_size`` is in MB, as configured."""
    init = usage.init or 0.0
    fields = [
        f"Duration: {usage.duration * 1000:.2f} ms",
        f"Billed Duration: {math.ceil((usage.duration + init) * 1000)} ms",
        f"Memory Size: {memory_size} MB",
        f"Max Memory Used: {math.ceil(usage.memory / MIB)} MB",
    ]
    if usage.init is not None:
        fields.append(f"Init Duration: {usage.init * 1000:.2f} ms")
    if status:
        fields.append(status)
    report = "\t".join([f"REPORT RequestId: {request_id}", *fields])
    return f"END RequestId: {request_id}\n{report}\t\n"


def _exit_sentence(code: int) -> str:
    if code == 0:
        return "Runtime exited without providing a reason"
    if code > 0:
        return f"Runtime exited with error: exit status {code}"
    name = signal.strsignal(-code) or f"signal {-code}"
    return f"Runtime exited with error: signal: {name.lower()}"


def _ended(request_id: str, error_type: str, sentence: str) -> InvocationFailure:
    return InvocationFailure(
        payload=_error(error_type, request_id, sentence),
        log=f"RequestId: {request_id} Error: {sentence}\n{error_type}\n",
        status=_error_status(error_type),
    )


def _error(error_type: str, request_id: str, sentence: str) -> bytes:
    message = f"RequestId: {request_id} Error: {sentence}"
    return json.dumps({"errorType": error_type, "errorMessage": message}).encode()


def _error_status(error_type: str) -> str:
    return f"Status: error\tError Type: {error_type}"
