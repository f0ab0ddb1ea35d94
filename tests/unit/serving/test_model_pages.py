"""What the service tells of its model and of itself: ``/v1/model``, OpenAPI and its page."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from serving.application import ServiceParts, create_app
from tests.unit.serving.serving_parts import FEATURES, Registry, parts_of, remembering, served


@pytest.fixture
def registry() -> Registry:
    return Registry()


@pytest.fixture
def parts(registry: Registry, tmp_path: Path) -> ServiceParts:
    return parts_of(registry, tmp_path)


@pytest.fixture
def client(parts: ServiceParts) -> Iterator[TestClient]:
    with TestClient(create_app(parts)) as opened:
        yield opened


def serve(registry: Registry, parts: ServiceParts, number: str) -> None:
    registry.point_at(served(number))
    parts.champion.look()


def test_the_model_is_told_with_its_columns_threshold_and_costs(
    client: TestClient, registry: Registry, parts: ServiceParts
) -> None:
    assert client.get("/v1/model").status_code == 503
    serve(registry, parts, "3")
    told = client.get("/v1/model").json()

    assert (told["name"], told["version"], told["threshold"]) == ("fraud-detector", "3", 0.5)
    assert told["columns"] == [
        {"name": "amount", "type": "numeric", "role": "amount"},
        {"name": "card", "type": "text", "role": "entity"},
    ]
    assert told["costs"] == {"missed_fraud": 100.0, "missed_fraud_column": "amount", "false_alarm": 2.0}
    assert told["shadow"] is None
    assert told["note"] is None
    assert told["histories"] is None


def test_of_a_model_with_histories_callers_are_told_which_and_are_asked_for_the_columns_of_files_alone(
    client: TestClient, registry: Registry, parts: ServiceParts
) -> None:
    registry.point_at(remembering())
    parts.champion.look()
    told = client.get("/v1/model").json()

    assert [each["name"] for each in told["columns"]] == ["amount", "card", "at"]
    assert told["histories"] == {"entities": ["card"], "window_seconds": [3600]}
    features = client.get("/openapi.json").json()["components"]["schemas"]["ScoreRequest"]["properties"]["features"]
    assert features["required"] == ["amount", "card", "at"]
    assert set(features["properties"]) == {"amount", "card", "at"}
    assert client.post("/v1/score", json=client.get("/v1/model/example").json()).status_code == 200


def test_the_example_is_a_request_that_is_answered_each_time_as_a_new_transaction(
    client: TestClient, registry: Registry, parts: ServiceParts
) -> None:
    assert client.get("/v1/model/example").status_code == 503
    serve(registry, parts, "3")
    asked = [client.get("/v1/model/example").json() for _ in range(2)]

    answers = [client.post("/v1/score", json=each) for each in asked]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert asked[0]["transaction_id"] != asked[1]["transaction_id"]


def test_openapi_has_the_columns_of_the_version_that_is_served(
    client: TestClient, registry: Registry, parts: ServiceParts
) -> None:
    assert client.get("/openapi.json").status_code == 200
    serve(registry, parts, "3")
    told = client.get("/openapi.json").json()

    features = told["components"]["schemas"]["ScoreRequest"]["properties"]["features"]
    assert features["required"] == ["amount", "card"]
    assert features["properties"]["amount"]["type"] == ["number", "string", "null"]
    content = told["paths"]["/v1/score"]["post"]["requestBody"]["content"]["application/json"]
    assert content["schema"] == {"$ref": "#/components/schemas/ScoreRequest"}
    assert content["example"]["features"] == FEATURES
    assert client.post("/v1/score", json=content["example"]).status_code == 200
    assert set(told["paths"]["/v1/score"]["post"]["responses"]) >= {"200", "413", "422", "429", "503"}
    references = set(re.findall(r"#/components/schemas/(\w+)", client.get("/openapi.json").text))
    assert references <= set(told["components"]["schemas"])


def test_the_page_fetches_nothing_from_elsewhere_and_runs_no_script_in_it(client: TestClient) -> None:
    page = client.get("/docs")
    parts = re.findall(r'(?:src|href)="([^"]+)"', page.text)

    assert "script-src" not in page.headers["content-security-policy"].replace("default-src 'self'", "")
    assert "<script>" not in page.text
    assert len(parts) == 3
    for part in parts:
        assert client.get(f"/{part}").status_code == 200
    assert client.get("/docs/other.js").status_code == 404
