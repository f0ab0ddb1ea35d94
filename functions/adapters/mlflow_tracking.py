"""MLflow behind the ``Tracking`` port: the only place that knows its client."""

import json
import logging
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import mlflow
from mlflow import MlflowClient
from mlflow.entities import Dataset, DatasetInput, InputTag, Metric, Param, Run, RunTag
from mlflow.entities.model_registry import ModelVersion
from mlflow.environment_variables import (
    MLFLOW_HTTP_REQUEST_MAX_RETRIES,
    MLFLOW_HTTP_REQUEST_TIMEOUT,
    MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT,
    MLFLOW_TRACKING_PASSWORD,
    MLFLOW_TRACKING_USERNAME,
)
from mlflow.exceptions import MlflowException
from mlflow.utils.mlflow_tags import MLFLOW_PARENT_RUN_ID

from functions.adapters.addresses import server_of
from functions.adapters.mlflow_errors import ALREADY_EXISTS, our_errors
from functions.adapters.mlflow_models import log_model
from functions.contracts import Alias, Execution, Registration
from functions.ports import Champion, ModelToRegister, NestedRun, RunRecord, RunReference

EXECUTION_TAG = "fraudflow.execution_arn"
ALIAS_TAG = "fraudflow.alias"
REASON_TAG = "fraudflow.reason"
COMPARED_TAG = "fraudflow.compared_with"
SETTLED_TAG = "fraudflow.settled"

# What the UI would otherwise ask its first visitor.
_EXPERIMENT_TAGS = {"mlflow.experimentKind": "custom_model_development"}
_CHAMPION: Alias = "champion"
_MISSING = "RESOURCE_DOES_NOT_EXIST"
_MODEL_FILE = "model.skops"
_PARAM_LENGTH = 6000
_MAX_NESTED_RUNS = 50_000
_DATASET_PROFILE_LENGTH = 16_000


