"""MLflow's server as one process, guarded: ``python -m infra.servers.mlflow_server HOST PORT STORE ARTIFACTS``.

The command ``mlflow server`` prepares the store, then starts uvicorn in a second process that imports everything again,
and waits for it: 4 seconds of one core at each start, and 200 MB for as long as the server runs. This does what is left
of it for our options: a store in a database, artifacts through the server, no jobs.
"""

import argparse
import gc
import os
import sys
from copy import deepcopy
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

# Before MLflow, which refuses foreign hosts and origins only if it finds a web server loaded when it is imported.
import uvicorn
from fraudflow_guard import keys
from fraudflow_guard.asgi import Guard
from fraudflow_guard.policy import Site, loopback
from fraudflow_guard.upstream import UpstreamError, check

from infra.servers.mlflow_links import WithoutLinks
from infra.servers.mlflow_upstream import PATCHES

_ARTIFACT_ROOT = "mlflow-artifacts:/"
# One page; what it shows stands behind the ``#`` of its address.
_PAGES = ("/",)
_OWN_FILES = ("/static-files/",)
# It runs programs on this host for whoever asks, and nothing here uses it.
_CLOSED = ("/ajax-api/3.0/mlflow/assistant",)


class Where(NamedTuple):
    """The address of the server, its stores, and its guard's site and password.

    ``store`` is the URI of a database, for runs and registered models; ``artifacts`` is the URI of files that clients
    send through the server. ``links`` tells clients of links by which they may load files past the server.
    """

    host: str
    port: int
    store: str
    artifacts: str
    site: Site
    password: str | None
    links: bool = True


def serve(where: Where) -> None:
    """Serve until told to stop."""
    # Not before the sources have been checked.
    from mlflow.server import constants, handlers  # noqa: PLC0415

    # As MLflow hands them on from its first process to its second.
    os.environ.update(  # noqa: TID251
        {
            constants.BACKEND_STORE_URI_ENV_VAR: where.store,
            constants.REGISTRY_STORE_URI_ENV_VAR: where.store,
            constants.ARTIFACT_ROOT_ENV_VAR: _ARTIFACT_ROOT,
            constants.ARTIFACTS_DESTINATION_ENV_VAR: where.artifacts,
            constants.SERVE_ARTIFACTS_ENV_VAR: "true",
        }
    )
    handlers.initialize_backend_stores(where.store, where.store, _ARTIFACT_ROOT)
    app = import_module("mlflow.server.fastapi_app").app
    if not where.links:
        app = WithoutLinks(app)
    guarded = Guard(app, where.site, password=where.password, own=_OWN_FILES, closed=_CLOSED)
    # What is there by now stays: a full collection would look at all of it, and nobody be served for 0.3 seconds.
    gc.collect()
    gc.freeze()
    uvicorn.run(guarded, host=where.host, port=where.port, log_config=_log_config())


def _log_config() -> dict[str, Any]:
    """Return uvicorn's own configuration of logs, with the time before each line, as MLflow has it."""
    config = deepcopy(uvicorn.config.LOGGING_CONFIG)
    for formatter in config["formatters"].values():
        formatter |= {"fmt": f"%(asctime)s {formatter['fmt']}", "datefmt": "%Y/%m/%d %H:%M:%S"}
    return config


def main() -> str | None:
    """Serve as the command line says; return what is wrong, if anything."""
    parser = argparse.ArgumentParser(prog="python -m infra.servers.mlflow_server", description="Serve MLflow, guarded.")
    for name in ("host", "port", "store", "artifacts"):
        parser.add_argument(name, type=int if name == "port" else str)
    parser.add_argument("--public-port", type=int, help="by which browsers know it; the same one unless given")
    parser.add_argument("--alias", action="append", default=[], help="a further name and port of it")
    parser.add_argument("--no-links", action="store_true", help="have clients load every file through the server")
    parser.add_argument("--keys", type=Path, help="the home's keys: ask for the password")
    asked = parser.parse_args()
    try:
        check(PATCHES)
    except UpstreamError as error:
        return str(error)
    password = keys.read(asked.keys).password if asked.keys else None
    site = loopback(asked.public_port or asked.port, *asked.alias, pages=_PAGES)
    serve(Where(asked.host, asked.port, asked.store, asked.artifacts, site, password, links=not asked.no_links))
    return None


if __name__ == "__main__":
    sys.exit(main())
