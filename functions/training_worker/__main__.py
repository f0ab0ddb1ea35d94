"""Train one worker's share of a job: ``python -m functions.training_worker JOB_URI --folder ... --rank ...``.

Prints a JSON line for each step, and last the result. It ends when its input does: whoever started it has died then. It
also ends when nobody renews the lease of the training.
"""

import argparse
import json
import os
import sys
import threading
import time

from functions import connections
from functions.collective.lease import LOOK_SECONDS, Lease
from functions.collective.meeting import started_uri
from functions.collective.watched_child import Share
from functions.core.errors import FraudflowError


def main() -> int:
    """Train, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("job_uri", help="the job's document: s3://bucket/key, or file:///path")
    parser.add_argument("--folder", required=True, help="URI of the folder where the workers meet")
    parser.add_argument("--rank", type=int, default=0, help="number of this worker, from 0")
    parser.add_argument("--host", default="127.0.0.1", help="address of this worker, as the others reach it")
    parser.add_argument("--threads", type=int, default=connections.cores(), help="threads to train by")
    parser.add_argument("--unleased", action="store_true", help="do not end when nobody renews the training's lease")
    parser.add_argument("--unwatched", action="store_true", help="do not end with the input either")
    asked = parser.parse_args()
    store = connections.store_of(asked.job_uri)
    if not asked.unwatched:
        threading.Thread(target=_end_with_input, daemon=True).start()
    if not (asked.unleased or asked.unwatched):
        threading.Thread(target=_end_with_lease, args=(Lease(store, asked.folder),), daemon=True).start()
    share = Share(asked.job_uri, asked.folder, asked.rank, asked.host, asked.threads)
    try:
        store.write(started_uri(share.folder, share.rank), b"", "text/plain")
        # Imported late: it takes seconds, many on a busy machine, and whoever waits would take it for one that hangs.
        from functions.training_worker.share_training import train  # noqa: PLC0415

        result = train(share, store, lambda at: _say({"at": at}))
    except FraudflowError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    _say({"result": result.model_dump()})
    return 0


def _say(told: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()


# LightGBM may be waiting for a peer, which nothing else ends.


def _end_with_input() -> None:
    # Not by Python's own buffer, whose lock this thread would still hold at the end of the program.
    while os.read(sys.stdin.fileno(), 1024):
        pass
    os._exit(1)


def _end_with_lease(lease: Lease) -> None:
    while not lease.is_over():
        time.sleep(LOOK_SECONDS)
    sys.stderr.write("Nobody waits for the model any more.\n")
    sys.stderr.flush()
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main())
