"""Removing runs and models: first a plan that says what goes and how much it frees, then the plan carried out."""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic import BaseModel

from functions.contracts.records import Removed, data_key, ended_key, removed_key, started_key
from infra.deployment.pipeline import CONFIG, session
from infra.errors import ExecutionNotFoundError, RemovalError
from infra.home.state import Deployed
from infra.runs.execution import PipelineExecution
from infra.runs.mlflow_api import MlflowApi
from infra.words import counted

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

_TAG = "fraudflow.execution_arn"
_PARENT = "mlflow.parentRunId"
_PROXIED = "mlflow-artifacts:/"
_BATCH = 1000


class Version(NamedTuple):
    """A version of a registered model."""

    model: str
    number: str


class Objects(NamedTuple):
    """The objects of a bucket whose keys begin with the same."""

    bucket: str
    prefix: str


class Plan(BaseModel):
    """What would be removed, with its size; ``champions`` are those of ``versions`` that are champion now.

    ``kept`` says what stays though it belongs to what goes, and why.
    """

    runs: list[str] = []
    models: list[str] = []
    versions: list[Version] = []
    champions: list[Version] = []
    mlflow_runs: list[str] = []
    mlflow_models: list[str] = []
    objects: list[Objects] = []
    keys: list[tuple[str, str]] = []
    files: int = 0
    size: int = 0
    kept: list[str] = []

    @property
    def is_empty(self) -> bool:
        """Return whether there is nothing to remove."""
        return not (self.runs or self.models)

    def __add__(self, other: "Plan") -> "Plan":
        """Remove both."""
        return Plan.model_validate({name: getattr(self, name) + getattr(other, name) for name in Plan.model_fields})


