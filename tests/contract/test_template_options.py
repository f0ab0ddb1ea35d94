"""What the template makes on AWS alone, if it is asked to: all of it is off on LocalStack."""

import json
from typing import Any

from functions.settings import TrackingSettings
from functions.transaction_settings import ScoreTransactionSettings
from tests.contract.conftest import ROOT, Json
from tests.contract.resources import FUNCTIONS, resource

NOTHING = {"Ref": "AWS::NoValue"}
OF_MLFLOW = {
    state for state, settings in FUNCTIONS.items() if issubclass(settings, TrackingSettings | ScoreTransactionSettings)
}


def only_if(condition: str, value: Json) -> Json:
    return {"Fn::If": [condition, value, NOTHING]}


def policies(template: dict[str, Any], state: str) -> list[Json]:
    attached: list[Json] = resource(template, f"{state}Role").get("ManagedPolicyArns", [])
    return attached


def test_nothing_that_the_template_is_given_as_a_secret_is_echoed(template: dict[str, Any]) -> None:
    silent = {name for name, each in template["Parameters"].items() if each.get("NoEcho") is True}
    assert silent == {"PseudonymKey", "MlflowTrackingUri"}


def test_what_has_no_default_stands_in_the_page_about_deploying(template: dict[str, Any]) -> None:
    needed = {name for name, each in template["Parameters"].items() if "Default" not in each}
    page = (ROOT / "docs" / "deployment.md").read_text("utf-8")
    assert {name for name in needed if f"`{name}`" not in page} == set()
    assert {"CodeBucket", "DefinitionKey"} <= needed


def test_functions_that_speak_to_mlflow_read_the_login_and_no_others(template: dict[str, Any]) -> None:
    reading = only_if("HasMlflowSecret", {"Ref": "ReadMlflowSecret"})
    assert {state for state in FUNCTIONS if reading in policies(template, state)} == OF_MLFLOW
    for state in FUNCTIONS:
        variables = resource(template, f"{state}Function")["Environment"]["Variables"]
        given = only_if("HasMlflowSecret", {"Ref": "MlflowSecret"})
        assert variables.get("FRAUDFLOW_MLFLOW_SECRET") == (given if state in OF_MLFLOW else None)
    (statement,) = resource(template, "ReadMlflowSecret")["PolicyDocument"]["Statement"]
    assert (statement["Action"], statement["Resource"]) == ("secretsmanager:GetSecretValue", {"Ref": "MlflowSecret"})


def test_s3_keeps_what_was_of_the_champions_only_copy_for_a_while(template: dict[str, Any]) -> None:
    bucket = resource(template, "MlflowArtifactsBucket")
    assert bucket["VersioningConfiguration"] == only_if("HasArtifactVersions", {"Status": "Enabled"})
    expiring = {
        "Id": "expire-former-versions",
        "Status": "Enabled",
        "NoncurrentVersionExpiration": {"NoncurrentDays": {"Ref": "ArtifactVersionDays"}},
    }
    assert only_if("HasArtifactVersions", expiring) in bucket["LifecycleConfiguration"]["Rules"]
    assert template["Parameters"]["ArtifactVersionDays"]["Default"] > 0


def test_the_mlflow_server_has_a_role_for_its_artifacts_and_for_nothing_else(template: dict[str, Any]) -> None:
    (trust,) = resource(template, "MlflowServerRole")["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": {"Ref": "MlflowServerPrincipal"}}
    (policy,) = resource(template, "MlflowServerRole")["Policies"]
    for statement in policy["PolicyDocument"]["Statement"]:
        assert json.dumps(statement["Resource"]).count("MlflowArtifactsBucket") == 1
        assert all(action.startswith("s3:") for action in statement["Action"])


def test_all_that_is_asked_for_is_off_unless_it_is(template: dict[str, Any]) -> None:
    on_request = {name: each["Condition"] for name, each in template["Resources"].items() if "Condition" in each}
    assert on_request == {"ReadMlflowSecret": "HasMlflowSecret", "MlflowServerRole": "HasMlflowServer"}
    for condition in set(on_request.values()):
        ((switch, off),) = [each["Fn::Equals"] for each in template["Conditions"][condition]["Fn::Not"]]
        assert template["Parameters"][switch["Ref"]]["Default"] == off
