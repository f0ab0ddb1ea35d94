"""Limits of requests: so many are answered at once, and a flood is told to come again."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from serving.errors import BusyServiceError

# Each may hold tens of megabytes.
_BATCHES_AT_ONCE = 4

type Route = Literal["single", "batch"]


class RequestLimits:
    """How many requests are being answered.

    Args:
        requests_at_once: how many single ones may be.
    """

    def __init__(self, requests_at_once: int) -> None:
        self._limits: dict[Route, int] = {"single": requests_at_once, "batch": _BATCHES_AT_ONCE}
        self._inside: dict[Route, int] = {"single": 0, "batch": 0}

    @contextmanager
    def admitted(self, route: Route) -> Iterator[None]:
        """Admit a request while the block runs.

        Raises:
            BusyServiceError: when too many are inside.
        """
        if self._inside[route] >= self._limits[route]:
            kind = "requests" if route == "single" else "batches"
            raise BusyServiceError(
                f"{self._limits[route]:,} {kind} are being answered, and no more are taken at once: send this one "
                "again in a second."
            )
        self._inside[route] += 1
        try:
            yield
        finally:
            self._inside[route] -= 1
