#!/bin/sh
# Bring the database's schema to this MLflow's, whatever version it was left by; then become the server.
set -eu
mlflow db upgrade "$MLFLOW_BACKEND_STORE_URI"
exec mlflow server "$@"
