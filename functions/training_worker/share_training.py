"""One worker's training: read its own rows, meet the others, train, write the model."""

import io
import itertools
from collections.abc import Callable

import numpy as np

from functions.collective.meeting import Meeting
from functions.collective.watched_child import Share
from functions.contracts.collective_job import CollectiveJob, WorkerResult
from functions.core.data.row_ranges import RowRange
from functions.core.training.collective_boosting import binned, boost
from functions.core.training.own_rows import OwnTable
from functions.core.training.persistence import load_model
from functions.ports import ObjectStore

# For the slowest of the others to have read its rows. Who started them looks whether they are alive.
MEETING_SECONDS = 3600.0


def train(share: Share, store: ObjectStore, tick: Callable[[str], None]) -> WorkerResult:
    """Train a share of a job; the first worker writes the booster's text."""
    job = CollectiveJob.model_validate_json(store.read(share.job_uri))
    parameters = job.parameters | {"num_threads": share.threads}
    own = [RowRange(each.uri, each.start, each.rows, each.place) for each in job.shares[share.rank]]
    table = OwnTable(
        own, job.rows_uri, load_model(store.read(job.preprocessing_uri)), slice(*job.shared), store.opening
    )
    data = binned(
        table, np.load(io.BytesIO(store.read(job.bins_uri)), allow_pickle=False), parameters, _numbered("read", tick)
    )
    meeting = Meeting(store, share.folder, job.workers)
    collective = meeting.join(share.rank, share.host, seconds=MEETING_SECONDS, tick=tick)
    text = boost(data, parameters, job.trees, collective=collective, tick=_numbered("tree", tick))
    if share.rank == 0:
        store.write(job.model_uri, text.encode(), "text/plain")
    labels = table.labels
    return WorkerResult(rows=len(labels), frauds=int((labels == 1).sum()), digest=f"{table.digest:016x}")


def _numbered(name: str, tick: Callable[[str], None]) -> Callable[[str], None]:
    numbers = itertools.count(1)
    return lambda _: tick(f"{name} {next(numbers)}")
