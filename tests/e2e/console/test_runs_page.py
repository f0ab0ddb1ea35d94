"""The page of the runs in a real browser: a run that ends while one looks, and two runs side by side."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from playwright.sync_api import Page, expect

from infra.tools import synthetic
from tests.e2e.console import every_page
from tests.e2e.console.conftest import NARROW, ConsoleStack

pytestmark = pytest.mark.e2e

_HOSTILE = "<img src=x onerror=alert(1)> & more.csv"


def test_a_run_is_seen_to_end_and_compared_with_another(consoled: ConsoleStack, page: Page) -> None:
    csv = consoled.stack.home / _HOSTILE
    synthetic.write_csv(csv, 2000, fraud_rate=0.03, seed=11)
    page.goto(f"{consoled.url}/runs")
    # Runs of other tests may go on.
    expect(page.get_by_text("Nothing runs now.")).to_be_visible(timeout=120_000)
    with ThreadPoolExecutor(1) as aside:
        under_way = aside.submit(consoled.stack.run, csv)
        # It began after the page was made: the page says so, and shows it when it is asked to.
        newer = page.get_by_text("A run has started since.")
        expect(newer).to_be_visible(timeout=120_000)
        newer.get_by_role("link").click()
        row = page.locator("tbody tr", has_text=_HOSTILE)
        expect(row).to_be_visible()
        page.locator("tbody").evaluate("(body) => { body.dataset.kept = 'yes'; }")
        expect(row.locator(".state.SUCCEEDED")).to_be_visible(timeout=180_000)
        assert page.locator("tbody").get_attribute("data-kept") == "yes"
        name = str(under_way.result()["execution_arn"]).rpartition(":")[2]
    for each in (name, consoled.first_name):
        page.locator(f"input[name=run][value='{each}']").check()
    page.get_by_role("button", name="Compare two chosen runs").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Two runs side by side")
    expect(page.locator(".chart canvas")).to_have_count(2)
    expect(page.get_by_text("on different data")).to_be_visible()
    assert every_page.held_wide(page) == []
    page.set_viewport_size({"width": NARROW, "height": 800})
    assert every_page.sideways(page) == []
    page.goto(f"{consoled.url}/runs?file=no+such+file")
    expect(page.get_by_text("is such a run")).to_be_visible()
    assert every_page.sideways(page) == []
