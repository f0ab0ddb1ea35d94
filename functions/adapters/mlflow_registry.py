"""Registered models in MLflow, their versions and aliases."""

import json
from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType

import pandas as pd
from mlflow import MlflowClient
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException

from functions.adapters.mlflow_artifacts import download
from functions.adapters.mlflow_errors import ALREADY_EXISTS, MISSING, our_errors
from functions.adapters.mlflow_models import MODEL_FILE, shortened
from functions.adapters.mlflow_runs import EXECUTION_TAG, REASON_TAG
from functions.contracts import Alias, Execution, Registration
from functions.ports import Champion, ModelToRegister

# The decision at registration; the current champion is the version with the alias.
DECISION_TAG = "fraudflow.decision"
COMPARED_TAG = "fraudflow.compared_with"

# The decision as earlier releases wrote it, which is no longer true once the alias has moved.
_EARLIER_TAG = "fraudflow.alias"
_CHAMPION: Alias = "champion"
_FORMER = "former"
_DECISIONS: Mapping[Alias, str] = MappingProxyType({"champion": "promoted", "challenger": "not promoted"})
_FINISHED = "FINISHED"
# By which MLflow calls it, in the layout that pandas calls "split".
_EXAMPLE_FILE = "input_example.json"
# Limit of PostgreSQL's column.
_DESCRIPTION_LENGTH = 5000


