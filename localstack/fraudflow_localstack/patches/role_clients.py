"""Clients with an assumed role's credentials, made once.

LocalStack assumes the execution's role and makes a client of Lambda for every state.
"""

import threading
import time
from collections.abc import Callable
from typing import Any, Protocol

# STS gives an assumed role's credentials an hour; a role that is gone is noticed after this.
CLIENT_SECONDS = 300.0


class Credentials(Protocol):
    """The role of an execution, as Step Functions holds it."""

    role_arn: str


type ClientFactory = Callable[[str, str, Any], Any]


class RoleClients:
    """A cache of clients by service, region and role."""

    def __init__(self, make: ClientFactory, clock: Callable[[], float] = time.monotonic) -> None:
        self._make = make
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: dict[tuple[str, str, str], tuple[float, Any]] = {}

    def get(self, service: str, region: str, state_credentials: Credentials) -> Any:  # noqa: ANN401 - boto3 makes clients up
        """Return the client of a service in a region for a role; made anew once it is ``CLIENT_SECONDS`` old."""
        key = (service, region, state_credentials.role_arn)
        with self._lock:
            made, client = self._kept.get(key, (0.0, None))
            if client is None or self._clock() - made > CLIENT_SECONDS:
                client = self._make(service, region, state_credentials)
                self._kept[key] = (self._clock(), client)
        return client
