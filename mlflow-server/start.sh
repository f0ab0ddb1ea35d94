#!/bin/sh
# Bring the database's schema to this MLflow's, whatever version it was left by; then become the guarded server.
# The words are: HOST PORT, then options of infra/servers/mlflow_server.py.
set -eu
mlflow db upgrade "$MLFLOW_BACKEND_STORE_URI"
host=$1 port=$2
shift 2
exec python -m infra.servers.mlflow_server "$host" "$port" "$MLFLOW_BACKEND_STORE_URI" "$MLFLOW_ARTIFACTS_DESTINATION" "$@"
