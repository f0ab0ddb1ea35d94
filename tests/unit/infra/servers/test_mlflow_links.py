"""MLflow's clients are told of no links to the bucket where these lead nowhere."""

import pytest
from fastapi import FastAPI
from fastapi.responses import JSONResponse
from fastapi.testclient import TestClient
from mlflow.server import server_info_api
from mlflow.utils import server_info

from infra.servers.mlflow_links import WithoutLinks

LINKS = (server_info.SERVER_INFO_MULTIPART_UPLOADS_ENABLED, server_info.SERVER_INFO_MULTIPART_DOWNLOADS_ENABLED)


@pytest.fixture
def servers(monkeypatch: pytest.MonkeyPatch) -> tuple[TestClient, TestClient]:
    """MLflow's own route over artifacts in S3, as it is and without links."""
    said = {"store_type": "SqlStore", **dict.fromkeys(LINKS, True)}
    monkeypatch.setattr(server_info_api, "build_server_info_payload", lambda: said)
    app = FastAPI()
    app.include_router(server_info_api.server_info_router)

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
