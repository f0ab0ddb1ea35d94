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


class KnownVersions(NamedTuple):
    """Versions of a model: its newest ones, and by number those that have an alias or were asked for."""

    aliases: Mapping[str, str]
    newest: SomeVersions
    named: Mapping[str, RegisteredVersion]

    @property
    def to_look_at(self) -> str | None:
        """The number of the version that is looked at where none is asked for: one that plays a part, or the newest."""
        part = self.aliases.get("champion") or self.aliases.get("challenger")
        return part or next((each.number for each in self.newest.versions), None)

    def version(self, number: str) -> RegisteredVersion | None:
        """Return a version by its number, if it is among these."""
        return self.named.get(number) or next((each for each in self.newest.versions if each.number == number), None)

    @property
    def all(self) -> list[RegisteredVersion]:
        """All of these, the newest first."""
        found = {each.number: each for each in self.newest.versions} | dict(self.named)
        return sorted(found.values(), key=lambda each: int(each.number), reverse=True)


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

    def known(self, model: str, limit: int, also: Sequence[str] = ()) -> KnownVersions:
        """Return a model's newest versions, those that have an alias, and others by number if they are there."""
        aliases = self.aliases(model)
        told, next_page = self._registry.latest_versions(model, limit)
        found = {str(each["version"]): each for each in told}
        named = dict.fromkeys([*aliases.values(), *filter(_NUMBER.fullmatch, also)])
        others = [each for number in named if number not in found and (each := self._registry.version(model, number))]
        described = {each.number: each for each in self._described([*told, *others], aliases)}
        newest = SomeVersions([described[number] for number in found], next_page)
        return KnownVersions(aliases, newest, {each: described[each] for each in named if each in described})

    def latest(self, model: str, limit: int, page: str | None = None) -> SomeVersions:
        """List some versions of a model, the newest first."""
        told, next_page = self._registry.latest_versions(model, limit, page)
        return SomeVersions(self._described(told, self.aliases(model)), next_page)

    def _described(self, told: Sequence[Answer], aliases: Mapping[str, str]) -> list[RegisteredVersion]:
        runs = list(dict.fromkeys(str(each["run_id"]) for each in told if each.get("run_id")))
        measured = self._metrics(runs) if runs else {}
        return [
            _version(
                each,
                [alias for alias, number in aliases.items() if number == str(each["version"])],
                measured.get(str(each.get("run_id")), {}),
                version_url(self._mlflow_url, str(each["name"]), str(each["version"])),
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
