"""The meeting of workers: each writes its address into the job's folder, and waits for those of the others."""

import json
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from functions.core.errors import UploadNotFoundError, WorkerLostError
from functions.core.training.collective_boosting import Collective

POLL_SECONDS = 0.5


class SmallFiles(Protocol):
    """A store of small files by URI; see ``ports.ObjectStore``."""

    def read(self, uri: str) -> bytes:
        """Read a whole file; raise ``UploadNotFoundError`` when there is none."""

    def write(self, uri: str, body: bytes, content_type: str) -> None:
        """Write a whole file."""


def started_uri(folder: str, rank: int) -> str:
    """Return which file tells that a worker's program runs."""
    return f"{folder}/started-{rank}"


@dataclass(frozen=True, slots=True)
class Meeting:
    """Where the workers of one try of a job meet: a folder of its own, which no other try ever used."""

    store: SmallFiles
    folder: str
    workers: int

    def join(self, rank: int, host: str, *, seconds: float, tick: Callable[[str], None]) -> Collective:
        """Choose a free port of this host, tell the others, and return all addresses when they are there.

        The port is chosen as late as can be: it is free until LightGBM listens there. Should another program be
        quicker, LightGBM fails, and the try with it.

        Raises:
            WorkerLostError: when some are not there in so many seconds.
        """
        if self.workers == 1:
            return Collective((f"{host}:0",), rank)
        self.store.write(self._uri(rank), json.dumps(f"{host}:{_free_port(host)}").encode(), "application/json")
        found: dict[int, str] = {}
        end = time.monotonic() + seconds
        while True:
            for other in range(self.workers):
                if other not in found and (address := self._address(other)) is not None:
                    found[other] = address
            if len(found) == self.workers:
                return Collective(tuple(found[each] for each in range(self.workers)), rank)
            if time.monotonic() > end:
                absent = ", ".join(str(each) for each in range(self.workers) if each not in found)
                raise WorkerLostError(f"Of {self.workers} workers, these did not come to train: {absent}.")
            tick("wait")
            time.sleep(POLL_SECONDS)

    def _uri(self, rank: int) -> str:
        return f"{self.folder}/address-{rank}.json"

    def _address(self, rank: int) -> str | None:
        try:
            return str(json.loads(self.store.read(self._uri(rank))))
        except UploadNotFoundError:
            return None


def _free_port(host: str) -> int:
    with socket.socket() as tried:
        tried.bind((host, 0))
        return int(tried.getsockname()[1])
