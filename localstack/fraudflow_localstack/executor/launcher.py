"""The launcher: the parent of every execution environment, which starts, reaps and, without LocalStack, ends them.

A program of its own, single-threaded on purpose, which imports the standard library and ``process_tree`` only.
``PR_SET_PDEATHSIG`` fires when the *thread* that forked exits, and forking is safe only where no other thread can hold
a lock: LocalStack offers neither. It is the subreaper of its descendants, so that none of them escapes by daemonising.

The control socket carries JSON datagrams. In: ``spawn`` (with the descriptor that becomes stdout and stderr), ``kill``,
``fork_server`` (with the descriptor of its output) and ``end``. Out: ``spawned``, ``refused`` and ``exited``, and of a
fork server ``ready`` and ``lost``. End of file means that LocalStack has stopped, however it did.

A fork server (``fork_server.py``) has its own socket, over which it is told to fork. What it forks becomes a child of
this process before it runs anything of a function's, and from then on is like any other.
"""

import contextlib
import ctypes
import json
import os
import selectors
import shutil
import signal
import socket
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fraudflow_localstack.executor.process_tree import children_of, descendants, kill_tree, start_child

PR_SET_CHILD_SUBREAPER = 36
MAX_MESSAGE = 1 << 20

_prctl = ctypes.CDLL(None, use_errno=True).prctl


@dataclass
class ForkServerHandle:
    """A fork server, and the marks of the children that it was asked for, by request."""

    number: int
    pid: int
    control: socket.socket
    asked: dict[int, bytes] = field(default_factory=dict)


