"""The fork server: a process that has imported what functions need, and forks execution environments.

A program of its own, standard library only: the functions' Python runs it. It speaks JSON datagrams with its launcher
over its standard input: ``ready`` or ``failed`` once, then ``spawn`` (with the descriptor of stdout and stderr) in, and
``forked`` or ``refused`` out. End of file ends it; what it has forked goes on.

A fork copies only the thread that calls it, and every lock that any thread holds: so this process has one thread, and
no socket but its own, whenever it forks. One child always waits in its place for the next request. It is an orphan at
once and then its launcher's, which reaps it. Decision 15 has the reasons.
"""

import contextlib
import ctypes
import gc
import importlib
import json
import os
import re
import resource
import runpy
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PR_SET_PDEATHSIG = 1
MADV_DONTNEED = 4
MAX_MESSAGE = 1 << 20
RUNTIME_API = "AWS_LAMBDA_RUNTIME_API"
# As long as the longest address; each child writes its own over it, so that /proc tells whose child a process is.
PLACEHOLDER = "255.255.255.255:65535"
ADOPTION_POLL_SECONDS = 0.0005
# A child's one word to its fork server: it has a request, or there will be none.
TAKEN, GOODBYE = b"t", b"g"
# What the runtime client imports, but for the parts that read the environment when they are imported.
RUNTIME = ("awslambdaric.lambda_runtime_log_utils", "awslambdaric.lambda_runtime_marshaller")

# A private mapping of a file in /proc/self/smaps, and the lines about it.
_MAPPING = re.compile(
    r"^(?P<start>[0-9a-f]+)-(?P<end>[0-9a-f]+) [r-][w-][x-]p \S+ \S+ [1-9]\d* +/.*\n(?P<fields>(?:[A-Z]\w+:.*\n)+)",
    re.MULTILINE,
)

_libc = ctypes.CDLL(None, use_errno=True)
_libc.getenv.restype = ctypes.c_void_p


class UnfitError(Exception):
    """Raised when this process must not be forked; the message says why."""


class ForkServer:
    """Serves one launcher over ``control``."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._launcher = os.getppid()
        self._mark = _libc.getenv(RUNTIME_API.encode())

    def prepare(self, modules: list[str]) -> None:
        """Import the modules and check that it is safe to fork.

        Raises:
            UnfitError: when one can't be imported, or leaves a thread or a socket behind.
        """
        for module in (*RUNTIME, *modules):
            try:
                importlib.import_module(module)
            except (Exception, SystemExit) as error:
                raise UnfitError(f"{module} can't be imported: {type(error).__name__}: {error}") from error
        # Each child would print again what the imports printed.
        sys.stdout.flush()
        sys.stderr.flush()
        # OpenBLAS starts threads when it is loaded; its own fork handler ends them.
        if not (child := os.fork()):
            os._exit(0)
        os.waitpid(child, 0)
        self.check()
        # What was made until now is not looked at by the collector again, which would copy each page it marks.
        gc.collect()
        gc.freeze()
        _libc.malloc_trim(0)
        _give_back_files()

    def check(self) -> None:
        """Check that there is one thread and one socket.

        Raises:
            UnfitError: naming what there is besides.
        """
        threads = [
            (thread / "comm").read_text().strip()
            for thread in Path("/proc/self/task").iterdir()
            if thread.name != str(os.getpid())
        ]
        if threads:
            raise UnfitError(f"the imports leave threads running: {', '.join(sorted(threads))}")
        own = str(self._control.fileno())
        sockets = [each for each in Path("/proc/self/fd").iterdir() if each.is_socket() and each.name != own]
        if sockets:
            raise UnfitError(f"the imports leave {len(sockets)} sockets open")

    def serve(self) -> dict[str, Any] | None:
        """Keep one child waiting for a request; return it in the child that took it, and None in the server, last."""
        while True:
            reader, writer = os.pipe()
            try:
                self.check()
                middle = _fork_orphan()
            except (OSError, UnfitError) as error:
                os.close(writer)
                word = self._refuse(str(error))
            else:
                if middle is not None:
                    os.close(reader)
                    return self._await_request(middle, writer)
                os.close(writer)
                # Nothing when the child was killed: another will take its place.
                word = os.read(reader, 1)
            os.close(reader)
            if word == GOODBYE:
                return None

    def send(self, message: dict[str, Any]) -> None:
        """Send a message to the launcher."""
        self._control.send(json.dumps(message).encode())

    def _refuse(self, reason: str) -> bytes:
        data, descriptors, _, _ = socket.recv_fds(self._control, MAX_MESSAGE, 1)
        if not data:
            return GOODBYE
        self.send({"refused": json.loads(data)["spawn"], "reason": reason})
        os.close(descriptors[0])
        return TAKEN

    def _await_request(self, middle: int, writer: int) -> dict[str, Any]:
        """Become the launcher's child, wait for a request, and become what it asks for, with the imports done."""
        self._await_adoption(middle)
        self._write_mark("")
        _forget_what_must_differ()
        data, descriptors, _, _ = socket.recv_fds(self._control, MAX_MESSAGE, 1)
        with contextlib.suppress(BrokenPipeError):  # the fork server is gone, and this its last child
            os.write(writer, TAKEN if data else GOODBYE)
        os.close(writer)
        if not data:
            os._exit(0)
        request: dict[str, Any] = json.loads(data)
        # First of all: whatever happens to this process from now on, its launcher knows whose it is.
        self.send({"forked": request["spawn"], "pid": os.getpid()})
        self._control.close()
        self._become(request, descriptors[0])
        return request

    def _become(self, request: dict[str, Any], output: int) -> None:
        os.setsid()
        os.dup2(output, 1)
        os.dup2(output, 2)
        os.close(output)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        os.chdir(request["cwd"])
        os.environ.clear()
        os.environ.update(request["env"])
        self._write_mark(request["env"][RUNTIME_API])
        time.tzset()

    def _write_mark(self, address: str) -> None:
        ctypes.memmove(self._mark, address.encode().ljust(len(PLACEHOLDER), b"\0"), len(PLACEHOLDER))

    def _await_adoption(self, middle: int) -> None:
        """Wait until the launcher has become the parent, and tie this process's life to it."""
        while os.getppid() == middle:
            time.sleep(ADOPTION_POLL_SECONDS)
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != self._launcher:
            os._exit(1)


