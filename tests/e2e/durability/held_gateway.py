"""A Pushgateway that can be told to keep its callers waiting, so that a run stays in the state that pushes."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class HeldGateway:
    """Takes whatever is pushed; while it is held, no push is answered."""

    def __init__(self, server: ThreadingHTTPServer, answering: threading.Event) -> None:
        self.url = f"http://127.0.0.1:{server.server_port}"
        self._answering = answering

    @contextmanager
    def held(self) -> Iterator[None]:
        self._answering.clear()
        try:
            yield
        finally:
            self._answering.set()


@contextmanager
def gateway() -> Iterator[HeldGateway]:
    answering = threading.Event()
    answering.set()

    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            answering.wait()
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_words: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield HeldGateway(server, answering)
    finally:
        answering.set()
        server.shutdown()
        server.server_close()
