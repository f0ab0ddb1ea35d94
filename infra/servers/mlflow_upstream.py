"""The manifest of what MLflow's server is started with and MLflow promises nobody; see docs/decisions/0026."""

from fraudflow_guard.upstream import Patch

_VERSION = "3.17.2"

PATCHES = (
    Patch(
        symbol="mlflow.server:_run_server",
        package="mlflow",
        version=_VERSION,
        why="It starts uvicorn in a second process, which imports everything again, and waits for it.",
        gain="4 seconds of one core at each start, 200 MB, and a guard in the server's own process",
        digest="2f8bd48b7be37f2ed0281e39741aa1d8066885632f53dde92fe944f61e229232",
    ),
    Patch(
        symbol="mlflow.server.handlers:initialize_backend_stores",
        package="mlflow",
        version=_VERSION,
        why="The command `mlflow server` prepares the stores with it before it starts the server.",
        gain="the same",
        digest="2b79b5db596a06112b5c301a21687616f6574d4bb7657944f1d77c22d3bb0056",
    ),
    Patch(
        symbol="mlflow.server.constants:BACKEND_STORE_URI_ENV_VAR",
        package="mlflow",
        version=_VERSION,
        why="The server reads its stores from variables that only these constants name.",
        gain="the same",
        digest="baa68da52d1cbb243639d7a9e51f7e353b50e3360b239ee422b7a731c12bf73e",
    ),
    Patch(
        symbol="mlflow.server.fastapi_app:app",
        package="mlflow",
        version=_VERSION,
        why="The application that uvicorn serves, which the guard must wrap.",
        gain="no web page of another origin reaches MLflow",
        digest="f6e8622c98cab1f8c28aab8e871d3655cd9cd1cf5b28c13a5ad397e4c2e8d727",
    ),
)
