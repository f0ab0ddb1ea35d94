"""The console's application on the command line's fakes, behind its gate, without a socket."""

from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from console.console_app import create_app
from console.page_gate import gated
from console.stack_access import StackAccess
from console.tokens import HEADER
from infra.home.layout import Home
from tests.unit.infra.cli.fakes import Fakes

PORT = 8080
TOKEN = "the-token-of-the-page"  # noqa: S105 - a test's


@pytest.fixture
def fakes(tmp_path: Path) -> Fakes:
    return Fakes(tmp_path)


@pytest.fixture
def client(fakes: Fakes) -> TestClient:
    """Return a browser on a page of ours: it shows the token as htmx does."""
    stack = StackAccess(Home(fakes.settings.home), fakes.backend(), lambda _: fakes.deployed)
    app = gated(create_app(stack, TOKEN), PORT, token=TOKEN, password=None)
    return TestClient(app, base_url=f"http://127.0.0.1:{PORT}", headers={HEADER: TOKEN})
