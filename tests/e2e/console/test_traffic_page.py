"""The traffic in a real browser: a look by hand, what it has measured, and an order that needs its reason."""

import re

import pytest
from playwright.sync_api import Page, expect

from infra.tools import synthetic
from tests.e2e.console import every_page
from tests.e2e.console.conftest import NARROW, ConsoleStack

pytestmark = pytest.mark.e2e

_DECISIONS = 20


def decide(consoled: ConsoleStack) -> None:
    """Have the service decide on a few transactions."""
    rows = synthetic.generate(_DECISIONS, fraud_rate=0.1, seed=5).drop(columns="Class")
    asked = [
        {"transaction_id": f"traffic-page-{place}", "features": row.to_dict()}
        for place, (_, row) in enumerate(rows.iterrows())
    ]
    consoled.decide(asked)


def test_a_look_by_hand_is_followed_and_what_it_measured_is_shown(consoled: ConsoleStack, page: Page) -> None:
    decide(consoled)
    page.goto(f"{consoled.url}/traffic")
    page.get_by_role("button", name="Look now").click()
    log = page.get_by_role("log")
    expect(log).to_contain_text("MeasureLoop")
    expect(log).to_contain_text(re.compile("costs|label"), timeout=90_000)

    # What the look has found is on the page without loading it again.
    known = page.locator("#known")
    expect(known).to_contain_text("by version 1")
    expect(known.get_by_role("region", name="Decisions about retraining")).to_contain_text("hand")
    # Without labels, which other tests may have sent, there is nothing to draw until a look knows more.
    unknown = {"at": [1_790_000_000], "version": ["1"], "realised": [None], "expected": [None]}
    page.route("**/traffic/costs.json", lambda route: route.fulfill(json=unknown))
    page.reload()
    expect(page.get_by_text("No look knows yet what decisions cost")).to_be_visible()
    expect(page.locator("#costs")).to_be_hidden()
    measured = unknown | {"expected": [[2.5, 1.0, 4.0]]}
    page.unroute("**/traffic/costs.json")
    page.route("**/traffic/costs.json", lambda route: route.fulfill(json=measured))
    page.reload()
    expect(page.locator("#costs canvas")).to_be_visible()
    expect(page.get_by_text("No look knows yet")).to_be_hidden()

    # An order needs a reason, and none is given by mistake.
    page.get_by_text("Retrain without being asked").click()
    page.once("dialog", lambda question: question.accept())
    page.get_by_role("button", name="Retrain", exact=True).click()
    expect(page.locator("#looking").get_by_role("alert")).to_contain_text("Write why")

    page.set_viewport_size({"width": NARROW, "height": 800})
    assert every_page.sideways(page) == []
