"""Who the champion is, and who it was before a run that is driven again; the first version of a new model."""

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException
from mlflow.protos import databricks_pb2 as codes

from functions.adapters.mlflow_registry import COMPARED_TAG, DECISION_TAG, MlflowRegistry
from functions.adapters.mlflow_runs import EXECUTION_TAG, REASON_TAG
from functions.contracts import Execution, Registration
from functions.core.errors import TrackingUnavailableError
from functions.ports import Champion, ModelToRegister

NAME = "fraud-detector"
EARLIER = Execution(arn="arn:earlier", name="earlier", started_at="2026-01-01T00:00:00Z")
NOW = Execution(arn="arn:now", name="now", started_at="2026-01-02T00:00:00Z")


@dataclass
class Client:
    """A registry in memory, with as much of MLflow's client as the adapter uses."""

    versions: dict[str, dict[str, str]] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    models: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)
    ended: set[str] = field(default_factory=set)
    error: Exception | None = None
    descriptions: dict[str, str] = field(default_factory=dict)

    def get_model_version(self, name: str, version: str) -> ModelVersion:
        self.asked.append("get_model_version")
        if version not in self.versions:
            raise MlflowException("no such version", error_code=codes.RESOURCE_DOES_NOT_EXIST)
        return _version(name, version, self.versions[version])

    def get_model_version_by_alias(self, name: str, alias: str) -> ModelVersion:
        if self.error is not None:
            raise self.error
        if alias not in self.aliases:
            raise MlflowException("no such alias", error_code=codes.INVALID_PARAMETER_VALUE)
        return self.get_model_version(name, self.aliases[alias])

    def create_model_version(self, name: str, **told: Any) -> ModelVersion:  # noqa: ANN401 - MLflow's own
        self.asked.append("create_model_version")
        if name not in self.models:
            raise MlflowException("no such model", error_code=codes.RESOURCE_DOES_NOT_EXIST)
        assert told["source"] == f"models:/{told['model_id']}"
        self.versions[str(len(self.versions) + 1)] = told["tags"]
        return _version(name, str(len(self.versions)), told["tags"])

    def create_registered_model(self, name: str) -> None:
        self.asked.append("create_registered_model")
        self.models.add(name)

    def _get_registry_client(self) -> "Client":
        return self

    def set_registered_model_alias(self, _: str, alias: str, version: str) -> None:
        self.aliases[alias] = version

    def set_model_version_tag(self, _: str, version: str, key: str, value: str) -> None:
        self.versions[version][key] = value

    def search_model_versions(self, query: str) -> list[ModelVersion]:
        assert query == f"name = '{NAME}' and tags.`fraudflow.alias` = 'champion'"
        tagged = [each for each, tags in self.versions.items() if tags.get("fraudflow.alias") == "champion"]
        return [self.get_model_version(NAME, each) for each in tagged]

    def delete_model_version_tag(self, _: str, version: str, key: str) -> None:
        del self.versions[version][key]

    def update_model_version(self, _: str, version: str, description: str) -> None:
        self.descriptions[version] = description

    def set_terminated(self, run_id: str, status: str) -> None:
        assert status == "FINISHED"
        self.ended.add(run_id)

    def get_run(self, run_id: str) -> SimpleNamespace:
        return SimpleNamespace(
            info=SimpleNamespace(run_id=run_id, status="FINISHED" if run_id in self.ended else "RUNNING")
        )


def _version(name: str, version: str, tags: dict[str, str]) -> ModelVersion:
    return ModelVersion(name, version, 0, run_id=f"run-{version}", tags=[_Tag(*tag) for tag in tags.items()])  # type: ignore[misc]


@dataclass
class _Tag:
    key: str
    value: str


def registry(client: Client) -> MlflowRegistry:
    return MlflowRegistry(client)  # type: ignore[arg-type]  # as much of it as is used


def two_champions() -> Client:
    """Return the registry after the second run's version has replaced the first one's."""
    first = {EXECUTION_TAG: EARLIER.arn, COMPARED_TAG: ""}
    return Client({"1": first, "2": {EXECUTION_TAG: NOW.arn, COMPARED_TAG: "1"}}, {"champion": "2"}, {NAME})


def test_where_there_is_no_champion_there_is_none() -> None:
    assert registry(Client()).champion(NAME) is None


def test_the_champion_is_the_version_that_the_alias_names() -> None:
    assert registry(two_champions()).champion(NAME) == Champion(NAME, "2", "run-2")


def test_a_version_is_found_by_its_alias_or_its_number_and_one_that_is_not_there_is_none() -> None:
    known = registry(two_champions())
    assert known.version(NAME, alias="champion") == Champion(NAME, "2", "run-2")
    assert known.version(NAME, version="1") == Champion(NAME, "1", "run-1")
    assert known.version(NAME, alias="challenger") is None
    assert known.version(NAME, version="7") is None


