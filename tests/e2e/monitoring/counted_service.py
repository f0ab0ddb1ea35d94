"""What a scoring service counts, served for Prometheus by the test itself: whenever it is read, all has moved."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from serving import service_metrics as metrics
from serving.instruments import EXPOSITION_CONTENT_TYPE, Instruments
from tests.e2e.monitoring.runs import MODEL


def count(instruments: Instruments) -> None:
    """Count what a moment with a champion, a challenger and a caller's mistake brings."""
    for route in ("single", "batch"):
        instruments.count(metrics.REQUESTS, 20, route=route, code="200")
        instruments.observe(metrics.REQUEST_SECONDS, 0.004, route=route)
    instruments.count(metrics.REQUESTS, route="single", code="422")
    instruments.count(metrics.ERRORS, type="MissingColumnsError")
    instruments.count(metrics.UNKNOWN_COLUMNS)
    for decision, score in (("alarm", 0.6), ("pass", 0.002)):
        instruments.count(metrics.DECISIONS, decision=decision, version="4")
        instruments.observe(metrics.SCORES, score)
        instruments.count(metrics.EXPECTED_COST, 1.9, decision=decision)
    instruments.set_only(metrics.MODEL_INFO, 1, model=MODEL, version="4")
    instruments.set(metrics.MODEL_LOADED, 1_790_000_000)
    instruments.set(metrics.CHAMPION_IS_SERVED, 1)
    instruments.set(metrics.REGISTRY_AGE, 0.4)
    for metric in (metrics.SHADOW_SCORED, metrics.SHADOW_ALARMS):
        instruments.count(metric, version="5")
    instruments.count(metrics.SHADOW_DROPPED)
    instruments.count(metrics.EXPLORED, version="4")
    instruments.count(metrics.EXPLORED_COST, 28)
    for watched, rule in metrics.HARM_ENDED.starts:
        instruments.set(metrics.HARM_EVIDENCE, 0.1, watched=watched, rule=rule)
    instruments.set(metrics.DECISION_LOG_BEHIND, 2)
    instruments.set(metrics.DECISION_LOG_UNSHIPPED, 7)
    instruments.set(metrics.HISTORY_STATES, 12_000)
    instruments.set(metrics.HISTORY_BYTES, 9e6)
    instruments.set(metrics.HISTORY_BEHIND, 0)
    instruments.observe(metrics.HISTORY_SECONDS, 0.0004)
    for operation in ("read", "write"):
        instruments.count(metrics.HISTORY_FAILURES, operation=operation)


@contextmanager
def counted_service() -> Iterator[int]:
    """Serve the metrics on a port of this machine, and give the port."""
    instruments = Instruments()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            count(instruments)
            body = instruments.exposition()
            self.send_response(200)
            self.send_header("Content-Type", EXPOSITION_CONTENT_TYPE)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class has it
            """Say nothing of each request."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield int(server.server_address[1])
        finally:
            server.shutdown()
            thread.join()
