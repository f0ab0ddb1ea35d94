"""The page of the runs on the command line's fakes."""

import pytest
from fastapi.testclient import TestClient

from tests.unit.infra.cli.fakes import Fakes


def test_the_page_shows_a_run_as_the_command_line_does(client: TestClient) -> None:
    text = client.get("/runs").text
    for part in ("succeeded", "fraud-detector 1", "champion", "0.372", "1 to 1 of 1"):
        assert part in text


def test_names_of_files_are_inert(client: TestClient) -> None:
    text = client.get("/runs").text
    assert "<script>" not in text
    assert "[red]x[/red]\\x1b[31m\\u202e&lt;script&gt;" in text


@pytest.mark.parametrize("query", ["status=FAILED", "file=march", "page=2"])
def test_where_no_run_is_asked_for_the_page_says_what_to_do(client: TestClient, query: str) -> None:
    text = client.get(f"/runs?{query}").text
    assert 'class="notice"' in text
    assert "<table>" not in text


def test_an_empty_stack_says_how_to_begin(fakes: Fakes, client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fakes.executions, "latest", lambda _: [])
    assert "There are no runs yet." in client.get("/runs").text
