"""One stack with its console and a trained model, and a real browser on it."""

import json
import os
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from infra.servers.answering import answers
from infra.tools import synthetic
from tests import browser as chromium
from tests.e2e.conftest import EmbeddedStack, free_port, poll, start_stack

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# Labels are complete when they come, and a few of them are enough to ask whether to retrain: once more, after a no.
ASKING = {
    "FRAUDFLOW_LABEL_DELAY_DAYS": "0",
    "FRAUDFLOW_RETRAIN_COOLDOWN_DAYS": "0",
    "FRAUDFLOW_TRAFFIC_WINDOW_ROWS": "500",
}
WIDE = 1600
NARROW = 360


class ConsoleStack:
    """A stack and the address of its console."""

    def __init__(self, stack: EmbeddedStack, ports: dict[str, int], first_run: dict[str, object]) -> None:
        self.stack = stack
        self.url = f"http://127.0.0.1:{ports['console']}"
        self.scoring_url = f"http://127.0.0.1:{ports['scoring']}"
        self.first_run = first_run
        """What ``fraudflow run --json`` printed of the run that trained the champion."""

    @property
    def first_name(self) -> str:
        """The name of that run."""
        return str(self.first_run["execution_arn"]).rpartition(":")[2]

    def decide(self, transactions: Sequence[Mapping[str, Any]]) -> None:
        """Have the service decide on transactions."""
        request = urllib.request.Request(  # noqa: S310 - the stack's own service
            f"{self.scoring_url}/v1/score/batch",
            data=json.dumps({"transactions": transactions}).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
            assert len(json.load(answer)["scores"]) == len(transactions)


@pytest.fixture(scope="session")
def consoled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ConsoleStack]:
    """Start a stack with a console and a scoring service, and train its champion. Tests share it: name what you add."""
    ports = {name: free_port() for name in ("console", "scoring")}
    extra = {f"FRAUDFLOW_{name.upper()}_PORT": str(port) for name, port in ports.items()}
    home = tmp_path_factory.mktemp("consoled") / "home"
    stack = start_stack(home, FRAUDFLOW_SCORING="true", FRAUDFLOW_CONSOLE="true", **ASKING, **extra)
    try:
        health = f"http://127.0.0.1:{ports['console']}/healthz"
        poll(lambda: answers(health) or None, seconds=60, what="the start of the console")
        csv = home / "first.csv"
        synthetic.write_csv(csv, 4000, fraud_rate=0.02, seed=7)
        yield ConsoleStack(stack, ports, stack.run(csv))
    finally:
        stopped = stack.fraudflow("down")
    assert stopped.returncode == 0, stopped.stderr


@pytest.fixture(scope="session")
def opened_browser() -> Iterator[Browser]:
    """Start Debian's Chromium, driven by Playwright."""
    found = chromium.find()
    if found is None:
        reason = "Chromium is not on PATH: install it to see the console as people do."
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=found, args=list(FLAGS))
        yield started
        started.close()


@pytest.fixture
def context(opened_browser: Browser) -> Iterator[BrowserContext]:
    """Open a browser profile of a test's own; a page that logs an error fails the test."""
    made = opened_browser.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True)
    made.set_default_timeout(30_000)
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """Open a tab that fails its test where a script breaks or the policy for contents blocks something."""
    wrong: list[str] = []
    tab = context.new_page()
    tab.on("pageerror", lambda error: wrong.append(str(error)))
    tab.on("console", lambda said: wrong.append(said.text) if "Content Security Policy" in said.text else None)
    yield tab
    assert wrong == []
