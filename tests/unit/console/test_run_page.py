"""The page of a run on the command line's fakes."""

import datetime as dt
import re

import pytest
from fastapi.testclient import TestClient

from functions.telemetry.state_runs import StateRun
from infra.runs.function_logs import LogLine
from tests.unit.infra.cli.fakes import AT, FakeExecutions, Fakes


def _text(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html.partition("<main")[2]).split())


def test_a_run_shows_all_that_show_prints(client: TestClient) -> None:
    answer = client.get("/runs/one")
    text = _text(answer.text)
    assert answer.status_code == 200
    for part in (
        *("SUCCEEDED", "10,000 rows", "fraud-detector version 1", "Decision", "Threshold", "F1 0.372"),
        *("Instead threshold=f1", "Fewer misses To miss fewer than 10 frauds", "saves 1,500", "RegisterModel"),
    ):
        assert part in text
    assert re.search(r'href="http://127.0.0.1:5000/#/models/fraud-detector/versions/1">\s*Registry', answer.text)


def test_names_of_files_are_inert(client: TestClient) -> None:
    html = client.get("/runs/one").text
    assert "<script>x" not in html
    assert "&lt;script&gt;" in html
    assert "\u202e" not in html


def test_a_failed_run_says_why_and_what_to_do(client: TestClient, fakes: Fakes) -> None:
    fakes.executions = FakeExecutions("FAILED", "march.csv: row 7 has 3 fields, the header 4.")
    fakes.executions.states = [StateRun(name="LoadData", status="failed", entered=AT, left=AT, attempts=2)]
    text = _text(client.get("/runs/one").text)
    assert "NotCsvError : march.csv: row 7 has 3 fields, the header 4." in text
    assert "The logs of LoadData show what it did." in text
    assert "Logs of LoadData" in text
    assert "1 retry" in text


def test_a_log_is_cut_on_the_page_and_whole_behind_a_link(client: TestClient, fakes: Fakes) -> None:
    fakes.log = [LogLine(at=AT + dt.timedelta(seconds=n), state="LoadData", message=f"line {n}") for n in range(1000)]
    html = client.get("/runs/one?state=LoadData").text
    assert "The newest 300 of 1,000 lines." in html
    assert "line 699" not in html
    whole = client.get("/runs/one/logs.txt?state=LoadData")
    assert whole.headers["content-type"].startswith("text/plain")
    assert len(whole.text.splitlines()) == 1000


def test_only_problems_are_shown_where_asked_for(client: TestClient, fakes: Fakes) -> None:
    fakes.log = [
        LogLine(at=AT, state="LoadData", level="INFO", message="It begins."),
        LogLine(at=AT, state="LoadData", level="ERROR", message="It broke.\nTraceback\n  <b>at</b> 1"),
    ]
    text = client.get("/runs/one?problems=true").text
    assert "It begins." not in text
    assert "It broke." in text
    assert "\n      &lt;b&gt;at&lt;/b&gt; 1" in text


@pytest.mark.parametrize("name", ["compare", "live", "table", "last", "logs.txt", "files"])
def test_no_page_of_the_console_hides_a_run_of_its_name(client: TestClient, fakes: Fakes, name: str) -> None:
    fakes.executions.execution = fakes.executions.execution.model_copy(update={"name": name})
    answer = client.get(f"/runs/{name}", follow_redirects=False)
    assert answer.status_code == 200
    assert f'<h1>Run <span class="code">{name}</span></h1>' in answer.text


@pytest.mark.parametrize("name", ["last", "on"])
def test_a_part_of_a_name_leads_to_the_run(client: TestClient, name: str) -> None:
    answer = client.get(f"/runs/{name}", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (307, "/runs/one")


def test_a_run_that_has_ended_sends_its_parts_once(client: TestClient) -> None:
    text = client.get("/runs/one/live").text
    events = re.findall(r"^event: (\w+)$", text, re.MULTILINE)
    assert events == ["head", "summary", "graph", "title", "log", "ended"]
    assert "data: SUCCEEDED" in text


def test_a_run_that_has_ended_is_run_again_and_not_stopped(client: TestClient) -> None:
    html = client.get("/runs/one").text
    assert ("Run again" in html, ">Stop<" in html, "sse-connect" in html) == (True, False, False)


def test_a_run_in_progress_is_followed_and_stopped(client: TestClient, fakes: Fakes) -> None:
    fakes.executions = FakeExecutions("RUNNING")
    html = client.get("/runs/one").text
    assert "Run again" not in html
    assert re.search(r'sse-connect="/runs/one/live\?state=&amp;problems=false"', html)
    assert "The run is stopped." in client.post("/runs/one/stop").text
    assert fakes.control.done == ["stop one"]


def test_what_has_ended_is_not_stopped_and_says_so(client: TestClient) -> None:
    answer = client.post("/runs/one/stop", headers={"hx-request": "true"})
    assert answer.status_code == 422
    assert "has ended already" in answer.text


def test_running_again_leads_to_the_new_run(client: TestClient, fakes: Fakes) -> None:
    assert client.post("/runs/one/rerun").headers["hx-redirect"] == "/runs/two"
    assert fakes.control.done == ["rerun one"]


def _failed_at(*names: str) -> FakeExecutions:
    fake = FakeExecutions("FAILED", "It broke.")
    fake.states = [StateRun(name=name, status="failed", entered=AT, left=AT) for name in names]
    return fake


def test_a_failed_run_goes_on_from_the_state_of_the_main_lane(client: TestClient, fakes: Fakes) -> None:
    fakes.executions = _failed_at("LogModel")
    html = client.get("/runs/one").text
    assert ">Go on from ExamineModel<" in html
    assert "<code>fraudflow redrive NAME</code>" in html
    assert client.post("/runs/one/redrive").headers["hx-redirect"] == "/runs/two"
    assert fakes.control.done == ["redrive one"]


def test_a_run_that_can_not_go_on_only_runs_again_and_says_why(client: TestClient, fakes: Fakes) -> None:
    fakes.executions = _failed_at("LoadData")
    fakes.control.no_redrive = "It can't go on, because of <reasons>."
    html = client.get("/runs/one").text
    assert "It can&#39;t go on, because of &lt;reasons&gt;." in html
    assert ("Go on from" in html, "Run again" in html) == (False, True)
