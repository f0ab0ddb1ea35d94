"""Pictures of the console for the docs, of a stack that is up.

``python -m tests.e2e.console.pictures http://127.0.0.1:8080 RUN table.csv``, with the name of a run of its champion.
"""

import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests import browser as chromium
from tests.e2e.console.conftest import FLAGS

FOLDER = Path(__file__).parents[3] / "docs" / "images"
SIZE = {"width": 1040, "height": 640}


def main(url: str, run: str, table: str) -> None:
    """Take them."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium.find(), args=list(FLAGS))
        page = browser.new_page(viewport=SIZE, color_scheme="light")  # type: ignore[arg-type]

        def take(name: str) -> None:
            page.wait_for_function("() => !document.querySelector('.htmx-request')")
            page.wait_for_timeout(500)
            page.screenshot(path=FOLDER / f"console-{name}.png")

        for name, path, heading in (("run", f"/runs/{run}", "States"), ("model", "/model", "threshold")):
            page.goto(f"{url}{path}")
            top = page.get_by_role("heading", name=heading).first
            top.evaluate("(each) => each.scrollIntoView()")
            take(name)
        page.goto(url)
        take("start")
        page.locator("#file").set_input_files(table)
        page.wait_for_url(f"{url}/files/*")
        page.wait_for_selector("#found table, .found table, main table", timeout=120_000)
        take("file")
        page.goto(f"{url}/score")
        take("score")
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:4])
