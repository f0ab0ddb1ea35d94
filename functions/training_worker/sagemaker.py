"""A host of a SageMaker training job: ``python -m functions.training_worker.sagemaker``, the command of its container.

The first host trains a candidate, and the others grow LightGBM's trees with it. The hyperparameter ``job`` is the URI
of the job's document.
"""

import argparse
import os
import signal
import sys
import threading
from contextlib import suppress
from pathlib import Path

from functions import connections
from functions.collective.following import follow
from functions.collective.job_hosts import HOSTS_SECONDS
from functions.collective.training_together import Member
from functions.contracts.job_contracts import TrainingJobDocument
from functions.core.errors import FraudflowError, UnreadableRecordError
from functions.ports import ObjectStore
from functions.training_worker.own_host import JobHost, own_host

ROOT = Path("/opt/ml")
# As a shell says that a program was ended by a signal.
STOPPED = 128 + signal.SIGTERM


def main() -> int:
    """Train as this host of the job; write why that failed to where SageMaker reads it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", type=Path, default=ROOT, help="SageMaker's folder")
    parser.add_argument("--hosts-seconds", type=float, default=HOSTS_SECONDS, help="to wait for the other hosts")
    asked = parser.parse_args()
    _end_when_stopped()
    try:
        _take_part(own_host(asked.root), asked.hosts_seconds)
    except FraudflowError as error:
        sys.stderr.write(f"{error}\n")
        _tell_sagemaker(asked.root, error)
        return 1
    except Exception as error:
        _tell_sagemaker(asked.root, error)
        raise
    return 0


def _take_part(host: JobHost, hosts_seconds: float) -> None:
    store = connections.store_of(host.job)
    document = _document(store, host.job)
    own = Member(host.current_host, host.address(seconds=hosts_seconds), connections.cores())
    if host.rank == 0:
        # Imported here: the other hosts have no use for it.
        from functions.training_worker.leading import lead  # noqa: PLC0415

        lead(store, document, own, len(host.hosts), hosts_seconds=hosts_seconds)
    else:
        follow(store, document.folder, own, host.rank, hosts_seconds=hosts_seconds)


def _document(store: ObjectStore, uri: str) -> TrainingJobDocument:
    try:
        return TrainingJobDocument.model_validate_json(store.read(uri))
    except ValueError as error:
        raise UnreadableRecordError(f"{uri} is no document of a training job of this release: {error}") from error


def _tell_sagemaker(root: Path, error: Exception) -> None:
    # Whoever started the job reads it from its folder, too: this is for SageMaker's own pages.
    with suppress(OSError):
        (root / "output").mkdir(parents=True, exist_ok=True)
        (root / "output" / "failure").write_text(f"{type(error).__name__}: {error}\n", "utf-8")


def _end_when_stopped() -> None:
    """End at once when SageMaker stops the job, whatever is under way; shares under way end with this process.

    A handler of Python's would wait for LightGBM to return, and a blocked signal finds a thread of some library that
    does not block it.
    """
    told, tell = os.pipe()
    os.set_blocking(tell, False)
    signal.signal(signal.SIGTERM, lambda *_: None)
    signal.set_wakeup_fd(tell)

    def end() -> None:
        os.read(told, 1)
        sys.stderr.write("The training job was stopped.\n")
        sys.stderr.flush()
        os._exit(STOPPED)

    threading.Thread(target=end, name="stop", daemon=True).start()


if __name__ == "__main__":
    sys.exit(main())
