"""One transaction scored by a form, and a file, in a real browser."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from infra.tools import synthetic
from tests.e2e.console import every_page
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
    name = page.get_by_role("textbox", name="Transaction").input_value()
    page.get_by_role("button", name="Decide and log").click()
    answer = page.locator("#answer")
    expect(answer).to_contain_text(name)
    expect(answer.get_by_role("status")).to_contain_text("the threshold")
    expect(answer.get_by_role("row").filter(has=page.get_by_role("meter")).first).to_contain_text(" by ")
    expect(page.get_by_role("textbox", name="Transaction")).not_to_have_value(name)

    page.set_viewport_size({"width": NARROW, "height": 800})
    assert every_page.sideways(page) == []


def test_a_file_is_scored_and_its_scores_are_downloaded(consoled: ConsoleStack, page: Page, tmp_path: Path) -> None:
    """With a name that would be markup, and a path, if anybody took it for one."""
    csv = tmp_path / "to day <b>.csv"
    synthetic.write_csv(csv, 700, fraud_rate=0.02, seed=9)
    page.goto(f"{consoled.url}/score")
    page.get_by_label("Drop a table").set_input_files(csv)
    page.get_by_role("button", name="Score it").click()

    expect(page.get_by_text("700, of which")).to_be_visible(timeout=90_000)
    expect(page.get_by_role("log")).to_contain_text("By labels")
    with page.expect_download() as scores:
        page.get_by_role("link", name="Download scores.csv").click()
    assert len(Path(scores.value.path()).read_text().splitlines()) == 701

    page.goto(f"{consoled.url}/score")
    expect(page.get_by_role("region", name="Latest scored files")).to_contain_text("to day <b>.csv")
