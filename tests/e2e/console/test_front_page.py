"""The first page in a real browser: a file is dropped, looked at, corrected, and trained on."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.console import every_page
from tests.e2e.console.conftest import NARROW, WIDE, ConsoleStack

pytestmark = pytest.mark.e2e

_PATIENCE = 120_000
_HOSTILE = "<img src=x onerror=alert(1)>"
# A drop as a browser tells of it, which Playwright can't make from outside.
_DROP = """(zone, [names, text]) => {
  const carried = new DataTransfer();
  for (const name of names) carried.items.add(new File([text], name));
  for (const kind of ["dragover", "drop"]) {
    zone.dispatchEvent(new DragEvent(kind, {bubbles: true, cancelable: true, dataTransfer: carried}));
  }
}"""


def _drop(page: Page, names: tuple[str, ...], text: str) -> None:
    page.locator("#drop").evaluate(_DROP, [list(names), text])


def _payments() -> str:
    lines = [f"card_id,amount,{_HOSTILE},verdict,is_fraud"]
    frauds = [row % 9 == 0 for row in range(400)]
    lines += [
        f"C{row % 17},{row * 1.25},{row % 3},{'bad' if fraud else 'ok'},{int(fraud)}"
        for row, fraud in enumerate(frauds)
    ]
    return "\n".join(lines) + "\n"


def test_the_first_page_shows_the_servers_and_the_newest_runs(consoled: ConsoleStack, page: Page) -> None:
    page.goto(consoled.url)
    expect(page.get_by_role("heading", level=1)).to_have_text("Start")
    expect(page.get_by_role("link", name="MLflow")).to_have_attribute(
        "href", f"http://127.0.0.1:{consoled.stack.mlflow_port}"
    )
    # Which they are depends on what other tests have run before.
    newest = page.get_by_role("region", name="Newest runs").locator("tbody a").first
    expect(newest).to_have_attribute("href", re.compile(r"^/runs/[\w-]+$"), timeout=_PATIENCE)


def test_a_dropped_file_is_corrected_and_trained_on(consoled: ConsoleStack, page: Page) -> None:
    page.goto(consoled.url)
    _drop(page, ("payments.csv",), _payments())
    page.wait_for_url("**/files/*", timeout=_PATIENCE)
    expect(page.get_by_role("heading", level=1)).to_have_text("payments.csv")
    rows = page.locator("#column-table tbody tr")
    expect(rows).to_have_count(5, timeout=_PATIENCE)
    # What may know the label comes first, and no name of a column is more than a text.
    expect(rows.first).to_contain_text(re.compile("verdict.*may know the label", re.DOTALL))
    expect(page.get_by_role("rowheader", name=_HOSTILE)).to_be_visible()
    role = page.get_by_label("Role of card_id")
    expect(role.locator("option:checked")).to_have_text("entity")
    page.get_by_label("cost false alarm").fill("3.5")
    role.focus()
    role.select_option("category")
    expect(page.locator("#changed")).to_have_text(re.compile("'card_id' is category now"), timeout=_PATIENCE)
    expect(page.locator("#announcer")).to_have_text(re.compile("'card_id' is category now"))
    expect(role).to_be_focused()
    expect(page.get_by_label("cost false alarm")).to_have_value("3.5")
    for width in (NARROW, WIDE):
        page.set_viewport_size({"width": width, "height": 900})
        assert every_page.sideways(page) == []
    page.get_by_role("button", name="Train").dblclick()
    page.wait_for_url("**/runs/*", timeout=_PATIENCE)
    name = page.url.rpartition("/")[2]
    page.goto(consoled.url)
    started = page.get_by_role("row", name=re.compile("payments.csv"))
    expect(started).to_have_count(1, timeout=_PATIENCE)  # however often the button was clicked
    expect(started.get_by_role("link")).to_have_attribute("href", f"/runs/{name}")


def test_a_chosen_file_that_is_no_table_gets_its_sentence(consoled: ConsoleStack, page: Page, tmp_path: Path) -> None:
    picture = tmp_path / "picture.csv"
    picture.write_bytes(b"\x89PNG\r\n" + bytes(100))
    page.goto(consoled.url)
    page.get_by_label("Drop a table anywhere").set_input_files(picture)
    page.wait_for_url("**/files/*", timeout=_PATIENCE)
    expect(page.get_by_role("alert")).to_contain_text("picture.csv is a PNG image", timeout=_PATIENCE)
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Remove this file").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Start")


def test_two_files_and_a_cancelled_one_are_not_sent(consoled: ConsoleStack, page: Page) -> None:
    page.goto(consoled.url)
    _drop(page, ("one.csv", "two.csv"), "a,b\n")
    expect(page.get_by_role("alert")).to_contain_text("These are 2 files, and each is a run of its own")
    page.route("**/files?*", lambda _: None)  # no answer ever comes
    _drop(page, ("one.csv",), "a,b\n")
    expect(page.get_by_role("progressbar", name="Sending one.csv")).to_be_visible()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("alert")).to_have_text("one.csv was not sent: you cancelled it.")
