"""A feature server of Feast's, as far as histories ask it."""

import http.server
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

type Answer = tuple[int, Any]


@dataclass
class FakeFeast:
    """A feature server that keeps rows as Feast does, or answers what it is told to."""

    url: str = ""
    rows: dict[str, str] = field(default_factory=dict)
    asked: list[tuple[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    instead: list[Answer] = field(default_factory=list)

    def answer(self, path: str, document: Any) -> Answer:  # noqa: ANN401 - JSON
        self.asked.append((path, document))
        if self.instead:
            return self.instead.pop(0)
        if path == "/push":
            assert document["push_source_name"] == "scored_transactions"
            assert document["to"] == "online"
            self.rows |= dict(zip(document["df"]["state"], document["df"]["events"], strict=True))
            return 200, None
        assert document["features"] == ["entity_states:events"]
        keys = document["entities"]["state"]
        results = [{"values": keys}, {"values": [self.rows.get(key) for key in keys]}]
        return 200, {"metadata": {"feature_names": ["state", "events"]}, "results": results}


@contextmanager
def served_feast() -> Iterator[FakeFeast]:
    """Serve one on a port of its own for as long as the block takes."""
    fake = FakeFeast()

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            fake.headers.append(dict(self.headers))
            document = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status, answer = fake.answer(self.path, document)
            body = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    fake.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield fake
    server.shutdown()
    thread.join()
    server.server_close()
