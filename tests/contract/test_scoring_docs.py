"""docs/scoring.md is true: its request, its response, its errors and its settings are those that there are."""

import json
import re
from collections.abc import Iterator

import pytest

from functions.contracts.score_requests import ScoreRequest, ScoreResponse
from functions.core.scoring.input_reading import UnscorableRowsError
from functions.decisions.local_log import DecisionLogError
from functions.run.request_errors import ServiceError
from functions.scoring_settings import ScoringSettings
from infra.settings import PREFIX, StackSettings
from serving import errors
from serving.settings import ServingSettings
from tests.contract.monitoring import ROOT

PAGE = (ROOT / "docs" / "scoring.md").read_text("utf-8")
# What is raised by nobody: the gate's answers have no name in their body, and an unforeseen error has this one.
WITHOUT_CLASS = {"UnexpectedError": 500}
# Of a decision that can't be written down, by the application.
UNKEPT = {DecisionLogError.__name__: 503}
UNSCORABLE = 422


def _subclasses[E: Exception](base: type[E]) -> Iterator[type[E]]:
    for each in base.__subclasses__():
        yield each
        yield from _subclasses(each)


def _told() -> dict[str, int]:
    return {name: int(status) for status, name in re.findall(r"^\| (\d{3}) \| `(\w+)` \|", PAGE, flags=re.MULTILINE)}


def test_the_request_and_the_response_are_what_the_service_takes_and_gives() -> None:
    request = re.search(r"-d '\n(.+?)'\n```", PAGE, flags=re.DOTALL)
    response = re.search(r"```json\n(.+?)```", PAGE, flags=re.DOTALL)
    assert request
    assert response
    asked = ScoreRequest.model_validate_json(request[1])
    given = ScoreResponse.model_validate_json(response[1])
    assert given.model_dump(mode="json") == json.loads(response[1])
    assert given.transaction_id == asked.transaction_id
    assert len(given.reasons) == asked.reasons
    assert given.decision == ("alarm" if given.score >= given.threshold else "pass")
    # At the prices that the settings have unless told otherwise.
    costs = StackSettings.model_fields
    assert given.expected_cost.pass_ == pytest.approx(given.score * costs["cost_missed_fraud"].default)
    assert given.expected_cost.alarm == pytest.approx((1 - given.score) * costs["cost_false_alarm"].default)


def test_every_error_has_its_row_with_its_status() -> None:
    raised = {each.__name__: each.status for each in _subclasses(ServiceError) if each.__name__ in errors.__all__}
    unscorable = {each.__name__: UNSCORABLE for each in _subclasses(UnscorableRowsError)}
    told = _told()
    assert told.items() >= (raised | unscorable | WITHOUT_CLASS | UNKEPT).items()
    known = {each.__name__ for each in _subclasses(ServiceError)}
    assert told.keys() <= known | unscorable.keys() | WITHOUT_CLASS.keys() | UNKEPT.keys()


def test_every_setting_of_the_service_is_named() -> None:
    alone = {*ServingSettings.model_fields} - {*StackSettings.model_fields}
    for name in (*ScoringSettings.model_fields, *alone):
        assert f"`{PREFIX}{name.upper()}`" in PAGE, name
    named = set(re.findall(rf"{PREFIX}(\w+)", PAGE)) - {"SCORING_URL"}
    assert named <= {name.upper() for name in (*StackSettings.model_fields, *alone)}


def test_the_paths_are_those_that_are_answered() -> None:
    named = set(re.findall(r"^\| `(?:GET|POST) (/\S+)` \|", PAGE, flags=re.MULTILINE))
    source = "\n".join(path.read_text("utf-8") for path in (ROOT / "serving").glob("*.py"))
    assert named == {
        "/v1/score",
        "/v1/score/batch",
        "/v1/model",
        "/v1/model/example",
        "/healthz",
        "/readyz",
        "/metrics",
        "/docs",
    }
    assert [path for path in sorted(named) if f'"{path}"' not in source] == []
