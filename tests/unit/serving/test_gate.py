"""Who is answered: programs of this machine, and where there is a token those who show it."""

from base64 import b64encode
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr

from serving.application import create_app
from serving.gate import gated
from serving.meter import Meter
from serving.settings import ServingSettings
from tests.fakes import PSEUDONYM_KEY
from tests.unit.serving.serving_parts import FEATURES, Registry, parts_of

TOKEN = "0123456789abcdef"  # noqa: S105 - of nobody
BODY = {"transaction_id": "t", "features": dict(FEATURES)}


def client(folder: Path, token: str | None = None) -> TestClient:
    settings = ServingSettings.model_validate(
        {
            "mlflow_tracking_uri": "http://127.0.0.1:5000",
            "pseudonym_key": PSEUDONYM_KEY,
            "scoring_token": token and SecretStr(token),
            "scoring_names": ("scoring:8000",),
        }
    )
    parts = parts_of(Registry(), folder)
    return TestClient(Meter(gated(create_app(parts), settings), parts.instruments), "http://127.0.0.1:8000")


def test_a_program_is_answered(tmp_path: Path) -> None:
    with client(tmp_path) as opened:
        assert opened.get("/healthz").status_code == 200
        assert opened.get("/healthz", headers={"host": "scoring:8000"}).status_code == 200


@pytest.mark.parametrize(
    "headers", [{"origin": "http://evil.example"}, {"sec-fetch-site": "cross-site"}, {"host": "evil.example:8000"}]
)
def test_a_foreign_page_is_refused_and_counted(tmp_path: Path, headers: dict[str, str]) -> None:
    with client(tmp_path) as opened:
        assert opened.post("/v1/score", json=BODY, headers=headers).status_code == 403
        metrics = opened.get("/metrics").text

    assert 'scoring_errors_total{type="ForeignRequestError"} 1.0' in metrics
    assert 'scoring_requests_total{code="403",route="single"} 1.0' in metrics


@pytest.mark.parametrize(
    ("shown", "status"),
    [
        (None, 401),
        ("Bearer wrong", 401),
        ("Bearer ü", 401),
        (f"Basic {b64encode(b'fraudflow:wrong').decode()}", 401),
        (f"Bearer {TOKEN}", 503),
        (f"bearer {TOKEN}", 503),
        (f"Basic {b64encode(f'fraudflow:{TOKEN}'.encode()).decode()}", 503),
    ],
)
def test_a_token_is_asked_for_where_there_is_one(tmp_path: Path, shown: str | None, status: int) -> None:
    headers = {} if shown is None else {b"authorization": shown.encode("latin-1")}
    with client(tmp_path, TOKEN) as opened:
        assert opened.post("/v1/score", json=BODY, headers=headers).status_code == status


@pytest.mark.parametrize(("path", "status"), [("/healthz", 200), ("/readyz", 503), ("/metrics", 401), ("/docs", 401)])
def test_only_probes_need_no_token(tmp_path: Path, path: str, status: int) -> None:
    with client(tmp_path, TOKEN) as opened:
        assert opened.get(path).status_code == status
