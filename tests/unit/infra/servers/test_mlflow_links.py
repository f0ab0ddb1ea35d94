"""MLflow's clients are told of no links to the bucket where these lead nowhere."""

import pytest
from mlflow.server import handlers, server_info_api

from infra.servers.mlflow_server import advertise_no_links


def test_a_server_without_links_has_every_file_go_through_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    said = {"store_type": "SqlStore", "multipart_uploads_enabled": True, "multipart_downloads_enabled": True}
    monkeypatch.setattr(handlers, "build_server_info_payload", lambda: said)
    monkeypatch.setattr(server_info_api, "build_server_info_payload", lambda: said)
    advertise_no_links()
    assert server_info_api.build_server_info_payload() == {  # type: ignore[attr-defined]
        "store_type": "SqlStore",
        "multipart_uploads_enabled": False,
        "multipart_downloads_enabled": False,
    }
