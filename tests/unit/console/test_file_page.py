"""A dropped file over HTTP: arriving, looked at, corrected, started once."""

import json
import re
from html import unescape
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from functions.settings import RunSettings
from infra.runs import uploads
from tests.unit.infra.cli.fakes import Fakes

ROWS = 60
HOSTILE = "<img src=x onerror=alert(1)>"


def _csv(*more: str) -> bytes:
    lines = [",".join(["card_id", "amount", *more, "is_fraud"])]
    lines += [
        ",".join([f"C{row % 7}", f"{row * 1.5}", *("x" for _ in more), f"{int(row % 5 == 0)}"]) for row in range(ROWS)
    ]
    return ("\n".join(lines) + "\n").encode()


def _dropped(client: TestClient, content: bytes, name: str = "payments.csv") -> str:
    answer = client.put("/files", params={"name": name}, content=content)
    assert answer.status_code == 201
    return str(answer.json()["page"])


def _incoming(fakes: Fakes) -> list[Path]:
    return list((fakes.settings.home / "console" / "incoming").glob("*"))


def test_a_dropped_file_is_looked_at_in_a_process_of_its_own(client: TestClient) -> None:
    page = _dropped(client, _csv(HOSTILE))
    shown = client.get(page)
    assert shown.status_code == 200
    assert "payments.csv" in shown.text
    found = client.post(f"{page}/found")
    assert found.status_code == 200
    assert HOSTILE not in found.text
    assert HOSTILE in unescape(found.text)
    assert re.search(r"<bdi>card_id</bdi>.*?<option value=\"\">entity</option>", found.text, re.DOTALL)
    assert "roles.card_id = &#34;entity&#34;" in found.text


def test_a_correction_is_looked_at_again_and_says_what_it_changes(client: TestClient) -> None:
    page = _dropped(client, _csv())
    fields = {
        "column": [json.dumps(name) for name in ("card_id", "amount", "is_fraud")],
        "role": ["category", "", ""],
        "was": ["entity", "amount", "target"],
    }
    found = client.post(f"{page}/found", data=fields)
    assert "Changed: 'card_id' is category now, and was entity." in unescape(found.text)
    assert "pinned by FRAUDFLOW_ROLES" in found.text
    fields["was"] = ["category", "amount", "target"]
    assert "Nothing else changes by that." in client.post(f"{page}/found", data=fields).text


def test_a_file_that_is_no_table_gets_its_sentence_beside_the_form(client: TestClient) -> None:
    page = _dropped(client, b"\x89PNG\r\n", "picture.csv")
    refused = client.post(f"{page}/found", headers={"hx-request": "true"})
    assert (refused.status_code, refused.headers["hx-retarget"]) == (422, "#said")
    assert "picture.csv is a PNG image" in refused.text


def test_a_file_without_labels_is_led_to_the_page_that_scores_it(client: TestClient) -> None:
    lines = ["amount,items", *(f"{row * 1.5},{row % 4}" for row in range(ROWS))]
    found = client.post(f"{_dropped(client, chr(10).join(lines).encode())}/found").text
    assert "<code>fraudflow score</code> scores it" in found
    assert 'by the page <a href="/score">Score</a>' in found
    assert 'href="/score"' not in client.post(f"{_dropped(client, _csv())}/found").text


def test_a_run_is_started_once_and_its_file_is_removed(client: TestClient, fakes: Fakes) -> None:
    page = _dropped(client, _csv())
    started = client.post(f"{page}/run", data={"threshold": "f1", "column": '"card_id"', "role": "category"})
    assert started.headers["hx-redirect"] == "/runs/one"
    assert fakes.uploaded == ["payments.csv"]
    assert fakes.sent == RunSettings(threshold="f1", roles={"card_id": "category"})
    assert _incoming(fakes) == []
    again = client.post(f"{page}/run")
    assert (again.status_code, fakes.uploaded) == (422, ["payments.csv"])
    assert "not here any more" in again.text


def test_a_wrong_setting_starts_nothing_and_keeps_the_file(client: TestClient, fakes: Fakes) -> None:
    page = _dropped(client, _csv())
    refused = client.post(f"{page}/run", data={"seed": "x"}, headers={"hx-request": "true"})
    assert "seed is &#39;x&#39;: it takes a whole number" in refused.text
    assert (refused.headers["hx-retarget"], fakes.uploaded, len(_incoming(fakes))) == ("#said", [], 1)


@pytest.mark.parametrize("told", [True, False])
def test_a_file_that_is_too_large_leaves_nothing(
    client: TestClient, fakes: Fakes, monkeypatch: pytest.MonkeyPatch, *, told: bool
) -> None:
    monkeypatch.setattr(uploads, "LARGEST", 10)
    content = b"x" * 11 if told else iter([b"x" * 6, b"x" * 6, b"x"])
    refused = client.put("/files", params={"name": "a.csv"}, content=content)
    assert (refused.status_code, "larger than 5 GiB" in refused.json()["said"]) == (422, True)
    assert _incoming(fakes) == []


def test_a_file_can_be_removed(client: TestClient, fakes: Fakes) -> None:
    page = _dropped(client, _csv())
    assert client.delete(page).headers["hx-redirect"] == "/"
    assert _incoming(fakes) == []
    assert "not here any more" in client.get(page).text


def test_made_up_transactions_are_for_people_without_data(client: TestClient) -> None:
    page = client.post("/made-up").headers["hx-redirect"]
    assert "synthetic.csv" in client.get(page).text


def test_the_first_page_has_the_newest_runs_and_where_to_drop(client: TestClient) -> None:
    shown = client.get("/").text
    assert 'type="file"' in shown
    newest = client.get("/newest").text
    assert 'href="/runs/one"' in newest
    assert "<script>" not in newest
