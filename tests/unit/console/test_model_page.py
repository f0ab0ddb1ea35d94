"""The model page: what it shows of versions, journal, trial and threshold, and the moves that it makes."""

import json
import re
from html import unescape
from typing import Any

import pytest
from fastapi.testclient import TestClient

from console.console_app import create_app
from console.page_gate import gated
from console.stack_access import StackAccess
from console.tokens import HEADER
from infra.home.layout import Home
from tests.unit.console.conftest import PORT, TOKEN
from tests.unit.console.model_fakes import MODEL, ModelFakes, written_evaluation
from tests.unit.infra.cli.fakes import HOSTILE, Fakes


@pytest.fixture
def models() -> ModelFakes:
    return ModelFakes()


@pytest.fixture
def browser(fakes: Fakes, models: ModelFakes) -> TestClient:
    stack = StackAccess(Home(fakes.settings.home), models.backend(fakes), lambda _: fakes.deployed)
    app = gated(create_app(stack, TOKEN), PORT, token=TOKEN, password=None)
    return TestClient(app, base_url=f"http://127.0.0.1:{PORT}", headers={HEADER: TOKEN})


def told(client: TestClient, path: str, status: int = 200) -> str:
    """Return what a page says, without its markup."""
    answer = client.get(path)
    assert answer.status_code == status
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def curve_of(client: TestClient, path: str = "/model") -> dict[str, Any]:
    (block,) = re.findall(r'<script type="application/json" id="curve">(.*?)</script>', client.get(path).text)
    curve: dict[str, Any] = json.loads(block)
    return curve


def test_it_shows_who_decides_and_what_each_version_measured(browser: TestClient) -> None:
    page = browser.get("/model").text
    assert 'data-alias="champion">Version 2</p>' in page
    assert 'data-alias="former">Version 1</p>' in page
    assert 'href="/runs/one"' in page
    assert 'href="http://127.0.0.1:5000/#/models/fraud-detector/versions/3"' in page
    shown = told(browser, "/model")
    assert "On its test rows: F1 0.372, cost 500." in shown
    assert "The latest entries of the journal do not say since when" in shown
    assert "Both on the same 2,000 test rows, 20 of them fraud" in shown
    assert "Show older versions" in shown
    assert "No champion of fraud-detector was moved yet." in shown


def test_the_curve_has_every_point_of_the_document_with_its_counts(browser: TestClient) -> None:
    curve, document = curve_of(browser), json.loads(written_evaluation())
    points = {each["threshold"]: each for each in curve["points"]}
    named = document["curves"]["points"]
    for each in [*document["curves"]["cost"], *named["policies"].values(), named["chosen"]]:
        found = points[each["threshold"]]
        assert (found["missed"], found["alarms"], found["cost"]) == (
            each["frauds_missed"],
            each["false_alarms"],
            each["cost"],
        )
        assert found["caught"] == 20 - found["missed"]
    thresholds = [each["threshold"] for each in curve["points"]]
    assert thresholds == sorted(thresholds, reverse=True)
    assert curve["points"][curve["chosen"]]["threshold"] == 0.97
    assert curve["points"][curve["at_f1"]]["threshold"] == 0.995
    assert curve["points"][0]["caught"] == curve["points"][0]["alarms"] == curve["points"][0]["saved"] == 0
    assert curve["points"][curve["cheapest"]]["cost"] == min(each["cost"] for each in curve["points"])


def test_a_version_is_looked_at_and_one_that_is_not_there_is_said(browser: TestClient) -> None:
    assert "The threshold of version 1" in told(browser, "/model?version=1")
    for number in ("9", "abc", "9" * 30):
        assert f"'fraud-detector' has no version {number}." in told(browser, f"/model?version={number}")


def test_another_model_is_shown_and_one_that_is_not_there_is_said(browser: TestClient, models: ModelFakes) -> None:
    shown = told(browser, "/model?name=other")
    assert "No version is the champion yet." in shown
    assert "registered by no run of this stack" in told(browser, "/model?name=other&version=1")
    assert "No model is called nobody" in told(browser, "/model?name=nobody", 404)
    models.registry.aliases.clear()
    assert "No version of fraud-detector is registered yet" in told(browser, "/model")


def test_a_damaged_document_costs_the_curve_and_not_the_page(browser: TestClient, models: ModelFakes) -> None:
    models.evaluation = b"{}"
    shown = told(browser, "/model")
    assert "The evaluation of the run one can't be read" in shown
    assert "Version 2" in shown


def test_a_damaged_journal_costs_the_journal_and_not_the_page(browser: TestClient, models: ModelFakes) -> None:
    models.store.objects[f"s3://loop/journal/{MODEL}/1-a.json"] = b"no JSON"
    shown = told(browser, "/model")
    assert "The journal can't be read" in shown
    assert "The threshold of version 2" in shown


def test_what_others_have_written_is_inert(browser: TestClient, models: ModelFakes) -> None:
    models.registry.aliases[HOSTILE] = {"champion": "1"}
    models.registry.tags["fraudflow.reason"] = models.registry.tags["fraudflow.algorithm"] = HOSTILE
    for path in ("/model", "/model?name=%5Bred%5Dx%5B%2Fred%5D%1B%5B31m%E2%80%AE%3Cscript%3E"):
        page = browser.get(path).text
        assert page.count("<script>") == 0
        assert "&lt;script&gt;" in page


def test_a_trial_shows_what_the_last_look_found(browser: TestClient, models: ModelFakes) -> None:
    assert "no look has judged it yet" in told(browser, "/model")
    verdict = {"outcome": "wait", "reason": "The trial goes on.", "metrics": {"decisions": 4000, "evidence": 3.5}}
    record = {"model": MODEL, "champion": "2", "challenger": "3", "former": None, "rollback": None, "trial": verdict}
    models.store.objects[f"s3://loop/judged/{MODEL}/20260101T000000-x.json"] = json.dumps(record).encode()
    shown = told(browser, "/model")
    assert "On trial: The trial goes on." in shown
    assert "4,000, with 0 frauds" in shown
    models.registry.aliases[MODEL]["champion"] = "1"  # the verdict was on another champion
    assert "no look has judged it yet" in told(browser, "/model")
    models.registry.tags["fraudflow.passed_gate"] = "false"
    assert "it is not on trial" in told(browser, "/model")
