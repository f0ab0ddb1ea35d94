"""The parent of every execution environment: starts them, reaps them and, when LocalStack is gone, ends them.

A program of its own, standard library only and single-threaded on purpose. ``PR_SET_PDEATHSIG`` fires when the
*thread* that forked exits, and forking is safe only where no other thread can hold a lock: LocalStack offers neither.
It is the subreaper of its descendants, so that none of them escapes by daemonising.

The control socket carries JSON datagrams. In: ``spawn`` (with the descriptor that becomes stdout and stderr), ``kill``,
``template`` (with the descriptor of its output) and ``end``. Out: ``spawned``, ``refused`` and ``exited``, and of a
template ``ready`` and ``lost``. End of file means that LocalStack has stopped, however it did.

A template (``template.py``) has its own socket, over which it is told to fork. What it forks becomes a child of this
process before it runs anything of a function's, and from then on is like any other.
"""

import contextlib
import ctypes
import json
import os
import resource
import selectors
import shutil
import signal
import socket
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
MAX_MESSAGE = 1 << 20
CANNOT_EXECUTE = 127

_prctl = ctypes.CDLL(None, use_errno=True).prctl


def children_of(pid: int) -> Iterator[int]:
    """Yield the processes that ``pid`` started and that are its own; none when it has ended."""
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            yield from map(int, children.read_text().split())


def descendants(pid: int) -> Iterator[int]:
    """Yield the processes below ``pid``, parents first. Those that end meanwhile are left out."""
    for child in children_of(pid):
        yield child
        yield from descendants(child)


def kill_tree(pid: int) -> None:
    """Send SIGKILL to a process, its group and everything below it."""
    victims = [pid, *descendants(pid)]
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)
    for victim in victims:
        with contextlib.suppress(ProcessLookupError):
            os.kill(victim, signal.SIGKILL)


@dataclass
class Template:
    """A template process, and the marks of the children that it was asked for, by request."""

    number: int
    pid: int
    control: socket.socket
    asked: dict[int, bytes] = field(default_factory=dict)


class Launcher:
    """Serves one LocalStack over ``control``."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._marks: dict[int, bytes] = {}
        self._templates: dict[int, Template] = {}
        self._selector = selectors.DefaultSelector()

    def serve(self) -> None:
        """Answer requests and report exits until LocalStack hangs up."""
        with _child_signals() as exits, self._selector as selector:
            selector.register(self._control, selectors.EVENT_READ)
            selector.register(exits, selectors.EVENT_READ)
            while True:
                ready = {key.fileobj for key, _ in selector.select()}
                self._hear_templates()
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
            if template := self._templates.get(request["end"]):
                kill_tree(template.pid)
        elif "template" in request:
            self._start_template(request, output)
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

    def _start_template(self, request: dict[str, Any], output: int) -> None:
        number = request["template"]
        control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            try:
                pid = start_child(request["argv"], request["env"], request["cwd"], output, theirs.fileno())
            except OSError as error:
                control.close()
                self._send({"lost": number, "reason": str(error)})
                return
        self._templates[number] = Template(number, pid, control)
        self._selector.register(control, selectors.EVENT_READ)

    def _fork(self, request: dict[str, Any], output: int) -> None:
        template = self._templates.get(request["from"])
        try:
            if template is None:
                raise ProcessLookupError("The template has ended")
            socket.send_fds(template.control, [json.dumps(request).encode()], [output])
        except OSError as error:
            self._send({"refused": request["spawn"], "reason": str(error)})
        else:
            template.asked[request["spawn"]] = _mark(request["env"])

    def _hear_templates(self) -> None:
        for template in self._templates.values():
            with contextlib.suppress(BlockingIOError, ConnectionResetError):
                while data := template.control.recv(MAX_MESSAGE, socket.MSG_DONTWAIT):
                    self._hear(template, json.loads(data))

    def _hear(self, template: Template, message: dict[str, Any]) -> None:
        if "forked" in message:
            self._marks[message["pid"]] = template.asked.pop(message["forked"])
            self._send({"spawned": message["forked"], "pid": message["pid"]})
        elif "refused" in message:
            del template.asked[message["refused"]]
            self._send(message)
        elif "failed" in message:
            self._send({"lost": template.number, "reason": message["failed"]})
        else:
            self._send({"ready": template.number})

    def _reap(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not pid:
                return
            # Whatever a template forked has said so before it could end.
            self._hear_templates()
            code = os.waitstatus_to_exitcode(status)
            if pid in self._marks:
                self._end_leftovers(pid, self._marks.pop(pid))
                self._send({"exited": pid, "code": code})
            elif lost := next((template for template in self._templates.values() if template.pid == pid), None):
                self._lose(lost, code)

    def _lose(self, template: Template, code: int) -> None:
        del self._templates[template.number]
        self._selector.unregister(template.control)
        template.control.close()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(template.pid, signal.SIGKILL)
        reason = f"the template process ended with code {code}"
        self._send({"lost": template.number, "reason": reason})
        for request in template.asked:
            self._send({"refused": request, "reason": reason})

    def _end_leftovers(self, pid: int, mark: bytes) -> None:
        """Kill what a process left behind: its group, and the daemons that are our children now."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)
        known = self._marks.keys() | {template.pid for template in self._templates.values()}
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


def start_child(argv: list[str], env: dict[str, str], cwd: str, output: int, source: int | None = None) -> int:
    """Fork a process that leads a session of its own and dies with its launcher, and execute ``argv`` in it.

    Its standard input is the descriptor ``source``, or nothing.
    """
    launcher = os.getpid()
    pid = os.fork()
    if pid:
        return pid
    try:
        _prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() == launcher:
            _become(argv, env, cwd, (os.open(os.devnull, os.O_RDONLY) if source is None else source, output))
    except OSError as error:
        os.write(output, f"Cannot start {argv[0]}: {error}\n".encode())
    finally:
        os._exit(CANNOT_EXECUTE)


def _become(argv: list[str], env: dict[str, str], cwd: str, streams: tuple[int, int]) -> None:
    os.setsid()
    for number in (signal.SIGPIPE, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    source, output = streams
    for descriptor, target in ((source, 0), (output, 1), (output, 2)):
        os.dup2(descriptor, target)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.chdir(cwd)
    os.execve(argv[0], argv, env)  # noqa: S606 - a shell is what we do not want


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
