"""The first host of a training job: it trains the candidate as TrainModel does, LightGBM by all hosts together."""

import time
from urllib.parse import urlsplit

from functions.collective.host_files import told
from functions.collective.job_hosts import JobHosts
from functions.collective.lease import renewed
from functions.collective.training_together import Member
from functions.contracts import Candidate
from functions.contracts.job_contracts import TrainingJobDocument
from functions.ports import ObjectStore
from functions.run.dependencies import RunFiles, TrainModelDependencies
from functions.train_model import step


def lead(store: ObjectStore, document: TrainingJobDocument, own: Member, hosts: int, *, hosts_seconds: float) -> None:
    """Train the candidate and write it, or why there is none.

    Args:
        store: where all hosts read and write.
        document: what is to be trained.
        own: this host.
        hosts: how many there are.
        hosts_seconds: to wait for the others.

    Raises:
        Exception: the one that is written, too.
    """
    with renewed(store, document.folder):
        try:
            pool = JobHosts(store, document.folder, own, hosts, hosts_seconds=hosts_seconds) if hosts > 1 else None
            candidate = _train(store, document, own, pool)
            store.write(document.result_uri, candidate.model_dump_json().encode(), "application/json")
        except Exception as error:
            store.write(document.error_uri, told(error).model_dump_json().encode(), "application/json")
            raise


def _train(store: ObjectStore, document: TrainingJobDocument, own: Member, pool: JobHosts | None) -> Candidate:
    end = time.monotonic() + document.seconds
    files = RunFiles(store, urlsplit(document.result_uri).netloc)
    dependencies = TrainModelDependencies(
        files=files,
        cores=own.threads,
        clock=time.time,
        pool=pool,
        # Whoever gives a job several hosts wants them to train, however many rows there are.
        distributed_rows=0,
        seconds_left=lambda: end - time.monotonic(),
    )
    # The other candidates are trained elsewhere: this one has all cores.
    settings = document.asked.settings.model_copy(update={"candidates_at_once": 1})
    candidate = step.run(document.asked.model_copy(update={"settings": settings}), dependencies)
    files.flush()
    return candidate
