"""Runs in MLflow, and their artifacts."""

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from mlflow import MlflowClient
from mlflow.entities import (
    Dataset,
    DatasetInput,
    InputTag,
    LoggedModel,
    LoggedModelOutput,
    LoggedModelStatus,
    Metric,
    Param,
    Run,
    RunTag,
)
from mlflow.entities.lifecycle_stage import LifecycleStage
from mlflow.exceptions import MlflowException
from mlflow.store.artifact.artifact_repo import ArtifactRepository
from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository
from mlflow.utils.mlflow_tags import MLFLOW_PARENT_RUN_ID, MLFLOW_RUN_NOTE
from mlflow.utils.validation import MAX_DATASET_DIGEST_SIZE, MAX_DATASET_NAME_SIZE, MAX_TAG_VAL_LENGTH

from functions.adapters.mlflow_artifacts import Transfer, download, transfer
from functions.adapters.mlflow_errors import MISSING, our_errors
from functions.adapters.mlflow_models import create_model, log_model, param_texts, shortened
from functions.contracts import Execution, OpenedRun
from functions.ports import ModelToLog, NestedRun, NewRun, RunLog, RunRecord, UsedDataset

EXECUTION_TAG = "fraudflow.execution_arn"
REASON_TAG = "fraudflow.reason"

# Answers a question that the UI would ask its first visitor.
_EXPERIMENT_TAGS = {"mlflow.experimentKind": "custom_model_development"}
_MAX_NESTED_RUNS = 50_000
# Limit of the column in MLflow's database.
_RUN_NAME = 250


class MlflowRuns:
    """The runs of one experiment."""

    def __init__(self, client: MlflowClient, experiment: str) -> None:
        self._client = client
        self._experiment = experiment

    def artifact(self, run_id: str, path: str) -> bytes | None:
        """Read an artifact of a run; None when the artifact or the run does not exist."""
        with our_errors(f"the artifact {path}"):
            try:
                location = self._client.get_run(run_id).info.artifact_uri
            except MlflowException as error:
                if error.error_code != MISSING:
                    raise
                return None
            return download(location, path, tracking_uri=self._client.tracking_uri)

    def params(self, run_id: str) -> Mapping[str, str]:
        """Return the parameters of a run; none when the run does not exist."""
        with our_errors("the run's parameters"):
            try:
                return dict(self._client.get_run(run_id).data.params)
            except MlflowException as error:
                if error.error_code != MISSING:
                    raise
                return {}

    def open_run(self, run: NewRun) -> OpenedRun:
        """Open an execution's run with its model, or return those that exist: an execution has one of each."""
        with our_errors("the run"):
            experiment, notes = open_experiment(self._client, self._experiment)
            found = self._find(run.execution, experiment)
            opened = found or self._create_run(run, experiment)
            info = opened.info
            # Existing parameters can't be changed, and an earlier release may have written other values.
            there = opened.data.params if found else {}
            self._client.log_batch(info.run_id, params=[each for each in _params(run.params) if each.key not in there])
            self._client.log_inputs(info.run_id, datasets=[_dataset_input(run.dataset)])
            model = self._model_of(found) if found else None
            model = model or create_model(self._client, run_id=info.run_id, experiment_id=info.experiment_id)
            if not _shows(opened, model):
                self._client.log_outputs(info.run_id, [LoggedModelOutput(model.model_id, step=0)])
        return OpenedRun(
            mlflow_run_id=info.run_id,
            mlflow_experiment_id=info.experiment_id,
            mlflow_model_id=model.model_id,
            mlflow_artifacts_uri=info.artifact_uri,
            notes=notes,
        )

    def log_model(self, run: OpenedRun, model: ModelToLog) -> None:
        """Log the model of a run, in place of an earlier one."""
        with our_errors("the model"):
            tags = [RunTag(key, value) for key, value in model.tags.items()]
            self._client.log_batch(run.mlflow_run_id, params=_params(model.params), tags=tags)
            log_model(self._client, run, model)

    @contextmanager
    def log_run(self, record: RunRecord) -> Iterator[RunLog]:
        """Log a run and its model's metrics, in place of earlier ones."""
        with transfer() as sending:
            sending.run(lambda: self._log(record))
            yield MlflowRunLog(self._client, record.run, self._repository(record.run), sending)
            with our_errors("the run"):
                sending.wait()

    def _log(self, record: RunRecord) -> None:
        """Log all but the artifacts, one request after another: parallel ones would wait for one database."""
        run, now = record.run, int(time.time() * 1000)
        model_id = run.mlflow_model_id
        metrics = [Metric(key, value, now, 0, model_id=model_id) for key, value in record.metrics.items()]
        self._client.log_batch(run.mlflow_run_id, metrics=metrics)
        logged = self._names_of_nested(run)
        for nested in record.nested:
            if nested.name not in logged:
                self._log_nested(run, nested)

    def _names_of_nested(self, parent: OpenedRun) -> set[str]:
        query = f"tags.`{MLFLOW_PARENT_RUN_ID}` = '{parent.mlflow_run_id}' and attributes.status != 'RUNNING'"
        logged = self._client.search_runs([parent.mlflow_experiment_id], query, max_results=_MAX_NESTED_RUNS)
        return {run.info.run_name for run in logged}

    def _log_nested(self, parent: OpenedRun, nested: NestedRun) -> None:
        now = int(time.time() * 1000)
        started, ended = (
            now if moment is None else int(moment * 1000) for moment in (nested.started_at, nested.ended_at)
        )
        tags = {**nested.tags, MLFLOW_PARENT_RUN_ID: parent.mlflow_run_id}
        run = self._client.create_run(parent.mlflow_experiment_id, started, tags, nested.name)
        metrics = [Metric(key, value, ended, 0) for key, value in nested.metrics.items()]
        self._client.log_batch(run.info.run_id, metrics=metrics, params=_params(nested.params))
        self._client.set_terminated(run.info.run_id, nested.status, ended)

    @contextmanager
    def log_artifacts(self, run: OpenedRun) -> Iterator[RunLog]:
        """Add artifacts to a run, or replace them."""
        with transfer() as sending:
            yield MlflowRunLog(self._client, run, self._repository(run), sending)
            with our_errors("the run's artifacts"):
                sending.wait()

    def fail_run(self, execution: Execution, reason: str) -> None:
        """Mark the execution's run as failed, if it has one, and its model, unless that is uploaded."""
        with our_errors("the failed run"):
            run = self._run_of(execution)
            if run is None:
                return
            self._client.set_tag(run.info.run_id, REASON_TAG, reason)
            self._client.set_terminated(run.info.run_id, status="FAILED")
            model = self._model_of(run)
            if model is not None and model.status == LoggedModelStatus.PENDING:
                self._client.finalize_logged_model(model.model_id, "FAILED")

    def _repository(self, run: OpenedRun) -> ArtifactRepository:
        return get_artifact_repository(run.mlflow_artifacts_uri, tracking_uri=self._client.tracking_uri)

    def _model_of(self, run: Run) -> LoggedModel | None:
        query = f"source_run_id = '{run.info.run_id}'"
        models = self._client.search_logged_models([run.info.experiment_id], query, max_results=1)
        return models[0] if models else None

    def _run_of(self, execution: Execution) -> Run | None:
        experiment = self._client.get_experiment_by_name(self._experiment)
        return self._find(execution, str(experiment.experiment_id)) if experiment else None

    def _find(self, execution: Execution, experiment: str) -> Run | None:
        query = f"tags.`{EXECUTION_TAG}` = '{execution.arn}'"
        runs = self._client.search_runs([experiment], query, max_results=1)
        return runs[0] if runs else None

    def _create_run(self, run: NewRun, experiment: str) -> Run:
        tags = {**run.tags, EXECUTION_TAG: run.execution.arn}
        return self._client.create_run(experiment, run_name=shortened(run.name, _RUN_NAME), tags=tags)


