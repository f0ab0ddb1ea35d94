"""A stack whose scoring service has a champion, and callers that keep asking it."""

import http.client
import itertools
import json
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import mlflow

from infra.home.layout import Home
from infra.home.state import read_state
from tests.e2e.conftest import EmbeddedStack, poll

NAME = "fraud-detector"
_number = itertools.count()


@dataclass
class ScoringService:
    """The service of a stack, and a row of its users' files."""

    stack: EmbeddedStack
    port: int
    row: dict[str, Any]
    before: tuple[int, str] = (0, "")
    """What ``/readyz`` said when there was no champion."""

    @property
    def registry(self) -> mlflow.MlflowClient:
        return mlflow.MlflowClient(f"http://127.0.0.1:{self.stack.mlflow_port}")

    @property
    def pid(self) -> int | None:
        state = read_state(Home(self.stack.home))
        process = state.server("scoring").process if state else None
        return process.pid if process else None

    def connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)

    def get(self, path: str) -> tuple[int, str]:
        """Ask for a path; a service that does not listen answers 0."""
        connection = self.connect()
        try:
            connection.request("GET", path)
            answered = connection.getresponse()
            return answered.status, answered.read().decode()
        except ConnectionError:
            return 0, ""
        finally:
            connection.close()

    def score(self, number: str | None = None) -> tuple[int, dict[str, Any]]:
        connection = self.connect()
        try:
            return ask(connection, self.body(number))
        finally:
            connection.close()

    def body(self, number: str | None = None) -> bytes:
        return json.dumps({"transaction_id": number or f"t-{next(_number)}", "features": self.row}).encode()

    def point(self, alias: str, version: str) -> None:
        self.registry.set_registered_model_alias(NAME, alias, version)

    def wait_for(self, version: str) -> None:
        """Wait until the service serves a version, when it may have to start again first."""
        said = f"Version {version} of "
        poll(lambda: self.get("/readyz")[1].startswith(said) or None, seconds=60, what=f"version {version}")

    def metric(self, series: str) -> float:
        """Return a metric's value, 0 where it is absent."""
        lines = self.get("/metrics")[1].splitlines()
        return next((float(line.rpartition(" ")[2]) for line in lines if line.startswith(f"{series} ")), 0.0)


def ask(connection: http.client.HTTPConnection, body: bytes) -> tuple[int, dict[str, Any]]:
    connection.request("POST", "/v1/score", body)
    answered = connection.getresponse()
    return answered.status, json.loads(answered.read())


@dataclass
class Load:
    """What callers were answered: status codes, versions, and requests that were sent and never answered."""

    statuses: Counter[int] = field(default_factory=Counter)
    versions: Counter[str] = field(default_factory=Counter)
    lost: list[str] = field(default_factory=list)
    refused: int = 0
    stopped: threading.Event = field(default_factory=threading.Event)

    def call(self, service: ScoringService) -> None:
        """Ask again and again on a connection that is kept, and on a new one where the service has ended it."""
        connection = service.connect()
        while not self.stopped.is_set():
            if connection.sock is None:
                try:
                    connection.connect()
                except ConnectionRefusedError:
                    self.refused += 1
                    self.stopped.wait(0.1)
                    continue
            try:
                status, answer = ask(connection, service.body())
            except (OSError, http.client.HTTPException) as error:
                self.lost.append(repr(error))
                connection.close()
                continue
            self.statuses[status] += 1
            self.versions[answer.get("model", {}).get("version", "none")] += 1
        connection.close()


@contextmanager
def loaded(service: ScoringService, callers: int = 4) -> Iterator[Load]:
    """Keep asking while the block runs."""
    load = Load()
    threads = [threading.Thread(target=load.call, args=(service,)) for _ in range(callers)]
    for thread in threads:
        thread.start()
    try:
        yield load
    finally:
        load.stopped.set()
        for thread in threads:
            thread.join()
