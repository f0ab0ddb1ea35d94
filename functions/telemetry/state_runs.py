"""A task of an execution: how long it took, and how it ended."""

import datetime as dt
from typing import Literal

from pydantic import BaseModel, ConfigDict

StateStatus = Literal["running", "succeeded", "failed", "left_out", "stopped"]


class StateRun(BaseModel):
    """One task of an execution; ``candidate`` is what it was about where there is one task for each candidate."""

    model_config = ConfigDict(frozen=True)

    name: str
    candidate: str | None = None
    status: StateStatus
    entered: dt.datetime
    left: dt.datetime | None = None
    attempts: int | None = None
    """How often its function ran, refusals for want of room left out; None where an earlier release did not count."""

    def seconds(self, now: dt.datetime) -> float:
        """Return its duration, up to ``now`` while it is running."""
        return max(0.0, ((self.left or now) - self.entered).total_seconds())

    @property
    def label(self) -> str:
        """Return its name for people."""
        return f"{self.name} ({self.candidate})" if self.candidate else self.name

    @property
    def retries(self) -> int:
        """Return how often it was tried again, as far as is known."""
        return max(0, (self.attempts or 0) - 1)

    @property
    def waits(self) -> bool:
        """Return whether it has been refused so far, as all functions are busy."""
        return self.status == "running" and self.attempts == 0