def _fork_orphan() -> int | None:
    """Fork a child whose parent ends at once; return that parent's pid in the child, None in the fork server."""
    middle = os.fork()
    if middle:
        os.waitpid(middle, 0)
        return None
    # A group of its own, so that the child does not end with the fork server's before it has one.
    os.setsid()
    middle = os.getpid()
    if os.fork():
        os._exit(0)
    return middle


def _give_back_files() -> None:
    """Release the pages of libraries that the imports have read: children map their own."""
    for start, end in list(_unchanged_mappings()):
        _libc.madvise(ctypes.c_void_p(start), ctypes.c_size_t(end - start), MADV_DONTNEED)


def _unchanged_mappings() -> Iterator[tuple[int, int]]:
    """Yield the address ranges of mapped files without a page that was written to: such a page must stay."""
    for mapping in _MAPPING.finditer(Path("/proc/self/smaps").read_text()):
        fields = dict(line.split(":", 1) for line in mapping["fields"].splitlines())
        if fields["Anonymous"].split()[0] == fields["Swap"].split()[0] == "0":
            yield int(mapping["start"], 16), int(mapping["end"], 16)


def _forget_what_must_differ() -> None:
    """Reset what no two processes share: random states and temporary files. ``random`` and OpenSSL do so themselves."""
    if numpy_random := sys.modules.get("numpy.random"):
        numpy_random.seed()
    tempfile.tempdir = None
    if process := sys.modules.get("multiprocessing.process"):
        process.current_process().authkey = os.urandom(32)


def _control_of_standard_input() -> socket.socket:
    """Return the control socket, moved away from standard input."""
    control = socket.socket(fileno=os.dup(0))
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    return control


def main(modules: list[str]) -> None:
    """Import, then fork until end of file; in a child, run the module that ``python -m`` would."""
    fork_server = ForkServer(_control_of_standard_input())
    # Where `python -m` begins to look.
    sys.path.insert(0, str(Path.cwd()))
    try:
        fork_server.prepare(modules)
    except UnfitError as error:
        fork_server.send({"failed": str(error)})
        return
    fork_server.send({"ready": True})
    request = fork_server.serve()
    if request is not None:
        _python, _m, module, *arguments = request["argv"]
        sys.argv = [module, *arguments]
        runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(sys.argv[1:])
