"""Registered models and their versions: which one is what, who made it, and what it measured on its test rows."""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol
from urllib.parse import quote

from pydantic import BaseModel

from infra.home.state import Deployed
from infra.runs.mlflow_api import Answer, MlflowApi

# What MLflow's database takes for one.
_NUMBER = re.compile(r"[0-9]{1,9}")
_EXECUTION = "fraudflow.execution_arn"


class RegisteredVersion(BaseModel):
    """A version in the registry; one that something else than a run of ours has registered has few of these."""

    number: str
    registered: dt.datetime
    aliases: list[str] = []
    algorithm: str | None = None
    reason: str | None = None
    """Why it was promoted or not when it was registered."""
    passed_gate: bool = False
    """Whether live traffic may promote it."""
    execution_arn: str | None = None
    f1: float | None = None
    cost: float | None = None
    saved: float | None = None
    url: str
    """Of its page in MLflow."""

    @property
    def run(self) -> str | None:
        """The name of the run that has made it."""
        return self.execution_arn.rpartition(":")[2] if self.execution_arn else None


class SomeVersions(NamedTuple):
    """Versions, the newest first, and what asks for the next ones; None after the last."""

    versions: Sequence[RegisteredVersion]
    next_page: str | None


class VersionRegistry(Protocol):
    """The part of MLflow that is asked."""

    def aliases_of(self, name: str) -> Mapping[str, str]:
        """Return the version of each alias of a model; none when there is no such model."""

    def latest_versions(self, model: str, limit: int, page: str | None = None) -> tuple[list[Answer], str | None]:
        """List some versions of a model, the newest first, and what asks for the next ones."""

    def version(self, model: str, number: str) -> Answer | None:
        """Return a version of a model; None when there is none of that number."""

    def model_names(self) -> list[str]:
        """Return the names of all registered models."""

    def runs(self, experiment: str, query: str) -> list[Answer]:
        """Return runs of an experiment."""


class RegisteredVersions:
    """The versions of one deployed pipeline's registry.

    Args:
        registry: MLflow.
        experiment: the pipeline's experiment, whose runs hold the metrics.
        mlflow_url: where a browser finds MLflow.
    """

    def __init__(self, registry: VersionRegistry, experiment: str, mlflow_url: str) -> None:
        self._registry = registry
        self._experiment = experiment
        self._mlflow_url = mlflow_url

    @classmethod
    def of(cls, deployed: Deployed) -> "RegisteredVersions":
        """Return the versions of a deployed pipeline."""
        settings = deployed.settings
        return cls(MlflowApi(settings), settings.mlflow_experiment, settings.mlflow_url)

    def models(self) -> list[str]:
        """Return the names of all registered models."""
        return sorted(self._registry.model_names())

    def aliases(self, model: str) -> Mapping[str, str]:
        """Return the version of each alias of a model; none when there is no such model."""
        return self._registry.aliases_of(model)

    def latest(self, model: str, limit: int, page: str | None = None) -> SomeVersions:
        """List some versions of a model, the newest first."""
        told, next_page = self._registry.latest_versions(model, limit, page)
        return SomeVersions(self._described(model, told), next_page)

    def numbered(self, model: str, numbers: Sequence[str]) -> dict[str, RegisteredVersion]:
        """Return versions by their numbers, without those that are not there."""
        asked = [number for number in dict.fromkeys(numbers) if _NUMBER.fullmatch(number)]
        told = [each for number in asked if (each := self._registry.version(model, number))]
        return {each.number: each for each in self._described(model, told)}

    def _described(self, model: str, told: Sequence[Answer]) -> list[RegisteredVersion]:
        runs = [str(each["run_id"]) for each in told if each.get("run_id")]
        measured = self._metrics(runs) if runs else {}
        named: dict[str, list[str]] = {}
        for alias, number in (self._registry.aliases_of(model) if told else {}).items():
            named.setdefault(number, []).append(alias)
        return [
            _version(
                each, named.get(str(each["version"]), []), measured.get(str(each.get("run_id")), {}), self._url(each)
            )
            for each in told
        ]

    def _metrics(self, runs: Sequence[str]) -> dict[str, dict[str, float]]:
        listed = ", ".join(f"'{run}'" for run in runs)
        found = self._registry.runs(self._experiment, f"attributes.run_id IN ({listed})")
        return {
            run["info"]["run_id"]: {each["key"]: float(each["value"]) for each in run["data"].get("metrics", [])}
            for run in found
        }

    def _url(self, told: Answer) -> str:
        return version_url(self._mlflow_url, str(told["name"]), str(told["version"]))


def version_url(mlflow_url: str, model: str, number: str) -> str:
    """Return the address of a version's page in MLflow."""
    return f"{mlflow_url}/#/models/{quote(model, safe='')}/versions/{quote(number, safe='')}"


def _version(told: Answer, aliases: list[str], metrics: Mapping[str, float], url: str) -> RegisteredVersion:
    tags = {str(each["key"]): str(each.get("value", "")) for each in told.get("tags", [])}
    return RegisteredVersion(
        number=str(told["version"]),
        registered=dt.datetime.fromtimestamp(int(told.get("creation_timestamp", 0)) / 1000, dt.UTC),
        aliases=sorted(aliases),
        algorithm=tags.get("fraudflow.algorithm"),
        reason=tags.get("fraudflow.reason"),
        passed_gate=tags.get("fraudflow.passed_gate") == "true",
        execution_arn=tags.get(_EXECUTION),
        f1=metrics.get("test_fraud_f1"),
        cost=metrics.get("impact_total_cost"),
        saved=metrics.get("impact_saved"),
        url=url,
    )
