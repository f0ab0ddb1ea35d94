"""Start of the worker program on a host of a SageMaker training job: ``python -m functions.training_worker.sagemaker``.

The hosts of a job reach each other; SageMaker ends all of them when one fails. The hyperparameter ``job`` is the URI of
the job's document, which has a share for each host.
"""

import json
import socket
import sys
from pathlib import Path

from pydantic import ValidationError

from functions import connections
from functions.collective.watched_child import Share, train_share
from functions.core.errors import FraudflowError, InvalidSettingsError
from functions.worker_settings import SageMakerSettings

# Where SageMaker reads why a job has failed.
FAILURE = Path("/opt/ml/output/failure")


def main() -> int:
    """Train this host's share, and print what it trained on."""
    try:
        result = train_share(own_share())
    except FraudflowError as error:
        sys.stderr.write(f"{error}\n")
        if FAILURE.parent.is_dir():
            FAILURE.write_text(f"{error}\n", "utf-8")
        return 1
    sys.stdout.write(json.dumps(result.model_dump()) + "\n")
    return 0


def own_share() -> Share:
    """Return this host's share.

    Raises:
        InvalidSettingsError: when the environment is not that of a training job.
    """
    try:
        own = SageMakerSettings()
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
        raise InvalidSettingsError(f"This is no host of a SageMaker training job: {faults}.") from error
    folder = f"{own.job.rpartition('/')[0]}/{own.training_job}"
    return Share(own.job, folder, own.rank, _address_of(own.current_host), connections.cores(), leased=False)


def _address_of(host: str) -> str:
    try:
        return socket.gethostbyname(host)
    except OSError as error:
        raise InvalidSettingsError(f"SM_CURRENT_HOST is {host}, which has no address ({error}).") from error


if __name__ == "__main__":
    sys.exit(main())
