"""Moves of a champion from the model page: what is written, what is refused, and what an old page can't do."""

import pytest
from fastapi.testclient import TestClient

from tests.unit.console.model_fakes import MODEL, ModelFakes
from tests.unit.console.test_model_page import browser, models, told

__all__ = ["browser", "models"]

HTMX = {"hx-request": "true"}


def move(client: TestClient, what: str, status: int = 200, **fields: str) -> str:
    sent = {"name": MODEL, "seen": "2", "reason": "too many alarms"} | fields
    answer = client.post(f"/model/{what}", data=sent, headers=HTMX)
    assert answer.status_code == status
    assert (answer.headers.get("hx-trigger") == "moved") == (status == 200)
    return answer.text


def test_a_promotion_is_told_and_written_with_its_reason(browser: TestClient, models: ModelFakes) -> None:
    said = move(browser, "promote", version="3", reason="  the new\ncards ")
    assert "Version 3 of fraud-detector is the champion, after 2." in said
    assert models.registry.aliases[MODEL] == {"champion": "3", "former": "2"}
    (entry,) = models.journal.entries(MODEL)
    assert (entry.action, entry.by, entry.reason) == ("promote", "person", "the new cards")
    shown = told(browser, "/model")
    assert "by person: the new cards" in shown
    assert "2 to 3 the new cards" in shown
    part = browser.get(f"/model/state?name={MODEL}").text
    assert part.count('hx-swap-oob="true"') == 2
    assert 'name="seen" value="3"' in part


def test_a_rollback_and_a_retirement_are_told(browser: TestClient, models: ModelFakes) -> None:
    assert "Version 1 of fraud-detector is the champion, after 2." in move(browser, "rollback")
    assert "There is no former champion to return to" in told(browser, "/model")
    assert "fraud-detector is retired." in move(browser, "retire", seen="1")
    assert models.registry.aliases[MODEL] == {}
    shown = told(browser, "/model")
    assert "the model was retired" in shown
    assert "It is not in service" in shown
    assert "Version 2 of fraud-detector is the champion" in move(browser, "promote", version="2", seen="none")


@pytest.mark.parametrize("what", ["promote", "rollback", "retire"])
def test_what_was_decided_on_another_champion_is_not_done(browser: TestClient, models: ModelFakes, what: str) -> None:
    move(browser, "promote", version="3")
    for seen, was in (("2", "it was decided on version 2"), ("none", "there was none when it was decided")):
        said = move(browser, what, 422, version="1", seen=seen)
        assert "Version 3 is the champion of &#39;fraud-detector&#39; now" in said
        assert was in said
    assert models.registry.aliases[MODEL]["champion"] == "3"
    assert len(models.journal.entries(MODEL)) == 1


@pytest.mark.parametrize(
    ("what", "fields", "said"),
    [
        ("promote", {"version": "9"}, "has no version 9"),
        ("promote", {"version": ""}, "has no version"),
        ("promote", {"version": "2"}, "is the champion of &#39;fraud-detector&#39; already"),
        ("promote", {"version": "3", "reason": " \n"}, "Write why"),
        ("rollback", {"reason": ""}, "Write why"),
        ("retire", {"reason": "x" * 2001}, "at most 2,000 characters"),
        ("retire", {"name": "nobody"}, "No model is called nobody"),
    ],
)
def test_what_can_not_be_done_is_said_and_nothing_moves(
    browser: TestClient, models: ModelFakes, what: str, fields: dict[str, str], said: str
) -> None:
    before = dict(models.registry.aliases[MODEL])
    assert said in move(browser, what, 422, **fields)
    assert models.registry.aliases[MODEL] == before
    assert models.journal.entries(MODEL) == []


def test_a_page_without_the_token_moves_nothing(browser: TestClient, models: ModelFakes) -> None:
    sent = {"name": MODEL, "version": "3", "reason": "x", "seen": "2"}
    assert browser.post("/model/promote", data=sent, headers={"x-fraudflow-token": ""}).status_code == 403
    assert models.registry.aliases[MODEL]["champion"] == "2"
