"""Every page: no serious fault for axe, no sideways scrolling, all of it by keyboard, and values of files inert."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from infra.tools import synthetic
from tests.e2e.console import every_page
from tests.e2e.console.conftest import NARROW, ConsoleStack
from tests.e2e.console.every_page import PAGES, SCREENS

pytestmark = pytest.mark.e2e
# What would run if it were taken for markup; what turns the direction of writing; what no line has room for.
MARKUP = "<img src=x onerror=alert(1)><script>alert(2)</script>\"'{{7*7}}"
HOSTILE = (MARKUP, "\u202eevil\u202c", "javascript:alert(3)", "n" * 300, "</textarea></script><h1>h</h1>", "=1+1")


def hostile_table(folder: Path) -> Path:
    """Write a table whose name, columns and categories are all hostile."""
    path = folder / "<img src=x onerror=alert(4)>'\u202e.csv"
    header = ",".join('"{}"'.format(name.replace('"', '""')) for name in (*HOSTILE, "fraud"))
    values = ",".join('"{}"'.format(name.replace('"', '""')) for name in HOSTILE)
    lines = [f"{values.replace('=1+1', str(row))},{int(row % 9 == 0)}" for row in range(300)]
    path.write_text("\n".join([header, *lines]) + "\n", "utf-8")
    return path


@pytest.fixture(scope="module")
def dropped_file(consoled: ConsoleStack, opened_browser: Browser) -> Iterator[str]:
    """Drop the made-up transactions."""
    context = opened_browser.new_context()
    csv = consoled.stack.home / "dropped.csv"
    synthetic.write_csv(csv, 500, fraud_rate=0.05, seed=3)
    yield every_page.dropped(context, consoled, csv)
    context.close()


@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_no_serious_fault_and_fits_its_screen(
    consoled: ConsoleStack, page: Page, dropped_file: str, name: str
) -> None:
    url, found = every_page.address(name, consoled, dropped_file), {}
    for width, scheme in SCREENS:
        every_page.show(page, url, width, scheme)
        found[width, scheme] = every_page.faults(page) + every_page.sideways(page)
        found[width, scheme] += every_page.held_wide(page) if width > NARROW else []
    assert {screen: wrong for screen, wrong in found.items() if wrong} == {}
    assert page.locator("h1").count() == 1


@pytest.mark.parametrize("name", PAGES)
def test_a_keyboard_reaches_all_of_a_page_and_shows_where_it_is(
    consoled: ConsoleStack, page: Page, dropped_file: str, name: str
) -> None:
    every_page.show(page, every_page.address(name, consoled, dropped_file), 1600, "light")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"
    page.reload()
    unreached, unseen = every_page.walk(page)
    assert (unreached, unseen) == ([], [])


def test_what_a_file_says_is_inert_on_every_page(
    consoled: ConsoleStack, page: Page, opened_browser: Browser, tmp_path: Path
) -> None:
    table = hostile_table(tmp_path)
    context = opened_browser.new_context()
    file = every_page.dropped(context, consoled, table)
    context.close()
    trained = consoled.stack.run(table, FRAUDFLOW_CANDIDATES="logistic_regression")
    table.write_text(f'"{MARKUP.replace(chr(34), chr(34) * 2)}",b\n1,2\n', "utf-8")
    failed = consoled.stack.run(table)
    assert failed["status"] == "FAILED"
    runs = [f"/runs/{str(run['execution_arn']).rpartition(':')[2]}" for run in (trained, failed)]
    for path in (file, *runs, "/", "/runs", "/model", "/score", "/traffic"):
        every_page.show(page, f"{consoled.url}{path}", 360, "light")
        # A handler or script that came to life would break the policy too, and the page's fixture fails then.
        assert page.evaluate("document.querySelectorAll('img[src=x], main script:not([type])').length") == 0, path
        assert page.locator("h1").count() == 1
        assert every_page.sideways(page) == [], path
