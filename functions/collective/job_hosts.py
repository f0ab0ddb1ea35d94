"""The hosts of one training job as a pool of workers: the first leads, and asks the others by files to train."""

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

from functions.collective.host_files import HostFiles
from functions.collective.lease import Lease
from functions.collective.meeting import SmallFiles
from functions.collective.training_together import Member
from functions.collective.watched_child import Share, train_share
from functions.contracts.collective_job import WorkerResult
from functions.core.errors import FraudflowError, WorkerLostError

# Hosts are told to start together, and pull the image each for itself.
HOSTS_SECONDS = 300.0
LOOK_SECONDS = 5.0
POLL_SECONDS = 0.5


class JobHosts:
    """The hosts of a training job, as the first of them sees them.

    Args:
        store: where all read and write.
        folder: URI of a folder of this job's own.
        own: the first host.
        hosts: how many there are.
        hosts_seconds: to wait for the others.
    """

    def __init__(
        self, store: SmallFiles, folder: str, own: Member, hosts: int, *, hosts_seconds: float = HOSTS_SECONDS
    ) -> None:
        self._files, self._own, self._hosts, self._hosts_seconds = HostFiles(store, folder), own, hosts, hosts_seconds
        self._leases = {rank: Lease(store, self._files.host(rank)) for rank in range(1, hosts)}
        self._trainings = 0
        self.members: list[Member] = []

    @contextmanager
    def gathered(self, seconds: float) -> Iterator["JobHosts"]:
        """Wait until all hosts are there; they train for nobody else.

        Raises:
            WorkerLostError: when some do not come.
        """
        end = time.monotonic() + min(seconds, self._hosts_seconds)
        while not self.members:
            found = [self._own, *(self._files.member(rank) for rank in self._leases)]
            there = [each for each in found if each is not None]
            if len(there) == self._hosts:
                self.members = there
            elif time.monotonic() > end:
                absent = ", ".join(str(rank) for rank, each in enumerate(found) if each is None)
                raise WorkerLostError(f"Of the training job's {self._hosts} hosts, these have not come: {absent}.")
            else:
                time.sleep(POLL_SECONDS)
        yield self

    def start(self, shares: Sequence[tuple[Member, Share]]) -> "HostTrainings":
        """Train one share here, and have the other hosts train one each."""
        self._trainings += 1
        self._files.ask(self._trainings, [share for _, share in shares])
        return HostTrainings(self._files, self._trainings, [share for _, share in shares], self._leases)


class HostTrainings:
    """Shares under way on the hosts, by rank."""

    def __init__(self, files: HostFiles, number: int, shares: Sequence[Share], leases: dict[int, Lease]) -> None:
        self._files, self._number, self._leases = files, number, leases
        self._results: dict[int, WorkerResult] = {}
        self._ranks = [share.rank for share in shares]
        self._looked = time.monotonic()
        training = ThreadPoolExecutor(1, thread_name_prefix="own-share")
        self._own: Future[WorkerResult] = training.submit(train_share, shares[0])
        training.shutdown(wait=False)

    def ended(self) -> list[WorkerResult] | None:
        """Return the results when all have ended.

        Raises:
            WorkerLostError: when a host has failed, or has not been heard of.
        """
        for rank in self._ranks:
            if rank not in self._results and (result := self._result(rank)) is not None:
                self._results[rank] = result
        if len(self._results) == len(self._ranks):
            return [self._results[rank] for rank in self._ranks]
        if time.monotonic() - self._looked > LOOK_SECONDS:
            self._looked = time.monotonic()
            if lost := [rank for rank, lease in self._leases.items() if lease.is_over()]:
                raise WorkerLostError(
                    f"Host {', '.join(map(str, lost))} of the training job has died, or has not been heard of."
                )
        return None

    def settle(self, seconds: float) -> None:
        """Wait until no host trains any more; they end by themselves, as the lease of this training has ended."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and not all(map(self._is_over, self._ranks)):
            time.sleep(POLL_SECONDS)

    def _result(self, rank: int) -> WorkerResult | None:
        if rank == self._ranks[0]:
            return self._own.result() if self._own.done() else None
        return self._files.result(self._number, rank)

    def _is_over(self, rank: int) -> bool:
        try:
            return self._result(rank) is not None or (rank in self._leases and self._leases[rank].is_over())
        except FraudflowError:
            return True
