"""A training by the workers of a pool, as the one who asks for it sees it: it ends, with a model or a typed error."""

import time
import uuid
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from functions.collective.lease import renewed
from functions.collective.meeting import SmallFiles, started_uri
from functions.collective.watched_child import Share
from functions.contracts.collective_job import CollectiveJob, WorkerResult, together
from functions.core.errors import UploadNotFoundError, WorkerLostError, WorkersTooSlowError

# A worker that has not begun by then is busy with something else, or can't.
START_SECONDS = 100.0
# Workers end within seconds when the lease does: for them, the next try would find their ports and memory taken.
SETTLE_SECONDS = 20.0
POLL_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Member:
    """A worker of a pool: how the pool and its peers call it, and the threads that it may use."""

    name: str
    host: str
    threads: int


class TrainingsUnderWay(Protocol):
    """Trainings that were started on workers."""

    def ended(self) -> list[WorkerResult] | None:
        """Return what they trained on, by rank, when all have ended; raise ``WorkerLostError`` when one is lost."""

    def settle(self, seconds: float) -> None:
        """Wait so long until none runs any more, and forget them; never raises."""


class Gathered(Protocol):
    """Workers of a pool that train nothing else for us meanwhile."""

    @property
    def members(self) -> Sequence[Member]:
        """Return them, always in the same order."""

    def start(self, shares: Sequence[tuple[Member, Share]]) -> TrainingsUnderWay:
        """Start the worker program on each of these members."""


class WorkerPool(Protocol):
    """Workers somewhere."""

    def gathered(self, seconds: float) -> AbstractContextManager[Gathered]:
        """Wait so long for one's turn, and have the workers until the end; raise ``WorkerLostError`` without any."""


def train_together(
    gathered: Gathered, store: SmallFiles, job: CollectiveJob, folder: str, *, seconds_left: Callable[[], float]
) -> tuple[str, WorkerResult]:
    """Train a job and return the booster's text, and what it was trained on.

    Args:
        gathered: the workers, at least as many as the job has shares.
        store: where they read and write.
        job: its document.
        folder: URI of a folder of this job.
        seconds_left: until the model is of no use.

    Raises:
        WorkerLostError: when a worker does not start, dies or hangs.
        WorkersTooSlowError: when they take too long.
    """
    job_uri, meeting = f"{folder}/job.json", f"{folder}/{uuid.uuid4().hex}"
    store.write(job_uri, job.model_dump_json().encode(), "application/json")
    members = gathered.members[: job.workers]
    shares = [
        (member, Share(job_uri, meeting, rank, member.host, member.threads)) for rank, member in enumerate(members)
    ]
    started: TrainingsUnderWay | None = None
    try:
        with renewed(store, meeting):
            started = gathered.start(shares)
            results = _wait(started, store, shares, seconds_left)
    finally:
        if started is not None:
            started.settle(SETTLE_SECONDS)
    return store.read(job.model_uri).decode(), together(results)


def _wait(
    started: TrainingsUnderWay,
    store: SmallFiles,
    shares: Sequence[tuple[Member, Share]],
    seconds_left: Callable[[], float],
) -> list[WorkerResult]:
    latest, absent = time.monotonic() + START_SECONDS, list(shares)
    while (results := started.ended()) is None:
        absent = [each for each in absent if not _has_started(store, each[1])]
        if absent and time.monotonic() > latest:
            names = ", ".join(member.name for member, _ in absent)
            raise WorkerLostError(f"Workers have not begun to train within {START_SECONDS:g} s: {names}.")
        if seconds_left() <= 0:
            raise WorkersTooSlowError(
                "The workers have not trained the model in the time that the function has: give more workers, or "
                "lower legitimate_share."
            )
        time.sleep(POLL_SECONDS)
    return results


def _has_started(store: SmallFiles, share: Share) -> bool:
    try:
        store.read(started_uri(share.folder, share.rank))
    except UploadNotFoundError:
        return False
    return True
