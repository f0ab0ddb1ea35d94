"""MLflow's clients are told of no links to the bucket where these lead nowhere."""

import pytest
from fastapi import FastAPI
from fastapi.responses import JSONResponse
from fastapi.testclient import TestClient
from mlflow.server import handlers
from mlflow.server.server_info_api import server_info_router

from infra.servers.mlflow_links import WithoutLinks

LINKS = ("multipart_uploads_enabled", "multipart_downloads_enabled")


@pytest.fixture
def servers(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> tuple[TestClient, TestClient]:
    """MLflow's own answer over artifacts in S3, as it is and without links."""
    monkeypatch.setenv("_MLFLOW_SERVER_FILE_STORE", f"sqlite:///{tmp_path}/runs.db")
    monkeypatch.setenv("_MLFLOW_SERVER_ARTIFACT_ROOT", "mlflow-artifacts:/")
    monkeypatch.setenv("_MLFLOW_SERVER_SERVE_ARTIFACTS", "true")
    monkeypatch.setenv("_MLFLOW_SERVER_ARTIFACT_DESTINATION", "s3://mlflow-artifacts")
    monkeypatch.setattr(handlers, "_tracking_store", None)
    monkeypatch.setattr(handlers, "_artifact_repo", None)
    app = FastAPI()
    app.include_router(server_info_router)

    @app.get("/refused/mlflow/server-info")
    def refuse() -> JSONResponse:
        return JSONResponse({"error_code": "INTERNAL_ERROR"}, 500)

    return TestClient(app), TestClient(WithoutLinks(app))


@pytest.mark.parametrize("api", ["api", "ajax-api"])
def test_a_server_without_links_has_every_file_go_through_itself(
    servers: tuple[TestClient, TestClient], api: str
) -> None:
    plain, without = (each.get(f"/{api}/3.0/mlflow/server-info") for each in servers)
    assert {name: plain.json()[name] for name in LINKS} == dict.fromkeys(LINKS, True)
    assert without.json() == {**plain.json(), **dict.fromkeys(LINKS, False)}
    assert int(without.headers["content-length"]) == len(without.content)


def test_all_else_is_answered_as_it_was(servers: tuple[TestClient, TestClient]) -> None:
    for path in ("/health", "/nowhere", "/refused/mlflow/server-info"):
        plain, without = (each.get(path) for each in servers)
        assert (without.status_code, without.content) == (plain.status_code, plain.content)
