"""One stack with its monitoring, one browser, and a web server of somebody else."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from infra.servers.answering import answers
from tests import browser
from tests.e2e.access.targets import SERVERS
from tests.e2e.conftest import EmbeddedStack, free_port, poll, start_stack
from tests.e2e.monitoring.conftest import binary

EVIL = "evil.example"


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Log nothing."""


@contextmanager
def serving(folder: Path) -> Iterator[int]:
    """Serve a folder as somebody else's web site does."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder))) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[EmbeddedStack, dict[str, str]]]:
    """Start a stack; give it with its servers' addresses."""
    for name in ("prometheus", "prometheus-pushgateway", "prometheus-alertmanager"):
        binary(name)
    ports = {
        name: free_port() for name in ("prometheus", "pushgateway", "alertmanager", "grafana", "scoring", "console")
    }
    extra = {f"FRAUDFLOW_{name.upper()}_PORT": str(port) for name, port in ports.items()}
    home = tmp_path_factory.mktemp("guarded") / "home"
    given = {f"FRAUDFLOW_{part}": "true" for part in ("MONITORING", "SCORING", "CONSOLE")}
    stack = start_stack(home, **given, **extra)
    for name in ("scoring", "console"):
        health = f"http://127.0.0.1:{ports[name]}/healthz"
        poll(partial(_answers, health), seconds=60, what=f"the start of the server {name}")
    ports |= {"localstack": stack.localstack_port, "mlflow": stack.mlflow_port}
    yield stack, {name: f"http://127.0.0.1:{ports[name]}" for name in SERVERS}
    stopped = stack.fraudflow("down")
    assert stopped.returncode == 0, stopped.stderr


def _answers(url: str) -> bool | None:
    return answers(url) or None


@pytest.fixture(scope="module")
def attacker() -> Iterator[int]:
    with serving(Path(__file__).parent) as port:
        yield port


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[browser.Page]:
    found = browser.find()
    if found is None:
        reason = "Chromium is not on PATH: install it to see what a page can do."
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    flags = (f"--host-resolver-rules=MAP {EVIL} 127.0.0.1", "--disable-popup-blocking")
    with browser.open_page(found, tmp_path_factory.mktemp("profile"), *flags) as opened:
        yield opened
