"""Registered versions with their aliases and figures, as MLflow's own server tells of them."""

import pytest

from infra.runs.mlflow_api import MlflowApi
from infra.runs.registered_versions import RegisteredVersions
from infra.settings import StackSettings
from tests.mlflow_in_process import InProcess, logged


@pytest.fixture
def versions(mlflow: InProcess) -> RegisteredVersions:
    mlflow.is_away = False
    return RegisteredVersions(MlflowApi(StackSettings(), mlflow.opener), "fraudflow", "http://127.0.0.1:5000")


def test_versions_are_known_with_what_their_runs_measured(versions: RegisteredVersions, mlflow: InProcess) -> None:
    client, name = mlflow.client, "measured & more"
    made = [logged(client, name) for _ in range(3)]
    for key, value in (("execution_arn", "arn:aws:states:::execution:m:one"), ("passed_gate", "true")):
        client.set_model_version_tag(name, "1", f"fraudflow.{key}", value)
    client.log_metric(made[0].run_id, "test_fraud_f1", 0.5)
    client.log_metric(made[0].run_id, "impact_total_cost", 120)
    client.set_registered_model_alias(name, "champion", "1")
    known = versions.known(name, 2, ["2", "9", "abc", "9" * 30])
    assert known.aliases == {"champion": "1"}
    assert [each.number for each in known.newest.versions] == ["3", "2"]
    assert known.newest.next_page is not None
    assert set(known.named) == {"1", "2"}
    champion = known.named["1"]
    assert (champion.f1, champion.cost, champion.saved, champion.aliases) == (0.5, 120, None, ["champion"])
    assert (champion.run, champion.passed_gate, known.named["2"].run) == ("one", True, None)
    assert champion.url == "http://127.0.0.1:5000/#/models/measured%20%26%20more/versions/1"
    (oldest,) = versions.latest(name, 2, known.newest.next_page).versions
    assert oldest == champion


def test_a_model_that_is_not_there_has_nothing(versions: RegisteredVersions) -> None:
    known = versions.known("nobody", 5, ["1"])
    assert (known.aliases, known.newest.versions, known.newest.next_page, known.named) == ({}, [], None, {})
