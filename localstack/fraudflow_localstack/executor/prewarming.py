"""Pre-warmed functions: their code, and the lifetime of their fork servers.

A function names modules in its variable ``FRAUDFLOW_PREIMPORT``. Functions of the same code share one copy of it, as
all of them see ``/var/task`` on AWS: what one imports, from there too, another has imported as well.
"""

import re
import shutil
import tempfile
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from fraudflow_localstack.executor.fork_server_pool import ForkServerSpec

VARIABLE = "FRAUDFLOW_PREIMPORT"
_SEPARATOR = re.compile(r"[\s,]+")


def modules_of(variables: Mapping[str, str]) -> tuple[str, ...]:
    """Return the modules that a function wants imported before it starts, none for most."""
    return tuple(filter(None, _SEPARATOR.split(variables.get(VARIABLE, ""))))


class ForkServerStarter(Protocol):
    """The part of the pool that starts and stops fork servers."""

    def start(self, spec: ForkServerSpec) -> object:
        """Start one, without waiting for it."""

    def end(self, spec: ForkServerSpec) -> None:
        """End one."""


class Shelf:
    """Copies of functions' code under ``base``, a directory each, and the users of each copy and fork server."""

    def __init__(self, base: Path, fork_servers: Callable[[], ForkServerStarter]) -> None:
        self._base = base
        self._fork_servers = fork_servers
        self._lock = threading.Lock()
        self._users: dict[ForkServerSpec, set[str]] = {}

    def path_of(self, digest: str) -> Path:
        """Return where the code with this digest is, or would be."""
        return self._base / digest

    def take(self, spec: ForkServerSpec, user: str, unpack: Callable[[], Path]) -> None:
        """Keep a fork server and its code for a user; ``unpack`` returns a directory to copy the code from."""
        with self._lock:
            if not spec.code.exists():
                self._copy(unpack(), spec.code)
            users = self._users.setdefault(spec, set())
            users.add(user)
            if len(users) == 1:
                self._fork_servers().start(spec)

    def leave(self, user: str) -> None:
        """Release what a user needed; a fork server and a copy without users are removed."""
        with self._lock:
            for spec, users in list(self._users.items()):
                users.discard(user)
                if not users:
                    del self._users[spec]
                    self._fork_servers().end(spec)
                    if all(spec.code != other.code for other in self._users):
                        _remove(spec.code)

    def _copy(self, source: Path, target: Path) -> None:
        """Copy in one step, as far as others can see."""
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent) as unfinished:
            copied = shutil.copytree(source, Path(unfinished, "code"))
            # Nobody can change another's code by accident, and nobody's on AWS.
            for path in copied.rglob("*"):
                if path.is_file():
                    path.chmod(0o555)
            copied.rename(target)


def _remove(path: Path) -> None:
    """Remove a directory; one that is interrupted leaves nothing under its name that looks whole."""
    doomed = path.with_suffix(".doomed")
    shutil.rmtree(doomed, ignore_errors=True)
    path.rename(doomed)
    shutil.rmtree(doomed, ignore_errors=True)
