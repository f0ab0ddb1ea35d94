"""Streams of events in a browser with many tabs: the hidden ones hold none, and go on when they are shown.

Playwright makes every tab visible for good (it emulates focus), so this test drives the browser by itself: there a tab
that opens hides the one before, as for people.
"""

import time
from pathlib import Path

import pytest

from tests import browser as chromium
from tests.e2e.conftest import poll
from tests.e2e.console.conftest import ConsoleStack

pytestmark = pytest.mark.e2e

# More than a browser has connections to a server.
_TABS = 8
_QUEUE = "document.querySelector('.queue')?.innerText.trim() ?? ''"
_SHOWN = "document.querySelector('.runs')?.innerText ?? ''"


def _wait(tab: chromium.Page, words: str) -> None:
    poll(lambda: words in tab.ask(_SHOWN) or None, seconds=30, what=f"the words: {words}")


def test_hidden_tabs_keep_no_other_waiting_and_miss_nothing(consoled: ConsoleStack, tmp_path: Path) -> None:
    binary = chromium.find()
    if binary is None:
        pytest.skip("Chromium is not on PATH.")
    runs = f"{consoled.url}/runs"
    with chromium.open_page(binary, tmp_path / "profile") as tab:
        tab.show(runs, width=1280)
        # A run of another test may go on.
        poll(lambda: tab.ask(_QUEUE) or None, seconds=30, what="the queue, which the stream tells")
        for _ in range(_TABS):
            tab.send("Target.createTarget", url=runs)
            assert tab.ask("document.visibilityState") == "hidden"
            # Each gets to where its stream would begin.
            time.sleep(0.7)
        ragged = tmp_path / "ragged.csv"
        ragged.write_text("Time,Amount,Class\n1,2.5,0\n2,3.5\n")
        assert consoled.stack.run(ragged)["status"] == "FAILED"
        assert "started since" not in tab.ask(_SHOWN)
        tab.send("Page.bringToFront")
        _wait(tab, "started since.")
        began = time.monotonic()
        tab.show(runs, width=1280)
        _wait(tab, "ragged.csv")
        assert time.monotonic() - began < 10