class MlflowTracking:
    """Runs of one experiment, and the registry of the same server."""

    def __init__(self, *, uri: str, experiment: str) -> None:
        # The state machine retries with backoff; MLflow's own seven retries would outlast the function.
        MLFLOW_HTTP_REQUEST_MAX_RETRIES.set(1)
        MLFLOW_HTTP_REQUEST_TIMEOUT.set(30)
        # A function's stdout is its log, one JSON object a line.
        MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT.set(True)
        logging.getLogger("mlflow").setLevel(logging.ERROR)
        # MLflow's errors name its address; what it reads from here, they don't.
        server = server_of(uri)
        if server.username is not None:
            MLFLOW_TRACKING_USERNAME.set(server.username)
            MLFLOW_TRACKING_PASSWORD.set(server.password)
        mlflow.set_tracking_uri(server.url)
        mlflow.set_registry_uri(server.url)
        self._client = MlflowClient(tracking_uri=server.url, registry_uri=server.url)
        self._experiment = experiment

    def champion(self, name: str, *, before: Execution | None = None) -> Champion | None:
        """Tell the current champion, or the one that it was compared with when ``before`` has made it."""
        with our_errors("the champion"):
            try:
                version = self._client.get_model_version_by_alias(name, _CHAMPION)
            except MlflowException as error:
                # A missing alias of an existing model is told as INVALID_PARAMETER_VALUE.
                if error.error_code in {_MISSING, "INVALID_PARAMETER_VALUE"}:
                    return None
                raise
            if before is not None and version.tags.get(EXECUTION_TAG) == before.arn:
                compared = version.tags.get(COMPARED_TAG)
                if not compared:
                    return None
                version = self._client.get_model_version(name, compared)
        return Champion(name=name, version=str(version.version), run_id=version.run_id or "")

    def artifact(self, run_id: str, path: str) -> bytes | None:
        """Read an artifact of a run; None when it is not there."""
        with our_errors(f"the artifact {path}"), tempfile.TemporaryDirectory() as folder:
            if path not in {item.path for item in self._client.list_artifacts(run_id)}:
                return None
            return Path(self._client.download_artifacts(run_id, path, folder)).read_bytes()

    def log_run(self, record: RunRecord) -> RunReference:
        """Log a run, or log it again over itself: one execution has one run."""
        with our_errors("the run"):
            run = self._run_of(record.execution) or self._create_run(record)
            run_id = run.info.run_id
            now = int(time.time() * 1000)
            self._client.log_batch(
                run_id,
                metrics=[Metric(key, value, now, 0) for key, value in record.metrics.items()],
                params=[Param(key, str(value)[:_PARAM_LENGTH]) for key, value in record.params.items()],
                tags=[RunTag(key, value) for key, value in record.tags.items()],
            )
            self._client.log_inputs(run_id, datasets=[_dataset_input(record)])
            with tempfile.TemporaryDirectory() as folder:
                for path, body in record.artifacts.items():
                    file = Path(folder, path)
                    file.parent.mkdir(parents=True, exist_ok=True)
                    file.write_bytes(body)
                self._client.log_artifacts(run_id, folder)
        return RunReference(run_id=run_id, experiment_id=run.info.experiment_id)

    def log_nested(self, parent: RunReference, runs: Sequence[NestedRun]) -> None:
        """Log runs below another, each once: one that is there already, by its name, is left as it is."""
        if not runs:
            return
        with our_errors("the nested runs"):
            query = f"tags.`{MLFLOW_PARENT_RUN_ID}` = '{parent.run_id}' and attributes.status != 'RUNNING'"
            logged = self._client.search_runs([parent.experiment_id], query, max_results=_MAX_NESTED_RUNS)
            there = {run.info.run_name for run in logged}
            for run in runs:
                if run.name not in there:
                    self._log_nested(parent, run)

    def _log_nested(self, parent: RunReference, nested: NestedRun) -> None:
        now = int(time.time() * 1000)
        started, ended = (
            now if moment is None else int(moment * 1000) for moment in (nested.started_at, nested.ended_at)
        )
        tags = {**nested.tags, MLFLOW_PARENT_RUN_ID: parent.run_id}
        run = self._client.create_run(parent.experiment_id, started, tags, nested.name)
        self._client.log_batch(
            run.info.run_id,
            metrics=[Metric(key, value, ended, 0) for key, value in nested.metrics.items()],
            params=[Param(key, str(value)[:_PARAM_LENGTH]) for key, value in nested.params.items()],
        )
        self._client.set_terminated(run.info.run_id, nested.status, ended)

    def log_artifact(self, run_id: str, path: str, body: bytes) -> None:
        """Add an artifact to a run, or replace it."""
        with our_errors(f"the artifact {path}"), tempfile.TemporaryDirectory() as folder:
            file = Path(folder, path)
            file.write_bytes(body)
            self._client.log_artifact(run_id, str(file))

    def fail_run(self, execution: Execution, reason: str) -> None:
        """Mark the execution's run as failed, if it has one."""
        with our_errors("the failed run"):
            run = self._run_of(execution)
            if run is not None:
                self._client.set_tag(run.info.run_id, REASON_TAG, reason)
                self._client.set_terminated(run.info.run_id, status="FAILED")

    def registered(self, name: str, execution: Execution) -> Registration | None:
        """Tell the version that this execution has created already, with the decision recorded on it."""
        with our_errors("the registry"):
            query = f"name = '{name}' and tags.`{EXECUTION_TAG}` = '{execution.arn}'"
            versions = self._client.search_model_versions(query, max_results=1)
        return _registration(versions[0]) if versions else None

    def register(self, execution: Execution, model: ModelToRegister) -> Registration:
        """Log the model to its run and create a version that carries the decision about it.

        The tags are part of the one request that creates the version: a version without a decision can't exist.
        """
        decision = {
            EXECUTION_TAG: execution.arn,
            ALIAS_TAG: model.alias,
            REASON_TAG: model.reason,
            COMPARED_TAG: model.compared_with or "",
        }
        with our_errors(f"the model {model.name}"):
            info = log_model(model)
            self._create_registered_model(model.name)
            version = self._client.create_model_version(
                model.name,
                source=info.model_uri,
                run_id=model.run_id,
                model_id=info.model_id,
                tags={**model.tags, **decision},
                description=model.description,
            )
        return Registration(name=model.name, version=str(version.version), alias=model.alias, reason=model.reason)

    def settle(self, registration: Registration) -> Registration:
        """Carry the decision out, once: a repeated delivery must not take the alias back from a later version.

        A champion that the decision did not know of keeps its alias: another run has won it meanwhile.
        """
        name, number = registration.name, registration.version
        champion = self.champion(name) if registration.alias == _CHAMPION else None
        with our_errors(f"the alias {registration.alias}"):
            version = self._client.get_model_version(name, number)
            if SETTLED_TAG in version.tags:
                return registration
            if champion is not None and champion.version not in {version.tags.get(COMPARED_TAG), number}:
                registration = self._demote(registration, champion)
            self._client.set_registered_model_alias(name, registration.alias, number)
            if version.run_id:
                self._client.set_terminated(version.run_id)
            self._client.set_model_version_tag(name, number, SETTLED_TAG, "true")
        return registration

    def _demote(self, registration: Registration, champion: Champion) -> Registration:
        reason = (
            f"Version {champion.version} became the champion while this one was compared with its predecessor: "
            f"run again to compare them. {registration.reason}"
        )
        name, number = registration.name, registration.version
        self._client.set_model_version_tag(name, number, REASON_TAG, reason)
        self._client.set_model_version_tag(name, number, ALIAS_TAG, "challenger")
        return registration.model_copy(update={"alias": "challenger", "reason": reason})

    def model_bytes(self, champion: Champion) -> bytes | None:
        """Read the skops file of a registered version; None when its artifacts are gone."""
        with our_errors(f"version {champion.version}"), tempfile.TemporaryDirectory() as folder:
            source = self._client.get_model_version_download_uri(champion.name, champion.version)
            if _MODEL_FILE not in {Path(file.path).name for file in mlflow.artifacts.list_artifacts(source)}:
                return None
            path = mlflow.artifacts.download_artifacts(artifact_uri=f"{source}/{_MODEL_FILE}", dst_path=folder)
            return Path(path).read_bytes()

    def _run_of(self, execution: Execution) -> Run | None:
        experiment = self._client.get_experiment_by_name(self._experiment)
        if experiment is None:
            return None
        runs = self._client.search_runs(
            [experiment.experiment_id], f"tags.`{EXECUTION_TAG}` = '{execution.arn}'", max_results=1
        )
        return runs[0] if runs else None

    def _create_run(self, record: RunRecord) -> Run:
        tags = {**record.tags, EXECUTION_TAG: record.execution.arn}
        name = f"{record.dataset_name} {record.execution.name[:8]}"
        return self._client.create_run(self._experiment_id(), run_name=name, tags=tags)

    def _experiment_id(self) -> str:
        experiment = self._client.get_experiment_by_name(self._experiment)
        if experiment is not None:
            return str(experiment.experiment_id)
        return str(self._client.create_experiment(self._experiment, tags=_EXPERIMENT_TAGS))

    def _create_registered_model(self, name: str) -> None:
        try:
            self._client.create_registered_model(name)
        except MlflowException as error:
            if error.error_code != ALREADY_EXISTS:
                raise


def _registration(version: ModelVersion) -> Registration:
    return Registration(
        name=version.name,
        version=str(version.version),
        alias=version.tags[ALIAS_TAG],
        reason=version.tags[REASON_TAG],
    )


def _dataset_input(record: RunRecord) -> DatasetInput:
    profile = json.dumps(record.dataset_profile)
    dataset = Dataset(
        name=record.dataset_name,
        digest=record.dataset_digest[:36],
        source_type="s3",
        source=json.dumps({"uri": record.dataset_source}),
        profile=profile[:_DATASET_PROFILE_LENGTH],
    )
    return DatasetInput(dataset, tags=[InputTag("mlflow.data.context", "training")])
