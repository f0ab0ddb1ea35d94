"""One transaction scored by a form, and a file, in a real browser."""

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.console.conftest import NARROW, ConsoleStack

pytestmark = pytest.mark.e2e


def test_one_transaction_is_decided_on_with_reasons(consoled: ConsoleStack, page: Page) -> None:
    page.goto(f"{consoled.url}/score")
    expect(page.get_by_text("This is a real decision.")).to_be_visible()

    # Of many columns, a search leaves one.
    page.get_by_label("Find a column").fill("amount")
    expect(page.get_by_label("V1", exact=True)).to_be_hidden()
    page.get_by_label("Amount", exact=True).fill("much")
    page.get_by_role("button", name="Decide and log").click()

    # What the model can't read is told at its field, and nothing typed is lost.
    wrong = page.get_by_label("Amount", exact=True)
    expect(page.get_by_role("alert")).to_contain_text("Amount")
    expect(wrong).to_have_attribute("aria-invalid", "true")
    expect(wrong).to_have_value("much")

    wrong.fill("99999")
    name = page.get_by_label("Transaction").input_value()
    page.get_by_role("button", name="Decide and log").click()
    answer = page.locator("#answer")
    expect(answer).to_contain_text(name)
    expect(answer.get_by_role("status")).to_contain_text("the threshold")
    expect(answer.get_by_role("row").filter(has=page.get_by_role("meter")).first).to_contain_text(" by ")
    expect(page.get_by_label("Transaction")).not_to_have_value(name)

    page.set_viewport_size({"width": NARROW, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW
