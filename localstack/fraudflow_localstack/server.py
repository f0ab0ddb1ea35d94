"""LocalStack's web server, listening where it is told to, and answering whom it should.

LocalStack's own hands Twisted the port of an IPv4 ``GATEWAY_LISTEN`` and drops the host, so that ``127.0.0.1:4566``
opens the AWS API, which runs code and takes any credentials, to the whole network. On this machine, it answers whatever
a web page makes a browser ask for; here each request is looked at before LocalStack sees anything of it.
"""

import hashlib
import os
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fraudflow_guard import keys
from localstack import config
from localstack.aws.serving.twisted import TLSMultiplexerFactory
from localstack.runtime.server.twisted import TwistedRuntimeServer
from rolo.serving.twisted import TwistedGateway, TwistedRequestAdapter
from twisted.internet import endpoints, reactor, ssl, threads

from fraudflow_localstack import answers
from fraudflow_localstack.admission import Admission, site
from fraudflow_localstack.sessions import secrets_of
from fraudflow_localstack.signatures import Asked

if TYPE_CHECKING:
    from rolo.gateway import Gateway
    from twisted.web.http import Request


IN_MEMORY = 4 << 20
_FORBIDDEN = 403
# What anybody has put into S3 would otherwise be a page of the same origin as the API, with all of its rights.
_HARMLESS = (
    (b"Content-Security-Policy", b"default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox"),
    (b"X-Content-Type-Options", b"nosniff"),
    (b"Cross-Origin-Resource-Policy", b"same-origin"),
)


class QuickRequest(TwistedRequestAdapter):
    """A request whose body stays in memory unless it is large: Twisted writes more than 100 kB to a file."""

    def process(self) -> None:
        """Hand the request on to LocalStack, or refuse it."""
        request: Any = self  # of Twisted's types, half are missing
        for name, value in _HARMLESS:
            request.setHeader(name, value)
        admission: Admission = request.channel.site.admission
        if not admission.demands_keys:
            self._proceed(admission.refusal(_asked(request, request.method, request.uri)))
            return
        # A signature is one of the whole body too: others are answered meanwhile.
        decided = threads.deferToThread(admission.refusal, _asked(request, request.method, request.uri))
        decided.addCallback(self._proceed)
        decided.addErrback(request.processingFailed)

    def _is_turned_away(self) -> bool:
        """Tell, before there is a body, whether the request will be refused."""
        channel: Any = self.channel
        method, target = getattr(channel, "_command", None), getattr(channel, "_path", None)
        if method is None or target is None:  # over HTTP/2 they are told later
            return False
        return channel.site.admission.at_first_sight(_asked(self, method, target)) is not None

    def _proceed(self, refusal: str | None) -> None:
        if self._disconnected:
            return
        if refusal is None:
            super().process()  # type: ignore[no-untyped-call]
        else:
            _refuse(self, refusal)

    def gotLength(self, length: int | None) -> None:  # noqa: N802 - Twisted's name
        """Make room for a body of a length, in bytes, if that is known."""
        if length is not None and length <= IN_MEMORY:
            self.content = BytesIO()
        elif self._is_turned_away():
            # A page can send terabytes that it has not got.
            self.content = Path(os.devnull).open("w+b", buffering=0)  # noqa: SIM115 - Twisted closes it
        else:
            super().gotLength(length)  # type: ignore[no-untyped-call]


class QuickGateway(TwistedGateway):
    """The gateway's site without Twisted's access log, which nobody reads and each request would pay for."""

    def __init__(self, gateway: "Gateway", admission: Admission) -> None:
        super().__init__(gateway)
        self.admission = admission
        self.requestFactory = QuickRequest

    def log(self, request: "Request") -> None:
        """Write nothing; LocalStack has a log of its own (``LS_LOG``)."""


class BoundRuntimeServer(TwistedRuntimeServer):
    """LocalStack's Twisted server, but for the addresses that it binds."""

    def register(
        self,
        gateway: "Gateway",
        listen: list[config.HostAndPort],
        ssl_creds: tuple[str, str] | None = None,
    ) -> None:
        """Serve the gateway, over HTTP and HTTPS on the same port, on exactly the addresses of ``listen``."""
        served = QuickGateway(gateway, _admission([address.port for address in listen]))
        factory = TLSMultiplexerFactory(_tls(*ssl_creds), False, served) if ssl_creds else served  # noqa: FBT003 - Twisted's signature
        for address in listen:
            six = config.is_ipv6_address(address.host)
            kind = endpoints.TCP6ServerEndpoint if six else endpoints.TCP4ServerEndpoint
            kind(reactor, address.port, interface=address.host).listen(factory)  # type: ignore[no-untyped-call]


def _admission(ports: list[int]) -> Admission:
    """Read whom to answer: the variables are in ``README.md``."""
    file, access = os.environ.get("FRAUDFLOW_KEYS_FILE"), os.environ.get("FRAUDFLOW_ACCESS") or "open"
    if access not in {"open", "keys"} or (access == "keys" and not file):
        raise ValueError("FRAUDFLOW_ACCESS is open, or keys with FRAUDFLOW_KEYS_FILE")
    others = os.environ.get("FRAUDFLOW_HOSTS", "").split(",")
    return Admission(
        site(ports, filter(None, others)),
        secrets_of(keys.make(Path(file)) if file else None),
        demands_keys=access == "keys",
    )


def _asked(request: Any, method: bytes, target: bytes) -> Asked:  # noqa: ANN401
    headers = tuple(
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, values in request.requestHeaders.getAllRawHeaders()
        for value in values
    )
    return Asked(method.decode("latin-1"), target.decode("latin-1"), headers, partial(_hash, request))


def _hash(request: Any) -> str:  # noqa: ANN401
    digest = hashlib.sha256()
    request.content.seek(0)
    while chunk := request.content.read(1 << 20):
        digest.update(chunk)
    request.content.seek(0)
    return digest.hexdigest()


def _refuse(request: Any, refusal: str) -> None:  # noqa: ANN401
    content_type, body = answers.refused(refusal, request.getHeader("authorization"))
    request.setResponseCode(_FORBIDDEN)
    request.setHeader(b"X-Amzn-ErrorType", b"AccessDeniedException")
    request.setHeader(b"Content-Type", content_type.encode())
    request.setHeader(b"Content-Length", str(len(body)).encode())
    request.write(body)
    request.finish()


def _tls(certificate: str, key: str) -> ssl.DefaultOpenSSLContextFactory:
    context = ssl.DefaultOpenSSLContextFactory(key, certificate)
    context.getContext().use_certificate_chain_file(certificate)
    return context
