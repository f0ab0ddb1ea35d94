"""The scoring service as a process: ``python -m serving``, settings from its environment."""

import logging
import sys

import uvicorn

from functions.core.errors import FraudflowError
from serving.assembly import assemble
from serving.draining import ClosingConnections, DrainingServer
from serving.settings import ServingSettings, read_settings

# A thread that scores a batch hands over to the requests that wait after so long, and not after 5 ms.
_SWITCH_SECONDS = 0.001


def main() -> str | None:
    """Serve until told to stop; return what is wrong, if anything."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    # A registry that is away is told once, by its watch.
    logging.getLogger("urllib3").setLevel(logging.ERROR)
    logging.getLogger("botocore").setLevel(logging.WARNING)
    try:
        serve(read_settings())
    except FraudflowError as error:
        return str(error)
    return None


def serve(settings: ServingSettings) -> None:
    """Serve until told to stop, and drain.

    Raises:
        DecisionLogError: when the local decision log can't be used.
    """
    sys.setswitchinterval(_SWITCH_SECONDS)
    connections = ClosingConnections(assemble(settings))
    config = uvicorn.Config(
        connections,
        host=settings.scoring_host,
        port=settings.scoring_port,
        access_log=False,
        log_config=None,
        server_header=False,
    )
    DrainingServer(config, connections).run([config.bind_socket()])


if __name__ == "__main__":
    sys.exit(main())
