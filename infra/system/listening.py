"""Ports of this machine, and the programs that listen on them."""

import socket
from pathlib import Path

from infra.system.processes import PROC

LOOPBACK = "127.0.0.1"
_LISTENING = "0A"
_SECONDS = 2.0


def is_free(port: int, host: str = LOOPBACK) -> bool:
    """Return whether a server of ours could listen there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def is_reached(host: str, port: int) -> bool:
    """Return whether something accepts connections there."""
    try:
        with socket.create_connection((host, port), timeout=_SECONDS):
            return True
    except OSError:
        return False


def holder(port: int, proc: Path = PROC) -> str:
    """Return the program that listens on a port: ``nginx (pid 12)``, or ``another program``."""
    inodes = _listening_inodes(port, proc)
    for entry in proc.iterdir():
        if entry.name.isdigit() and _open_sockets(entry) & inodes:
            return f"{_command(entry)} (pid {entry.name})"
    return "another program"


def _listening_inodes(port: int, proc: Path) -> set[str]:
    inodes = set()
    for table in (proc / "net/tcp", proc / "net/tcp6"):
        if not table.exists():
            continue
        for line in table.read_text("ascii").splitlines()[1:]:
            fields = line.split()
            if fields[3] == _LISTENING and int(fields[1].rsplit(":", 1)[1], 16) == port:
                inodes.add(f"socket:[{fields[9]}]")
    return inodes


def _open_sockets(entry: Path) -> set[str]:
    """List the sockets of a process; none when it is gone or belongs to another user."""
    try:
        return {str(link.readlink()) for link in (entry / "fd").iterdir()}
    except OSError:
        return set()


def _command(entry: Path) -> str:
    try:
        return (entry / "comm").read_text("utf-8", errors="replace").strip()
    except OSError:
        return "another program"