def test_a_run_that_is_driven_again_is_told_the_champion_that_it_has_replaced() -> None:
    assert registry(two_champions()).champion(NAME, before=NOW) == Champion(NAME, "1", "run-1")


def test_any_other_run_is_told_the_champion() -> None:
    assert registry(two_champions()).champion(NAME, before=EARLIER) == Champion(NAME, "2", "run-2")


def test_the_first_champions_own_run_is_told_that_there_was_none() -> None:
    client = two_champions()
    client.aliases["champion"] = "1"
    assert registry(client).champion(NAME, before=EARLIER) is None


def test_a_version_that_was_not_promoted_is_told_with_its_reason_but_not_to_its_own_run() -> None:
    refused = {EXECUTION_TAG: EARLIER.arn, COMPARED_TAG: "", DECISION_TAG: "not promoted", REASON_TAG: "Too dear."}
    client = Client({"1": refused}, {"challenger": "1"}, {NAME})
    told = registry(client).challenger(NAME, before=NOW)
    assert told == Registration(name=NAME, version="1", alias="challenger", reason="Too dear.")
    assert registry(client).challenger(NAME, before=EARLIER) is None
    assert registry(Client()).challenger(NAME, before=NOW) is None


def test_a_registry_that_does_not_answer_is_not_one_without_a_champion() -> None:
    away = Client(error=MlflowException("away", error_code=codes.INTERNAL_ERROR))
    with pytest.raises(TrackingUnavailableError):
        registry(away).champion(NAME)


def _model() -> ModelToRegister:
    return ModelToRegister(*(NAME, "run-1", "m-1", "champion", "It is the first.", None, {"own": "tag"}, ""))


def test_the_registered_model_is_made_with_its_first_version_only() -> None:
    client = Client()
    adapter = registry(client)
    assert adapter.register(NOW, _model()).version == "1"
    assert adapter.register(EARLIER, _model()).version == "2"
    asked = [each for each in client.asked if each.startswith("create")]
    assert asked == ["create_model_version", "create_registered_model", "create_model_version", "create_model_version"]
    assert client.versions["1"]["own"] == "tag"
    assert client.versions["1"][EXECUTION_TAG] == NOW.arn


def test_a_version_is_made_with_its_decision_carried_out() -> None:
    client = Client(models={NAME})
    assert registry(client).register(NOW, _model()).alias == "champion"
    assert client.aliases == {"champion": "1"}
    assert client.ended == {"run-1"}
    assert client.asked == ["create_model_version"]
    assert client.versions["1"][DECISION_TAG] == "promoted"


def test_a_version_of_an_earlier_release_is_read_by_its_former_tag() -> None:
    former = {EXECUTION_TAG: NOW.arn, "fraudflow.alias": "challenger", REASON_TAG: "It is not better."}
    client = Client({"1": former}, {}, {NAME})
    client.search_model_versions = lambda *_, **__: [client.get_model_version(NAME, "1")]  # type: ignore[method-assign]
    assert registry(client).registered(NAME, NOW) == Registration(
        name=NAME, version="1", alias="challenger", reason="It is not better."
    )


def test_a_decision_is_carried_out_once() -> None:
    client = two_champions()
    client.aliases["champion"] = "1"
    second = Registration(name=NAME, version="2", alias="champion", reason="It is better.")
    assert registry(client).settle(second) == second.model_copy(update={"champion": "2"})
    assert client.aliases["champion"] == "2"
    assert client.ended == {"run-2"}
    # Delivered again after a later version has won: the alias stays with that one.
    client.versions["3"] = {}
    client.aliases["champion"] = "3"
    assert registry(client).settle(second).champion == "3"
    assert client.aliases["champion"] == "3"


def test_a_champion_that_the_decision_did_not_know_of_keeps_its_alias() -> None:
    client = two_champions()
    client.versions["3"] = {EXECUTION_TAG: "arn:third", COMPARED_TAG: "1"}
    third = Registration(name=NAME, version="3", alias="champion", reason="It is better.")
    settled = registry(client).settle(third)
    assert settled.alias == "challenger"
    assert settled.reason.startswith("Version 2 became the champion while this one was compared")
    assert client.aliases == {"champion": "2", "challenger": "3"}
    assert client.versions["3"][DECISION_TAG] == "not promoted"
    assert client.descriptions["3"].startswith("Version 2 became the champion while this one was compared")


def test_who_was_champion_until_a_promotion_is_the_former_one_and_stays_it_at_a_repeat() -> None:
    client = two_champions()
    client.aliases["champion"] = "1"
    second = Registration(name=NAME, version="2", alias="champion", reason="Cheaper.")
    registry(client).settle(second)
    assert client.aliases == {"champion": "2", "former": "1"}
    client.ended.clear()  # interrupted before the run was ended
    registry(client).settle(second)
    assert client.aliases == {"champion": "2", "former": "1"}