class Launcher:
    """Serves one LocalStack over ``control``."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._marks: dict[int, bytes] = {}
        self._fork_servers: dict[int, ForkServerHandle] = {}
        self._selector = selectors.DefaultSelector()

    def serve(self) -> None:
        """Answer requests and report exits until LocalStack hangs up."""
        with _child_signals() as exits, self._selector as selector:
            selector.register(self._control, selectors.EVENT_READ)
            selector.register(exits, selectors.EVENT_READ)
            while True:
                ready = {key.fileobj for key, _ in selector.select()}
                self._hear_fork_servers()
                if exits in ready:
                    exits.recv(MAX_MESSAGE)
                    self._reap()
                if self._control in ready and not self._receive():
                    return

    def end_everything(self) -> None:
        """Kill all descendants, orphans included, and wait until the last one is gone."""
        while True:
            for child in list(descendants(os.getpid())):
                kill_tree(child)
            try:
                os.waitpid(-1, 0)
            except ChildProcessError:
                return

    def _receive(self) -> bool:
        data, descriptors, _, _ = socket.recv_fds(self._control, MAX_MESSAGE, 1)
        if not data:
            return False
        request = json.loads(data)
        try:
            self._obey(request, *descriptors)
        finally:
            for descriptor in descriptors:
                os.close(descriptor)
        return True

    def _obey(self, request: dict[str, Any], output: int = -1) -> None:
        if "kill" in request:
            # A pid that was reaped may belong to someone else by now.
            if request["kill"] in self._marks:
                kill_tree(request["kill"])
        elif "end" in request:
            if fork_server := self._fork_servers.get(request["end"]):
                kill_tree(fork_server.pid)
        elif "fork_server" in request:
            self._start_fork_server(request, output)
        elif request.get("from") is not None:
            self._fork(request, output)
        else:
            self._spawn(request, output)

    def _spawn(self, request: dict[str, Any], output: int) -> None:
        try:
            pid = start_child(request["argv"], request["env"], request["cwd"], output)
        except OSError as error:
            self._send({"refused": request["spawn"], "reason": str(error)})
        else:
            self._marks[pid] = _mark(request["env"])
            self._send({"spawned": request["spawn"], "pid": pid})

    def _start_fork_server(self, request: dict[str, Any], output: int) -> None:
        number = request["fork_server"]
        control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            try:
                pid = start_child(request["argv"], request["env"], request["cwd"], output, theirs.fileno())
            except OSError as error:
                control.close()
                self._send({"lost": number, "reason": str(error)})
                return
        self._fork_servers[number] = ForkServerHandle(number, pid, control)
        self._selector.register(control, selectors.EVENT_READ)

    def _fork(self, request: dict[str, Any], output: int) -> None:
        fork_server = self._fork_servers.get(request["from"])
        try:
            if fork_server is None:
                raise ProcessLookupError("The fork server has ended")
            socket.send_fds(fork_server.control, [json.dumps(request).encode()], [output])
        except OSError as error:
            self._send({"refused": request["spawn"], "reason": str(error)})
        else:
            fork_server.asked[request["spawn"]] = _mark(request["env"])

    def _hear_fork_servers(self) -> None:
        for fork_server in self._fork_servers.values():
            with contextlib.suppress(BlockingIOError, ConnectionResetError):
                while data := fork_server.control.recv(MAX_MESSAGE, socket.MSG_DONTWAIT):
                    self._hear(fork_server, json.loads(data))

    def _hear(self, fork_server: ForkServerHandle, message: dict[str, Any]) -> None:
        if "forked" in message:
            self._marks[message["pid"]] = fork_server.asked.pop(message["forked"])
            self._send({"spawned": message["forked"], "pid": message["pid"]})
        elif "refused" in message:
            del fork_server.asked[message["refused"]]
            self._send(message)
        elif "failed" in message:
            self._send({"lost": fork_server.number, "reason": message["failed"]})
        else:
            self._send({"ready": fork_server.number})

    def _reap(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not pid:
                return
            # Whatever a fork server forked has said so before it could end.
            self._hear_fork_servers()
            code = os.waitstatus_to_exitcode(status)
            if pid in self._marks:
                self._end_leftovers(pid, self._marks.pop(pid))
                self._send({"exited": pid, "code": code})
            elif lost := next(
                (fork_server for fork_server in self._fork_servers.values() if fork_server.pid == pid), None
            ):
                self._lose(lost, code)

    def _lose(self, fork_server: ForkServerHandle, code: int) -> None:
        del self._fork_servers[fork_server.number]
        self._selector.unregister(fork_server.control)
        fork_server.control.close()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(fork_server.pid, signal.SIGKILL)
        reason = f"the fork server ended with code {code}"
        self._send({"lost": fork_server.number, "reason": reason})
        for request in fork_server.asked:
            self._send({"refused": request, "reason": reason})

    def _end_leftovers(self, pid: int, mark: bytes) -> None:
        """Kill what a process left behind: its group, and daemons that have become children of the launcher."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)
        known = self._marks.keys() | {fork_server.pid for fork_server in self._fork_servers.values()}
        for orphan in set(children_of(os.getpid())) - known:
            with contextlib.suppress(OSError):
                if mark in Path(f"/proc/{orphan}/environ").read_bytes().split(b"\0"):
                    kill_tree(orphan)

    def _send(self, message: dict[str, Any]) -> None:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self._control.send(json.dumps(message).encode())


@contextlib.contextmanager
def _child_signals() -> Iterator[socket.socket]:
    """Yield a socket that becomes readable when a child ends."""
    waker, woken = socket.socketpair()
    with waker, woken:
        waker.settimeout(0)
        woken.settimeout(0)
        signal.set_wakeup_fd(waker.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        try:
            yield woken
        finally:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.set_wakeup_fd(-1)


def _mark(env: dict[str, str]) -> bytes:
    """Return the variable by which a process and its daemons are known: no two have the same."""
    return f"AWS_LAMBDA_RUNTIME_API={env.get('AWS_LAMBDA_RUNTIME_API')}".encode()


def main(control_fd: int, run_directory: str) -> None:
    """Serve until end of file, then leave neither a process nor a file behind."""
    _prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    os.set_inheritable(control_fd, False)  # noqa: FBT003 - the signature of os
    launcher = Launcher(socket.socket(fileno=control_fd))
    try:
        launcher.serve()
    finally:
        launcher.end_everything()
        shutil.rmtree(run_directory, ignore_errors=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
