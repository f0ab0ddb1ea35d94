"""Runs in MLflow that follow versions in production: one for each version, to which each look adds its figures."""

import datetime as dt

from mlflow import MlflowClient
from mlflow.entities import Metric, Run, RunTag
from mlflow.utils.mlflow_tags import MLFLOW_RUN_NOTE
from mlflow.utils.validation import MAX_TAG_VAL_LENGTH

from functions.adapters.mlflow_errors import our_errors
from functions.adapters.mlflow_models import shortened
from functions.adapters.mlflow_runs import REASON_TAG, open_experiment
from functions.contracts.loop_records import WatchedVersion

# A model's name has no character that could end the text.
_MODEL_TAG, _VERSION_TAG = "fraudflow.watched_model", "fraudflow.watched_version"


class MlflowWatch:
    """The runs of versions in production, in an experiment of their own: they are no trainings."""

    def __init__(self, client: MlflowClient, experiment: str) -> None:
        self._client = client
        self._watched = experiment

    def log_watch(self, watched: WatchedVersion) -> None:
        """Add what a look found; the same found again, when a state is retried, adds nothing that differs."""
        with our_errors("what was found of the version in production"):
            run = self._run_of_version(watched)
            moment = int(dt.datetime.fromisoformat(watched.at).timestamp())
            # A step for each moment, as MLflow draws metrics by step.
            metrics = [Metric(name, value, 1000 * moment, moment) for name, value in watched.metrics.items()]
            tags = [RunTag(name, shortened(value, MAX_TAG_VAL_LENGTH)) for name, value in watched.tags.items()]
            note = [RunTag(MLFLOW_RUN_NOTE, each.value) for each in tags if each.key == REASON_TAG]
            self._client.log_batch(run.info.run_id, metrics=metrics, tags=[*tags, *note])

    def _run_of_version(self, watched: WatchedVersion) -> Run:
        experiment, _ = open_experiment(self._client, self._watched)
        query = f"tags.`{_MODEL_TAG}` = '{watched.model}' and tags.`{_VERSION_TAG}` = '{watched.version}'"
        found = self._client.search_runs([experiment], query, max_results=1)
        if found:
            return found[0]
        tags = {_MODEL_TAG: watched.model, _VERSION_TAG: watched.version}
        return self._client.create_run(
            experiment, tags=tags, run_name=f"{watched.model} version {watched.version} in production"
        )
