"""The first page in a real browser."""

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.console.conftest import ConsoleStack

pytestmark = pytest.mark.e2e


def test_the_first_page_shows_the_servers(consoled: ConsoleStack, page: Page) -> None:
    page.goto(consoled.url)
    expect(page.get_by_role("heading", level=1)).to_have_text("Start")
    expect(page.get_by_role("link", name="MLflow")).to_have_attribute(
        "href", f"http://127.0.0.1:{consoled.stack.mlflow_port}"
    )
