"""Fixtures of the tests of ``infra``."""

import pytest

from tests import mlflow_in_process
from tests.mlflow_in_process import InProcess


@pytest.fixture(scope="session")
def mlflow(tmp_path_factory: pytest.TempPathFactory) -> InProcess:
    """Return MLflow's own server on a database; tests use models and experiments of their own."""
    return mlflow_in_process.start(tmp_path_factory.mktemp("mlflow"))
