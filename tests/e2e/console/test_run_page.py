"""The page of a run in a real browser: watched live, failed, run again and stopped."""

from pathlib import Path

import pytest
from playwright.sync_api import Dialog, Page, expect

from tests.e2e.console.conftest import ConsoleStack

pytestmark = pytest.mark.e2e

RUN_MILLISECONDS = 300_000


def _run_again(consoled: ConsoleStack, page: Page) -> None:
    """Start the first run anew, and wait for the new run's page."""
    first = f"{consoled.url}/runs/{consoled.first_name}"
    page.goto(first)
    page.get_by_role("button", name="Run again").click()
    page.wait_for_url(lambda address: "/runs/" in address and not address.startswith(first))


def test_a_run_is_watched_from_its_start_to_its_end(consoled: ConsoleStack, page: Page) -> None:
    _run_again(consoled, page)
    loaded = 0

    def count() -> None:
        nonlocal loaded
        loaded += 1

    page.on("load", lambda _: count())
    status = page.locator("#run-head .state")
    expect(status).to_have_text("RUNNING")
    expect(page.locator("#run-summary")).not_to_contain_text("Dataset")
    expect(page.locator(".step.succeeded > .box > #state-LoadData")).to_be_visible(timeout=RUN_MILLISECONDS)
    # By keyboard, in the midst of what changes: the state's log comes, and the focus stays where it is.
    page.locator("#state-TrainModel").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Logs of TrainModel")).to_be_visible()
    expect(page.locator("#run-log")).to_contain_text("START RequestId", timeout=RUN_MILLISECONDS)
    expect(page.locator("#run-log")).to_contain_text("REPORT RequestId", timeout=RUN_MILLISECONDS)
    expect(status).to_have_text("SUCCEEDED", timeout=RUN_MILLISECONDS)
    expect(page.locator("#run-summary")).to_contain_text("4,000 rows")
    expect(page.locator("#announcer")).to_have_text("The run has ended: SUCCEEDED.")
    expect(page.locator("#state-TrainModel")).to_be_focused()
    assert loaded == 0
    with page.expect_response(lambda answer: "logs.txt" in answer.url) as whole:
        page.get_by_role("link", name="All lines of this state").click()
    assert "REPORT RequestId" in whole.value.text()


def test_a_failed_run_says_why_and_shows_the_log_of_the_state_that_failed(
    consoled: ConsoleStack, page: Page, tmp_path: Path
) -> None:
    ragged = tmp_path / "ragged <b>.csv"
    ragged.write_text("Time,Amount,Class\n1,2.5,0\n2,3.5\n3,4.5,1,9\n" * 50)
    report = consoled.stack.run(ragged)
    page.goto(f"{consoled.url}/runs/{str(report['execution_arn']).rpartition(':')[2]}")
    notice = page.locator("#run-head .notice")
    expect(notice).to_contain_text("RaggedRowsError: ragged <b>.csv")
    expect(notice).to_contain_text("What to do: ")
    expect(page.get_by_role("heading", name="Logs of LoadData")).to_be_visible()
    expect(page.locator("#run-log .ERROR")).to_contain_text("Traceback")
    page.get_by_label("Only warnings and errors").check()
    expect(page.locator("#run-log .line")).to_have_count(1)


def test_a_run_is_stopped_after_one_question(consoled: ConsoleStack, page: Page) -> None:
    _run_again(consoled, page)
    asked: list[str] = []

    def accept(dialog: Dialog) -> None:
        asked.append(dialog.message)
        dialog.accept()

    page.on("dialog", accept)
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("#run-head .state")).to_have_text("ABORTED")
    expect(page.locator("#run-head .notice")).to_contain_text("The run was stopped before its end.")
    expect(page.get_by_role("button", name="Run again")).to_be_visible()
    assert len(asked) == 1


def _register_with(consoled: ConsoleStack, handler: str) -> None:
    """Give the function of RegisterModel another handler, and wait until it has it."""
    function = ("--function-name", "fraudflow-register-model")
    consoled.stack.aws("lambda", "update-function-configuration", *function, "--handler", handler)
    consoled.stack.aws("lambda", "wait", "function-updated", *function)


def test_a_run_that_failed_late_goes_on_from_there(consoled: ConsoleStack, page: Page) -> None:
    _register_with(consoled, "functions.nowhere.handler")
    try:
        _run_again(consoled, page)
        expect(page.locator("#run-head .state")).to_have_text("FAILED", timeout=RUN_MILLISECONDS)
    finally:
        _register_with(consoled, "functions.register_model.handler.handler")
    failed = page.url
    page.get_by_role("button", name="Go on from RegisterModel").click()
    page.wait_for_url(lambda address: "/runs/" in address and address != failed)
    expect(page.locator("#run-head .state")).to_have_text("SUCCEEDED", timeout=RUN_MILLISECONDS)
    expect(page.locator("#run-summary")).to_contain_text("4,000 rows")
    expect(page.locator(".step:has(> .box > #state-TrainModel) .state").first).to_have_text("not reached")
    assert failed.endswith(page.get_by_text("Goes on from").locator("+ dd").inner_text())