class Removal:
    """The runs and models of one deployed pipeline."""

    def __init__(self, s3: "S3Client", mlflow: MlflowApi, deployed: Deployed) -> None:
        self._s3 = s3
        self._mlflow = mlflow
        self._runs = deployed.outputs["RunsBucket"]
        self._artifacts = deployed.outputs["MlflowArtifactsBucket"]
        self._experiment = deployed.settings.mlflow_experiment

    @classmethod
    def of(cls, deployed: Deployed) -> "Removal":
        """Return the removal for a deployed pipeline."""
        s3 = session(deployed.settings).client("s3", endpoint_url=deployed.settings.endpoint_url, config=CONFIG)
        return cls(s3, MlflowApi(deployed.settings), deployed)

    def of_run(self, execution: PipelineExecution) -> Plan:
        """Plan the removal of a run: its files and records, its run in MLflow, the version that it has made.

        The claim of its upload stays: without it, the upload would be taken for one that had no run yet.

        Raises:
            RemovalError: when it is in progress.
        """
        if execution.is_running:
            stop = f"fraudflow stop {execution.name}"
            raise RemovalError(f"The run {execution.name} is in progress: `{stop}` stops it, then it can be removed.")
        result = execution.result()
        own = [started_key(execution.name)]
        if result is not None and self._is_first(execution, result.dataset.digest):
            own.append(data_key(result.dataset.digest))
        plan = Plan(
            runs=[execution.name],
            objects=[Objects(self._runs, f"{execution.name}/")],
            keys=[(self._runs, key) for key in own],
        )
        for run in self._mlflow.runs(self._experiment, f"tags.`{_TAG}` = '{execution.arn}'"):
            plan += self._of_tracked(run)
        return self._measured(plan)

    def of_model(self, name: str) -> Plan | None:
        """Plan the removal of a registered model: its versions, and their models' files; None when there is none.

        The runs that have made them stay, with their figures.
        """
        versions = self._mlflow.versions(name)
        if versions is None:
            return None
        plan = Plan(
            models=[name],
            versions=[Version(name, str(each["version"])) for each in versions],
            champions=[each for each in [self._champion(name)] if each],
            kept=[f"{len(versions):,} of the runs in MLflow: what they have measured."] if versions else [],
        )
        for each in versions:
            model = self._mlflow.model(str(each.get("source", "")).removeprefix("models:/"))
            plan += self._of_logged([model] if model else [])
        return self._measured(plan)

    def of_old(self, executions: Iterable[PipelineExecution], *, keep: int, before: dt.datetime | None) -> Plan:
        """Plan the removal of runs that have ended.

        Args:
            executions: all of them, newest first.
            keep: so many of the newest stay.
            before: those that began later stay; None sets no limit.
        """
        plan, champions, running = Plan(), 0, 0
        for number, execution in enumerate(executions):
            if number < keep or (before is not None and execution.started >= before):
                continue
            if execution.is_running:
                running += 1
                continue
            part = self.of_run(execution)
            if part.champions:
                champions += 1
                continue
            plan += part
        kept = [
            *([f"{counted(champions, 'runs')} whose version is a champion."] if champions else []),
            *([f"{counted(running, 'runs')} in progress."] if running else []),
        ]
        return plan.model_copy(update={"kept": [*dict.fromkeys(plan.kept), *kept]})

    def carry_out(self, plan: Plan) -> None:
        """Remove all of a plan; what is interrupted can be asked for again."""
        for model in plan.models:
            self._mlflow.call("DELETE", "registered-models/delete", {"name": model})
        for model, number in plan.versions:
            self._mlflow.call("DELETE", "model-versions/delete", {"name": model, "version": number})
        for model_id in plan.mlflow_models:
            self._mlflow.call("DELETE", f"logged-models/{model_id}", {})
        for run_id in plan.mlflow_runs:
            self._mlflow.call("POST", "runs/delete", {"run_id": run_id})
        for objects in plan.objects:
            self._delete(objects.bucket, [key for key, _ in self._list(objects)])
        # A run without a start is never resumed; one without an end is nowhere listed.
        for bucket, key in plan.keys:
            self._delete(bucket, [key])
        for name in plan.runs:
            body = Removed(name=name).to_json()
            self._s3.put_object(Bucket=self._runs, Key=removed_key(name), Body=body, ContentType="application/json")
            self._delete(self._runs, [ended_key(name)])

    def _of_tracked(self, run: dict[str, Any]) -> Plan:
        run_id = run["info"]["run_id"]
        nested = self._mlflow.runs(self._experiment, f"tags.`{_PARENT}` = '{run_id}'")
        versions = [Version(each["name"], str(each["version"])) for each in self._mlflow.versions_of_run(run_id)]
        champions = {self._champion(name) for name in {each.model for each in versions}}
        every = [run, *nested]
        plan = Plan(
            versions=versions,
            champions=[each for each in versions if each in champions],
            mlflow_runs=[each["info"]["run_id"] for each in every],
        )
        for each in every:
            plan += self._of_place(each["info"].get("artifact_uri", ""))
        return plan + self._of_logged(self._mlflow.models_of_run(run))

    def _of_logged(self, models: list[dict[str, Any]]) -> Plan:
        plan = Plan(mlflow_models=[each["info"]["model_id"] for each in models])
        for each in models:
            plan += self._of_place(each["info"].get("artifact_uri", ""))
        return plan

    def _of_place(self, uri: str) -> Plan:
        """Return the objects of one run or model in MLflow's bucket."""
        path = uri.removeprefix(_PROXIED).removeprefix(f"s3://{self._artifacts}/").strip("/")
        if path == uri.strip("/") or len(path.split("/")) < 2:  # noqa: PLR2004 - an experiment's is everybody's
            return Plan(kept=[f"the artifacts at {uri}, which are not in this stack's S3."] if uri else [])
        return Plan(objects=[Objects(self._artifacts, f"{path.removesuffix('/artifacts')}/")])

    def _champion(self, model: str) -> Version | None:
        number = self._mlflow.champion(model)
        return Version(model, number) if number else None

    def _is_first(self, execution: PipelineExecution, digest: str) -> bool:
        """Return whether the record of the first run with this data is this run's."""
        objects = self._s3.list_objects_v2(Bucket=self._runs, Prefix=data_key(digest)).get("Contents", [])
        if not objects:
            return False
        body = self._s3.get_object(Bucket=self._runs, Key=data_key(digest))["Body"].read()
        return f'"{execution.arn}"'.encode() in body

    def _measured(self, plan: Plan) -> Plan:
        sizes = [size for objects in plan.objects for _, size in self._list(objects)]
        return plan.model_copy(update={"files": len(sizes), "size": sum(sizes)})

    def _list(self, objects: Objects) -> Iterator[tuple[str, int]]:
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=objects.bucket, Prefix=objects.prefix)
        for page in pages:
            for item in page.get("Contents", []):
                yield item["Key"], item["Size"]

    def _delete(self, bucket: str, keys: list[str]) -> None:
        for start in range(0, len(keys), _BATCH):
            batch = keys[start : start + _BATCH]
            answer = self._s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": key} for key in batch]})
            for refused in answer.get("Errors", [])[:1]:
                raise RemovalError(
                    f"s3://{bucket}/{refused.get('Key')} could not be removed: {refused.get('Message')}."
                )


def plan(removal: Removal, name: str, find: Callable[[str], PipelineExecution]) -> Plan:
    """Plan the removal of a model of that name, or else of the run that goes by it.

    Raises:
        ExecutionNotFoundError: when there is neither.
    """
    found = removal.of_model(name)
    if found is not None:
        return found
    try:
        return removal.of_run(find(name))
    except ExecutionNotFoundError as error:
        raise ExecutionNotFoundError(f"No model is called {name}, and: {error}") from error
