"""Checks of this machine: ports, Python, memory, disk and programs, each with what to do."""

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from pydantic import BaseModel

from infra.home.layout import Home
from infra.home.locks import is_locked
from infra.home.state import read_state
from infra.servers import feast_server
from infra.servers.monitoring import PROGRAMS, found
from infra.servers.receivers import receivers
from infra.servers.server_specs import declare
from infra.settings import StackSettings
from infra.system import listening
from infra.system.processes import PROC

Verdict = Literal["ok", "warning", "failed"]
PYTHON = (3, 13)
_MEMORY_NEEDED = 2.0
_DISK_NEEDED = 2.0
_OPTIONAL = {program.names: program.purpose for program in PROGRAMS.values()} | {
    ("awslocal",): "speaks to LocalStack from the shell"
}


class Finding(BaseModel):
    """One thing that was looked at."""

    name: str
    verdict: Verdict
    detail: str
    action: str = ""


def examine(settings: StackSettings, proc: Path = PROC) -> list[Finding]:
    """Check everything that the stack depends on."""
    return [
        _python(),
        _localstack(settings),
        *_feast(settings),
        _home(settings),
        *_ports(settings),
        _memory(proc),
        _disk(settings),
        *_binaries(),
        *_receivers(settings),
    ]


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info[:2] == PYTHON:
        return Finding(name="Python", verdict="ok", detail=version)
    return Finding(name="Python", verdict="failed", detail=version, action="run `make install`: it brings Python 3.13")


def _localstack(settings: StackSettings) -> Finding:
    if settings.localstack_python.exists():
        return Finding(name="LocalStack", verdict="ok", detail=str(settings.localstack_python))
    return Finding(
        name="LocalStack",
        verdict="failed",
        detail=f"{settings.localstack_python} is missing",
        action="run `make install`",
    )


def _feast(settings: StackSettings) -> Iterator[Finding]:
    """Check what Feast needs, where the stack starts it."""
    if not feast_server.is_started(settings):
        return
    if settings.feast_python.exists():
        yield Finding(name="Feast", verdict="ok", detail=str(settings.feast_python))
    else:
        missing = f"{settings.feast_python} is missing"
        yield Finding(name="Feast", verdict="failed", detail=missing, action="run `make feature-store`")
    if settings.feast_online == "redis":
        host, _, port = settings.feast_redis.partition(",")[0].partition(":")
        if listening.is_reached(host, int(port)):
            yield Finding(name="Redis", verdict="ok", detail=settings.feast_redis)
        else:
            yield Finding(
                name="Redis",
                verdict="failed",
                detail=f"nothing answers at {settings.feast_redis}",
                action="start it (Debian's redis-server), or set FRAUDFLOW_FEAST_REDIS to another",
            )


def _home(settings: StackSettings) -> Finding:
    existing = _existing(settings.home)
    if existing.is_dir() and os.access(existing, os.W_OK | os.X_OK):
        return Finding(name="Home", verdict="ok", detail=str(settings.home))
    return Finding(
        name="Home",
        verdict="failed",
        detail=f"{settings.home} can't be written to",
        action="set FRAUDFLOW_HOME to a directory of yours",
    )


def _ports(settings: StackSettings) -> Iterator[Finding]:
    home = Home(settings.home)
    servers = declare(settings, home)
    state = read_state(home)
    # The stack does without an optional server whose port another program holds.
    started = {each.name for each in (state.servers if state else servers)} if is_locked(home.supervisor_lock) else {}
    for server in servers:
        if not server.port:
            continue  # the guard's are those of the servers that it guards
        name = f"Port {server.port} ({server.title})"
        if listening.is_free(server.port):
            yield Finding(name=name, verdict="ok", detail="free")
        elif server.name in started:
            yield Finding(name=name, verdict="ok", detail="in use by this stack")
        else:
            yield Finding(
                name=name,
                verdict="warning" if server.optional else "failed",
                detail=f"held by {listening.holder(server.port)}",
                action=f"stop it or set {server.port_setting} to another port",
            )


def _memory(proc: Path) -> Finding:
    lines = (proc / "meminfo").read_text("ascii").splitlines() if (proc / "meminfo").exists() else []
    available = next((int(line.split()[1]) / 1024**2 for line in lines if line.startswith("MemAvailable:")), None)
    if available is None:
        return Finding(
            name="Memory", verdict="warning", detail="unknown", action=f"{_MEMORY_NEEDED:.0f} GiB are enough"
        )
    detail = f"{available:.1f} GiB available"
    if available >= _MEMORY_NEEDED:
        return Finding(name="Memory", verdict="ok", detail=detail)
    return Finding(
        name="Memory", verdict="warning", detail=detail, action=f"close programs: {_MEMORY_NEEDED:.0f} GiB are needed"
    )


def _disk(settings: StackSettings) -> Finding:
    free = shutil.disk_usage(_existing(settings.home)).free / 1024**3
    if free >= _DISK_NEEDED:
        return Finding(name="Disk", verdict="ok", detail=f"{free:.0f} GiB free")
    return Finding(
        name="Disk",
        verdict="warning",
        detail=f"{free:.1f} GiB free",
        action=f"make room or move FRAUDFLOW_HOME: {_DISK_NEEDED:.0f} GiB are needed",
    )


def _binaries() -> Iterator[Finding]:
    search = os.pathsep.join([str(Path(sys.executable).parent), *os.get_exec_path()])
    for names, purpose in _OPTIONAL.items():
        place = found(names, path=search)
        if place:
            yield Finding(name=names[0], verdict="ok", detail=place)
        else:
            yield Finding(
                name=names[0],
                verdict="warning",
                detail=f"not on PATH; it {purpose}",
                action="install it if you want that",
            )


def _receivers(settings: StackSettings) -> Iterator[Finding]:
    """Check the receivers of alerts: none at all may be intended, one that is named and incomplete is a mistake."""
    for each in receivers(settings, Home(settings.home)):
        name = f"Alerts ({each.name})"
        if each.options is not None:
            yield Finding(name=name, verdict="ok", detail=each.detail)
        else:
            yield Finding(name=name, verdict="warning", detail=each.detail, action="set it if you want to be told so")


def _existing(path: Path) -> Path:
    """Return the nearest parent directory that exists."""
    return next(parent for parent in (path, *path.parents) if parent.exists())
