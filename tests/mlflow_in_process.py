"""MLflow's own server, asked without a socket: its application and a database of the test's."""

import io
import urllib.error
import urllib.request
from dataclasses import dataclass
from email.message import Message
from pathlib import Path
from typing import cast

from flask import Flask
from mlflow import MlflowClient
from mlflow.server import app, handlers


@dataclass
class InProcess:
    """Opens requests as ``urllib``'s openers do."""

    application: Flask
    client: MlflowClient
    is_away: bool = False

    def open(self, request: urllib.request.Request, timeout: float) -> io.BytesIO:
        assert timeout
        if self.is_away:
            raise urllib.error.URLError("Connection refused")
        answer = self.application.test_client().open(
            request.selector, method=request.get_method(), data=request.data, headers=dict(request.header_items())
        )
        if answer.status_code >= 400:
            raise urllib.error.HTTPError(
                request.full_url, answer.status_code, answer.status, Message(), io.BytesIO(answer.data)
            )
        return io.BytesIO(answer.data)

    @property
    def opener(self) -> urllib.request.OpenerDirector:
        return cast("urllib.request.OpenerDirector", self)


def start(folder: Path) -> InProcess:
    """Prepare a database and the server's application on top of it."""
    store = f"sqlite:///{folder}/mlflow.db"
    handlers.initialize_backend_stores(store, store, "mlflow-artifacts:/")
    return InProcess(app, MlflowClient(tracking_uri=store, registry_uri=store))


@dataclass(frozen=True)
class Logged:
    """A run, its model, and the version that was made of it."""

    experiment_id: str
    run_id: str
    model_id: str
    version: str


def logged(client: MlflowClient, name: str, tags: dict[str, str] | None = None) -> Logged:
    """Log a run that makes a version of a model, and give what there is then."""
    found = client.get_experiment_by_name("fraudflow")
    experiment = found.experiment_id if found else client.create_experiment("fraudflow", "mlflow-artifacts:/1")
    run = client.create_run(experiment, tags=tags)
    model = client.create_logged_model(experiment, name="model", source_run_id=run.info.run_id)
    if not client.search_registered_models(f"name = '{name}'"):
        client.create_registered_model(name)
    source = f"models:/{model.model_id}"
    version = client.create_model_version(name, source=source, run_id=run.info.run_id, model_id=model.model_id)
    return Logged(experiment, run.info.run_id, model.model_id, str(version.version))