@dataclass(frozen=True)
class MlflowRunLog:
    """A run being logged: artifacts are uploaded in the background."""

    client: MlflowClient
    run: OpenedRun
    repository: ArtifactRepository
    sending: Transfer

    def add(self, path: str, body: bytes) -> None:
        """Upload an artifact in the background, in place of an earlier one."""
        with our_errors(f"the artifact {path}"):
            self.sending.send_bytes(self.repository, path, body)

    def describe(self, text: str) -> None:
        """Return the run a description."""
        self.sending.run(lambda: self._describe(shortened(text, MAX_TAG_VAL_LENGTH)))

    def _describe(self, text: str) -> None:
        with our_errors("the run's description"):
            self.client.set_tag(self.run.mlflow_run_id, MLFLOW_RUN_NOTE, text)


def open_experiment(client: MlflowClient, name: str) -> tuple[str, list[str]]:
    """Return the experiment, created if missing; a deleted one is restored, with a note.

    MLflow reserves the name of a deleted one: no run could log to it, and no other experiment could have its name.
    """
    experiment = client.get_experiment_by_name(name)
    if experiment is None:
        return str(client.create_experiment(name, tags=_EXPERIMENT_TAGS)), []
    if experiment.lifecycle_stage != LifecycleStage.DELETED:
        return str(experiment.experiment_id), []
    try:
        client.restore_experiment(experiment.experiment_id)
    except MlflowException as error:
        if error.error_code != MISSING:  # another run has restored it meanwhile
            raise
    note = (
        f"The experiment '{name}' had been deleted in MLflow and is restored, with the runs in it: "
        f"MLflow keeps its name. FRAUDFLOW_MLFLOW_EXPERIMENT names another."
    )
    return str(experiment.experiment_id), [note]


def _shows(run: Run, model: LoggedModel) -> bool:
    """Return whether MLflow lists the model as the run's output: it refuses a second registration."""
    outputs = run.outputs.model_outputs if run.outputs else []
    return any(output.model_id == model.model_id for output in outputs)


def _params(params: Mapping[str, object]) -> list[Param]:
    return [Param(key, value) for key, value in param_texts(params).items()]


def _dataset_input(used: UsedDataset) -> DatasetInput:
    dataset = Dataset(
        name=shortened(used.name, MAX_DATASET_NAME_SIZE),
        digest=used.digest[:MAX_DATASET_DIGEST_SIZE],
        source_type="s3",
        source=json.dumps({"uri": used.source}),
        profile=json.dumps(dict(used.profile)),
    )
    return DatasetInput(dataset, tags=[InputTag("mlflow.data.context", "training")])
