"""MLflow's server as one process: ``python -m infra.mlflow_server HOST PORT STORE ARTIFACTS``.

The command ``mlflow server`` prepares the store, then starts uvicorn in a second process that imports everything again,
and waits for it: 4 seconds of one core at each start, and 200 MB for as long as the server runs. This does what is left
of it for our options: a store in a database, artifacts through the server, no jobs.
"""

import gc
import os
import sys
from importlib import import_module

# Before MLflow, which refuses foreign hosts and origins only if it finds a web server loaded when it is imported.
import uvicorn
from mlflow import server
from mlflow.environment_variables import _MLFLOW_SGI_NAME
from mlflow.server import constants, handlers

_APP = "mlflow.server.fastapi_app:app"
_ARTIFACT_ROOT = "mlflow-artifacts:/"


def serve(host: str, port: int, store: str, artifacts: str) -> None:
    """Serve until told to stop.

    Args:
        host: the address to listen on.
        port: the port to listen on.
        store: a database's URI, for runs and registered models.
        artifacts: where files go that clients send through the server.
    """
    # As MLflow hands them on from its first process to its second.
    os.environ.update(  # noqa: TID251
        {
            constants.BACKEND_STORE_URI_ENV_VAR: store,
            constants.REGISTRY_STORE_URI_ENV_VAR: store,
            constants.ARTIFACT_ROOT_ENV_VAR: _ARTIFACT_ROOT,
            constants.ARTIFACTS_DESTINATION_ENV_VAR: artifacts,
            constants.SERVE_ARTIFACTS_ENV_VAR: "true",
            _MLFLOW_SGI_NAME.name: "uvicorn",
        }
    )
    handlers.initialize_backend_stores(store, store, _ARTIFACT_ROOT)
    import_module(_APP.partition(":")[0])
    # What is there by now stays: a full collection would look at all of it, and nobody be served for 0.3 seconds.
    gc.collect()
    gc.freeze()
    uvicorn.run(_APP, host=host, port=port, log_config=str(server._UVICORN_LOG_CONFIG))  # noqa: SLF001


if __name__ == "__main__":
    _host, _port, _store, _artifacts = sys.argv[1:]
    serve(_host, int(_port), _store, _artifacts)
