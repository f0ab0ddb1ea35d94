"""Which pinned images are behind, as a registry that asks for a token tells."""

import json
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from infra.tools import pins
from infra.tools.pins import Pin

OLD, NEW = (f"sha256:{digit * 64}" for digit in "01")
TAGS = {
    "prom/prometheus": ["latest", "v3.5.0", "v3.9.1", "v3.15.0", "v3.16.0-rc.0", "main"],
    "library/python": ["3.13.7-slim", "3.14.1-slim"],
    "library/postgres": ["17.6-bookworm", "17.11-bookworm", "18.1-bookworm", "17.12-alpine"],
}
COMPOSE = f"""services:
  prometheus:
    image: prom/prometheus:v3.5.0
  postgres:
    image: postgres:17.6-bookworm@{OLD}  # the store
  localstack:
    image: fraudflow/localstack:4.14.0
"""
pytestmark = pytest.mark.e2e


class _Registry(BaseHTTPRequestHandler):
    """As much of the distribution protocol as a client of tags and digests speaks."""

    def do_GET(self) -> None:
        path, _, query = self.path.partition("?")
        if path == "/token":
            self._answer({"token": "given"})
        elif self._is_known():
            name = path.removeprefix("/v2/").removesuffix("/tags/list")
            first, second = TAGS[name][:2], TAGS[name][2:]
            more = {} if "last" in query else {"Link": f'</v2/{name}/tags/list?last=x>; rel="next"'}
            self._answer({"tags": first if more else second}, **more)

    def do_HEAD(self) -> None:
        if self._is_known():
            self._answer({}, **{"Docker-Content-Digest": NEW})

    def _is_known(self) -> bool:
        if self.headers.get("Authorization") == "Bearer given":
            return True
        realm = f"http://127.0.0.1:{self.server.server_address[1]}/token"  # type: ignore[index]
        self.send_response(401)
        self.send_header("WWW-Authenticate", f'Bearer realm="{realm}",service="registry",scope="pull"')
        self.send_header("Content-Length", "0")
        self.end_headers()
        return False

    def _answer(self, document: object, **headers: str) -> None:
        body = json.dumps(document).encode()
        self.send_response(200)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Be quiet."""


@pytest.fixture
def registry() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Registry) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_pins_that_are_behind_are_told_and_moved(
    registry: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "docker-compose.yml"
    file.write_text(COMPOSE)
    monkeypatch.setattr(sys, "argv", ["pins", "--registry", registry])
    assert pins.main((file,)) == 1
    assert capsys.readouterr().out.splitlines() == [
        f"docker-compose.yml: prom/prometheus:v3.5.0 -> prom/prometheus:v3.15.0@{NEW}",
        f"docker-compose.yml: postgres:17.6-bookworm@{OLD} -> postgres:17.11-bookworm@{NEW}",
    ]
    assert file.read_text() == COMPOSE
    monkeypatch.setattr(sys, "argv", ["pins", "--registry", registry, "--write"])
    assert pins.main((file,)) == 1
    written = file.read_text()
    assert f"image: prom/prometheus:v3.15.0@{NEW}\n" in written
    assert f"image: postgres:17.11-bookworm@{NEW}  # the store\n" in written
    assert "image: fraudflow/localstack:4.14.0\n" in written
    assert pins.main((file,)) == 0


def test_a_version_that_is_held_stays_and_its_digest_is_told(registry: str) -> None:
    pin = Pin("python", "3.13.7-slim", OLD)
    asked = pins.ImageRegistry(registry)
    assert list(pins.moved(f"FROM {pin}\n", asked)) == [(pin, pin._replace(digest=NEW))]


def test_an_image_that_names_its_registry_is_asked_for_there_and_nothing_else_is(registry: str) -> None:
    of_aws, other = Pin("public.ecr.aws/lambda/python", "3.13", OLD), Pin("postgres", "17.6-bookworm", OLD)
    somewhere, there = pins.ImageRegistry(registry), pins.ImageRegistry("https://public.ecr.aws/")
    assert [somewhere.has(pin) for pin in (of_aws, other)] == [False, True]
    assert [there.has(pin) for pin in (of_aws, other)] == [True, False]
    assert list(pins.moved(f"FROM {of_aws}\n", somewhere)) == []
    assert pins.newest(of_aws, ["3.12", "3.13", "3.14", "3.13-arm64"]) == "3.13"


def test_a_registry_that_does_not_answer_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "docker-compose.yml"
    file.write_text(COMPOSE)
    monkeypatch.setattr(sys, "argv", ["pins", "--registry", "http://127.0.0.1:9"])
    with pytest.raises(SystemExit, match="can't be asked"):
        pins.main((file,))


def test_every_image_of_others_is_known_to_the_program_and_has_a_digest() -> None:
    named = {pin for path in pins.FILES for pin in pins.pins(path.read_text("utf-8"))}
    assert {pin.name for pin in named} == {
        *("prom/prometheus", "prom/alertmanager", "prom/pushgateway", "grafana/grafana", "postgres", "python"),
        "public.ecr.aws/lambda/python",
    }
    assert all(pin.digest for pin in named)