class MlflowRegistry:
    """The registry of one server."""

    def __init__(self, client: MlflowClient) -> None:
        self._client = client

    def champion(self, name: str, *, before: Execution | None = None) -> Champion | None:
        """Return the current champion, or its predecessor when ``before`` itself was promoted."""
        with our_errors("the champion"):
            version = self._by_alias(name, _CHAMPION)
            if version is None:
                return None
            if before is not None and version.tags.get(EXECUTION_TAG) == before.arn:
                compared = version.tags.get(COMPARED_TAG)
                if not compared:
                    return None
                version = self._client.get_model_version(name, compared)
        return Champion(name=name, version=str(version.version), run_id=version.run_id or "")

    def version(self, name: str, *, alias: str | None = None, version: str | None = None) -> Champion | None:
        """Return the version that an alias points to now, or the one of a number; None when there is none."""
        with our_errors("the version"):
            found = self._by_alias(name, alias) if alias is not None else self._by_number(name, version or "")
        return None if found is None else Champion(name=name, version=str(found.version), run_id=found.run_id or "")

    def aliases_of(self, name: str) -> Mapping[str, str]:
        """Return the version of each alias of a model, as numbers in texts; none when there is no such model."""
        with our_errors("the aliases"):
            try:
                found = self._client.get_registered_model(name).aliases
            except MlflowException as error:
                if error.error_code != MISSING:
                    raise
                return {}
        return {alias: str(version) for alias, version in found.items()}

    def set_alias(self, name: str, alias: str, version: str | None) -> None:
        """Point an alias to a version, or remove it; one that is not there is no error."""
        with our_errors(f"the alias {alias}"):
            if version is None:
                self._client.delete_registered_model_alias(name, alias)
            else:
                self._client.set_registered_model_alias(name, alias, version)

    def version_tags(self, name: str, version: str) -> Mapping[str, str]:
        """Return the tags of a registered version; none when there is no such version."""
        with our_errors("the version"):
            found = self._by_number(name, version)
        return {} if found is None else dict(found.tags)

    def challenger(self, name: str, *, before: Execution) -> Registration | None:
        """Return the last registered version that was not promoted; None where it is of ``before`` itself."""
        with our_errors("the challenger"):
            version = self._by_alias(name, "challenger")
        if version is None or version.tags.get(EXECUTION_TAG) == before.arn or REASON_TAG not in version.tags:
            return None
        return _registration(version)

    def _by_alias(self, name: str, alias: str) -> ModelVersion | None:
        return _found(partial(self._client.get_model_version_by_alias, name, alias))

    def _by_number(self, name: str, version: str) -> ModelVersion | None:
        return _found(partial(self._client.get_model_version, name, version))

    def registered(self, name: str, execution: Execution) -> Registration | None:
        """Return the version that this execution has registered already, with its recorded decision."""
        with our_errors("the registry"):
            query = f"name = '{name}' and tags.`{EXECUTION_TAG}` = '{execution.arn}'"
            versions = self._client.search_model_versions(query, max_results=1)
        return _registration(versions[0]) if versions else None

    def register(self, execution: Execution, model: ModelToRegister) -> Registration:
        """Register a version of a logged model with its decision in the tags, and apply the decision (``settle``).

        The tags are part of the one request that creates the version: a version without a decision can't exist.
        """
        decision = {
            EXECUTION_TAG: execution.arn,
            DECISION_TAG: _DECISIONS[model.alias],
            REASON_TAG: model.reason,
            COMPARED_TAG: model.compared_with or "",
        }
        with our_errors(f"the model {model.name}"):
            version = self._create_version(model, {**model.tags, **decision})
        made = Registration(name=model.name, version=str(version.version), alias=model.alias, reason=model.reason)
        return self._carry_out(made, run_id=model.run_id, compared_with=model.compared_with)

    def settle(self, registration: Registration) -> Registration:
        """Apply the decision, once: a redelivered event must not take the alias back from a later version.

        A champion that the decision did not know of keeps its alias: another run was promoted meanwhile.
        """
        with our_errors(f"the alias {registration.alias}"):
            version = self._client.get_model_version(registration.name, registration.version)
            run = self._client.get_run(version.run_id or "")
        # The last write marks the whole as done.
        if run.info.status == _FINISHED:
            champion = self.champion(registration.name)
            return registration.model_copy(update={"champion": champion.version if champion else None})
        compared_with = version.tags.get(COMPARED_TAG)
        return self._carry_out(registration, run_id=run.info.run_id, compared_with=compared_with)

    def _carry_out(self, registration: Registration, *, run_id: str, compared_with: str | None) -> Registration:
        name, number = registration.name, registration.version
        champion = self.champion(name)
        with our_errors(f"the alias {registration.alias}"):
            if registration.alias == _CHAMPION and champion and champion.version not in {compared_with, number}:
                registration = self._demote(registration, champion)
            if registration.alias == _CHAMPION and champion and champion.version != number:
                # Which a rollback returns to.
                self._client.set_registered_model_alias(name, _FORMER, champion.version)
            self._client.set_registered_model_alias(name, registration.alias, number)
            if registration.alias == _CHAMPION and champion:
                self._forget_earlier_tags(name)
            self._client.set_terminated(run_id, status=_FINISHED)
        return _with_champion(registration, champion)

    def _forget_earlier_tags(self, name: str) -> None:
        """Delete the tags by which earlier releases call more than one version the champion."""
        query = f"name = '{name}' and tags.`{_EARLIER_TAG}` = '{_CHAMPION}'"
        for version in self._client.search_model_versions(query):
            self._client.delete_model_version_tag(name, version.version, _EARLIER_TAG)

    def _demote(self, registration: Registration, champion: Champion) -> Registration:
        meanwhile = (
            f"Version {champion.version} became the champion while this one was compared with its predecessor: "
            f"run again to compare them."
        )
        reason = f"{meanwhile} {registration.reason}"
        name, number = registration.name, registration.version
        known = self._client.get_model_version(name, number).description or ""
        described = shortened(f"{meanwhile}\n\n{known}", _DESCRIPTION_LENGTH)
        self._client.update_model_version(name, number, description=described)
        self._client.set_model_version_tag(name, number, REASON_TAG, reason)
        self._client.set_model_version_tag(name, number, DECISION_TAG, _DECISIONS["challenger"])
        return registration.model_copy(update={"alias": "challenger", "reason": reason})

    def model_bytes(self, champion: Champion) -> bytes | None:
        """Read the skops file of a registered version; None when its artifacts are gone."""
        return self._file(champion, MODEL_FILE)

    def input_example(self, champion: Champion) -> pd.DataFrame | None:
        """Read the rows that a registered version was logged with; None without any."""
        body = self._file(champion, _EXAMPLE_FILE)
        # As numbers and texts: pandas would take a text that looks like a date for one.
        return None if body is None else pd.DataFrame(**json.loads(body))

    def _file(self, champion: Champion, path: str) -> bytes | None:
        with our_errors(f"version {champion.version}"):
            source = self._client.get_model_version_download_uri(champion.name, champion.version)
            return download(source, path, tracking_uri=self._client.tracking_uri)

    def _create_version(self, model: ModelToRegister, tags: dict[str, str]) -> ModelVersion:
        """Create a version; the registered model as well when it is the first."""
        create = partial(
            self._client.create_model_version,
            model.name,
            source=f"models:/{model.model_id}",
            run_id=model.run_id,
            model_id=model.model_id,
            tags=tags,
            description=shortened(model.description, _DESCRIPTION_LENGTH),
        )
        try:
            return create()
        except MlflowException as error:
            if error.error_code != MISSING:
                raise
        try:
            self._client.create_registered_model(model.name)
        except MlflowException as error:
            if error.error_code != ALREADY_EXISTS:
                raise
        return create()


def _found(ask: Callable[[], ModelVersion]) -> ModelVersion | None:
    try:
        return ask()
    except MlflowException as error:
        # A missing alias of an existing model is reported as INVALID_PARAMETER_VALUE, and so is a number that is none.
        if error.error_code in {MISSING, "INVALID_PARAMETER_VALUE"}:
            return None
        raise


def _with_champion(registration: Registration, before: Champion | None) -> Registration:
    """Return the registration with the champion after its alias is set; ``before`` was the champion until then."""
    previous = before.version if before else None
    now = registration.version if registration.alias == _CHAMPION else previous
    return registration.model_copy(update={"champion": now})


def _registration(version: ModelVersion) -> Registration:
    tags = version.tags
    promoted = tags[DECISION_TAG] == _DECISIONS[_CHAMPION] if DECISION_TAG in tags else tags[_EARLIER_TAG] == _CHAMPION
    return Registration(
        name=version.name,
        version=str(version.version),
        alias=_CHAMPION if promoted else "challenger",
        reason=version.tags[REASON_TAG],
    )
