"""Every page: no serious fault for axe, no sideways scrolling, all of it by keyboard, and values of files inert."""

import json
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.sync_api import Browser, Page

from infra.tools import synthetic
from tests.console_pages import PAGES
from tests.e2e.console import every_page
from tests.e2e.console.conftest import NARROW, ConsoleStack
from tests.e2e.console.every_page import SCREENS

pytestmark = pytest.mark.e2e
# What would run if it were taken for markup; what turns the direction of writing; what no line has room for.
MARKUP = "<img src=x onerror=alert(1)><script>alert(2)</script>\"'{{7*7}}"
HOSTILE = (MARKUP, "\u202eevil\u202c", "javascript:alert(3)", "n" * 300, "</textarea></script><h1>h</h1>", "=1+1")
FILE = "<img src=x onerror=alert(4)>'\u202e.csv"
# Beside the routes that have a page: what an address without one shows.
LOOKED_AT = (*PAGES, "/nowhere")
# Those that name the hostile files, beside each one's own.
NAMING = ("/", "/runs", "/model", "/score", "/score/batches/{name}", "/traffic", "/traffic/batches/{name}")


class Sent(NamedTuple):
    """What was sent to the stack beside its first run, by hostile names, each execution by its name."""

    trained: str
    failed: str
    scored: str
    labelled: str


def hostile_table(path: Path) -> Path:
    """Write a table whose name, columns and categories are all hostile."""
    header = ",".join('"{}"'.format(name.replace('"', '""')) for name in (*HOSTILE, "fraud"))
    values = ",".join('"{}"'.format(name.replace('"', '""')) for name in HOSTILE)
    lines = [f"{values.replace('=1+1', str(row))},{int(row % 9 == 0)}" for row in range(300)]
    path.write_text("\n".join([header, *lines]) + "\n", "utf-8")
    return path


def sent(consoled: ConsoleStack, folder: Path, table: Path, *words: str, **environment: str) -> str:
    """Send a file by the command line, under the hostile name; return the name of the execution that took it."""
    place = folder / table.stem
    place.mkdir()
    file = place / FILE
    file.write_bytes(table.read_bytes())
    done = consoled.stack.fraudflow(*words, "--json", str(file), **environment)
    return str(json.loads(done.stdout)["execution_arn"]).rpartition(":")[2]


@pytest.fixture(scope="module")
def executions(consoled: ConsoleStack, tmp_path_factory: pytest.TempPathFactory) -> Sent:
    """Have a hostile table trained on, another fail, and files scored and taken for labels."""
    folder = tmp_path_factory.mktemp("sent")
    table = hostile_table(folder / "table.csv")
    no_label, rows, labels = (folder / name for name in ("no-label.csv", "rows.csv", "labels.csv"))
    no_label.write_text(f'"{MARKUP.replace(chr(34), chr(34) * 2)}",b\n1,2\n', "utf-8")
    synthetic.write_csv(rows, 300, fraud_rate=0.05, seed=3)
    labels.write_text('transaction_id,label\nnobody,1\n"<img src=x onerror=alert(5)>\u202e",0\n', "utf-8")
    with ThreadPoolExecutor(2) as aside:
        trained = aside.submit(sent, consoled, folder, table, "run", FRAUDFLOW_CANDIDATES="logistic_regression")
        scored = aside.submit(sent, consoled, folder, rows, "score", "--version=1")
        labelled = aside.submit(sent, consoled, folder, labels, "labels")
        failed = aside.submit(sent, consoled, folder, no_label, "run")
        return Sent(*(each.result() for each in (trained, failed, scored, labelled)))


@pytest.fixture(scope="module")
def addresses(
    consoled: ConsoleStack, opened_browser: Browser, executions: Sent, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Mapping[str, str]]:
    """Return an address of each page by its route."""
    folder = tmp_path_factory.mktemp("dropped")
    csv = folder / "dropped.csv"
    synthetic.write_csv(csv, 500, fraud_rate=0.05, seed=3)
    context = opened_browser.new_context()
    first = consoled.first_name
    known = {
        "/files/{identity}": every_page.dropped(context, consoled, csv),
        "/runs/~compare": f"/runs/~compare?a={first}&b={executions.trained}",
        "/runs/{name}": f"/runs/{first}",
        "/score/batches/{name}": f"/score/batches/{executions.scored}",
        "/score/files/{identity}": every_page.dropped(context, consoled, csv, "/score"),
        "/traffic/batches/{name}": f"/traffic/batches/{executions.labelled}",
        "/traffic/files/{identity}": every_page.dropped(context, consoled, csv, "/traffic"),
    }
    yield {route: f"{consoled.url}{known.get(route, route)}" for route in LOOKED_AT}
    context.close()


def test_every_page_has_an_address_here(addresses: Mapping[str, str]) -> None:
    assert [address for address in addresses.values() if "{" in address] == []


@pytest.mark.parametrize("route", LOOKED_AT)
def test_a_page_has_no_serious_fault_and_fits_its_screen(page: Page, addresses: Mapping[str, str], route: str) -> None:
    found = {}
    for width, scheme in SCREENS:
        every_page.show(page, addresses[route], width, scheme)
        found[width, scheme] = every_page.faults(page) + every_page.sideways(page)
        found[width, scheme] += every_page.held_wide(page) if width > NARROW else []
    assert {screen: wrong for screen, wrong in found.items() if wrong} == {}
    assert page.locator("h1").count() == 1


@pytest.mark.parametrize("route", LOOKED_AT)
def test_a_keyboard_reaches_all_of_a_page_and_shows_where_it_is(
    page: Page, addresses: Mapping[str, str], route: str
) -> None:
    every_page.show(page, addresses[route], 1600, "light")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"
    page.reload()
    unreached, unseen = every_page.walk(page)
    assert (unreached, unseen) == ([], [])


def test_what_a_file_says_is_inert_on_every_page(
    page: Page,
    opened_browser: Browser,
    consoled: ConsoleStack,
    executions: Sent,
    addresses: Mapping[str, str],
    tmp_path: Path,
) -> None:
    table = hostile_table(tmp_path / FILE)
    context = opened_browser.new_context()
    files = [every_page.dropped(context, consoled, table, on) for on in ("", "/score", "/traffic")]
    context.close()
    runs = [f"/runs/{name}" for name in (executions.trained, executions.failed)]
    compared = f"/runs/~compare?a={executions.trained}&b={executions.failed}"
    hostile = [f"{consoled.url}{path}" for path in (*files, *runs, compared)]
    for address in (*hostile, *(addresses[route] for route in NAMING)):
        every_page.show(page, address, 360, "light")
        # A handler or script that came to life would break the policy too, and the page's fixture fails then.
        assert page.evaluate("document.querySelectorAll('img[src=x], main script:not([type])').length") == 0, address
        assert "\u202e" not in page.inner_text("body"), address
        assert page.locator("h1").count() == 1
        assert every_page.sideways(page) == [], address
