"""A question whether to retrain, brought about as in production, and answered in a real browser."""

import json
import re
import urllib.request
from typing import Any

import pandas as pd
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from infra.tools import synthetic
from tests.e2e.conftest import poll
from tests.e2e.console.conftest import ConsoleStack

pytestmark = pytest.mark.e2e

_DECISIONS, _EACH = 1000, 4
_PATIENCE = 60_000


@pytest.fixture
def asked(consoled: ConsoleStack) -> ConsoleStack:
    """Have the champion decide on frauds that look like honest transactions, and send their labels: a look asks."""
    rows = synthetic.generate(_DECISIONS, fraud_rate=0.02, seed=7)
    rows.loc[::_EACH, "Class"] = 1
    rows.index = pd.Index([f"asked-{place}" for place in range(_DECISIONS)], name="transaction_id")
    decided = [
        {"transaction_id": name, "features": row.to_dict()} for name, row in rows.drop(columns="Class").iterrows()
    ]
    consoled.decide(decided)
    poll(lambda: shipped(consoled) or None, seconds=60, what="the decisions in S3")
    labels = consoled.stack.home / "asked.csv"
    rows["Class"].rename("label").to_csv(labels)
    told(consoled, "labels", str(labels))
    wait_for_a_question(consoled)
    return consoled


def told(consoled: ConsoleStack, *words: str) -> Any:  # noqa: ANN401 - JSON is anything
    done = consoled.stack.fraudflow(*words, "--json")
    assert done.returncode == 0, (words, done.stdout, done.stderr)
    return json.loads(done.stdout)


def shipped(consoled: ConsoleStack) -> bool:
    with urllib.request.urlopen(f"{consoled.scoring_url}/metrics", timeout=30) as answer:  # noqa: S310
        return b"scoring_decision_log_unshipped 0.0" in answer.read()


def wait_for_a_question(consoled: ConsoleStack) -> None:
    poll(lambda: told(consoled, "watch")["question"], seconds=60, what="a question")


def test_a_question_is_answered_with_no_and_the_next_one_with_yes(
    asked: ConsoleStack, page: Page, context: BrowserContext
) -> None:
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto(f"{asked.url}/traffic")
    question, known = page.get_by_text("Shall it be retrained?"), page.locator("#known")
    expect(question).to_be_visible()
    stale = context.new_page()
    stale.on("dialog", lambda dialog: dialog.accept())
    stale.goto(f"{asked.url}/traffic")

    # No: once, however often it is clicked, and told on the page at once.
    page.get_by_label("Why").fill("a <b>campaign</b>")
    page.get_by_role("button", name="Reject").dblclick()
    expect(known).to_contain_text(re.compile("no, by .*: a <b>campaign</b>"))
    expect(question).to_be_hidden()
    expect(page.get_by_role("log")).to_contain_text("refused it: a <b>campaign</b>", timeout=_PATIENCE)

    # A page that was left open orders nothing that was refused meanwhile: one sentence says so.
    stale.get_by_label("Why").fill("it pays")
    stale.get_by_role("button", name="Retrain", exact=True).click()
    late = stale.locator("#looking").get_by_role("alert")
    expect(late).to_contain_text("has answered this question before with no: a <b>campaign</b>")
    stale.close()

    # The next look asks again. Answered with yes, it starts a run, to which also a page leads that is loaded anew.
    told(asked, "watch", "--now")
    page.reload()
    expect(question).to_be_visible()
    page.get_by_label("Why").fill("it pays")
    page.get_by_role("button", name="Retrain", exact=True).click()
    expect(known).to_contain_text(re.compile("yes, by .*: it pays"))
    page.reload()
    expect(question).to_be_hidden()
    expect(known).to_contain_text(re.compile("yes, by .*: it pays"))
    link = known.get_by_role("link", name="The run of the last retraining")
    expect(link).to_be_visible(timeout=_PATIENCE)
    runs = f"{asked.url}{link.get_attribute('href')}"
    run = poll(lambda: _run_of(page, runs), seconds=60, what="the run of the retraining")
    page.goto(f"{asked.url}{run}")
    expect(page.locator("#run-head .state")).to_have_text(re.compile("RUNNING|SUCCEEDED"))
    # No other test shall find it under way, or a challenger.
    asked.stack.fraudflow("stop", run.rpartition("/")[2])


def _run_of(page: Page, runs: str) -> str | None:
    """Return the address of the one run that is listed, which begins a moment after its data is there."""
    page.goto(runs)
    found = page.locator('tbody a[href^="/runs/"]')
    return found.get_attribute("href") if found.count() == 1 else None
