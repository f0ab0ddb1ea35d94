"""A host of a training job that is not the first: it trains what the first asks for, until that one ends."""

import time
from concurrent.futures import ThreadPoolExecutor

from functions.collective.host_files import HostFiles, Outcome, told
from functions.collective.job_hosts import HOSTS_SECONDS
from functions.collective.lease import Lease, renewed
from functions.collective.meeting import SmallFiles
from functions.collective.training_together import Member
from functions.collective.watched_child import Share, train_share
from functions.core.errors import FraudflowError, WorkerLostError

POLL_SECONDS = 1.0


def follow(store: SmallFiles, folder: str, own: Member, rank: int, *, hosts_seconds: float = HOSTS_SECONDS) -> None:
    """Train one share after the other.

    Args:
        store: where all hosts read and write.
        folder: URI of a folder of this job's own.
        own: this host.
        rank: its number, from 1.
        hosts_seconds: to wait for the first host.

    Raises:
        WorkerLostError: when the first host does not come, or dies.
    """
    files, lease, number = HostFiles(store, folder), Lease(store, folder, first_seconds=hosts_seconds), 1
    with renewed(store, files.host(rank)):
        files.come(rank, own)
        while not lease.is_over():
            shares = files.asked(number)
            if shares is None:
                time.sleep(POLL_SECONDS)
                continue
            if rank < len(shares):
                files.answer(number, rank, _outcome(shares[rank], lease))
            number += 1
    if not lease.was_ended:
        raise WorkerLostError("The first host of the training job has died, or has not been heard of.")


def _outcome(share: Share, lease: Lease) -> Outcome:
    with ThreadPoolExecutor(1, thread_name_prefix="own-share") as training:
        under_way = training.submit(train_share, share)
        # Looked at all the time: whether the first host lives is known by when its lease has last changed.
        while not under_way.done() and not lease.is_over():
            time.sleep(POLL_SECONDS)
    try:
        return under_way.result()
    except FraudflowError as error:
        return told(error)
