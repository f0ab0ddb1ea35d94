"""A Slack webhook and a mail server, as small as Alertmanager lets them be."""

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import BaseServer, StreamRequestHandler, ThreadingTCPServer
from typing import Any


@contextmanager
def serving[Server: BaseServer](server: Server) -> Iterator[Server]:
    """Serve in the background for as long as the block takes."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Slack(ThreadingHTTPServer):
    """Keeps the messages that were posted to its webhook."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Webhook)
        self.messages: list[dict[str, Any]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/services/secret"

    @property
    def titles(self) -> list[str]:
        return [message["attachments"][0]["title"] for message in self.messages]

    @property
    def texts(self) -> list[str]:
        return [message["attachments"][0]["text"] for message in self.messages]


class _Webhook(BaseHTTPRequestHandler):
    server: Slack

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        assert self.path == "/services/secret"
        self.server.messages.append(json.loads(body))
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_: object) -> None:
        """Be quiet."""


class MailServer(ThreadingTCPServer):
    """Keeps the mails that it was handed, and the passwords that came with them."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Smtp)
        self.mails: list[EmailMessage] = []
        self.passwords: list[str] = []

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"


class _Smtp(StreamRequestHandler):
    """As much of RFC 5321 and of AUTH PLAIN (RFC 4616) as a client needs to hand over a mail."""

    server: MailServer

    def handle(self) -> None:
        self._say("220 localhost")
        while line := self.rfile.readline().decode().strip():
            verb, _, rest = line.partition(" ")
            match verb.upper():
                case "EHLO":
                    self._say("250-localhost\r\n250 AUTH PLAIN")
                case "AUTH":
                    self.server.passwords.append(base64.b64decode(rest.split()[-1]).decode().split("\0")[2])
                    self._say("235 welcome")
                case "DATA":
                    self._say("354 go on")
                    self._take_mail()
                    self._say("250 taken")
                case "QUIT":
                    self._say("221 bye")
                    return
                case _:
                    self._say("250 fine")

    def _take_mail(self) -> None:
        lines = []
        while (line := self.rfile.readline()) not in {b".\r\n", b""}:
            lines.append(line)
        self.server.mails.append(message_from_bytes(b"".join(lines), EmailMessage, policy=policy.default))

    def _say(self, words: str) -> None:
        self.wfile.write(f"{words}\r\n".encode())
