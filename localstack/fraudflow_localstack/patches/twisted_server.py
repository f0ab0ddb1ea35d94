"""LocalStack's web server: requests as Twisted parses them, and the addresses that it listens on."""

import os
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from localstack import config
from localstack.aws.serving.twisted import TLSMultiplexerFactory
from localstack.runtime.server.twisted import TwistedRuntimeServer
from rolo.serving.twisted import TwistedGateway, TwistedRequestAdapter
from twisted.internet import endpoints, reactor, ssl

if TYPE_CHECKING:
    from rolo.gateway import Gateway
    from twisted.web.http import Request

IN_MEMORY = 4 << 20


class GatewayRequest(TwistedRequestAdapter):
    """A request whose body stays in memory unless it is large: Twisted writes more than 100 kB to a file."""

    def is_refused_without_body(self, method: bytes, target: bytes) -> bool:  # noqa: ARG002
        """Return whether the request will be refused, whatever its body is."""
        return False

    def proceed(self) -> None:
        """Hand the request on to LocalStack."""
        super().process()  # type: ignore[no-untyped-call]

    @property
    def is_disconnected(self) -> bool:
        """Return whether the client has hung up."""
        return bool(self._disconnected)

    def gotLength(self, length: int | None) -> None:  # noqa: N802 - Twisted's name
        """Make room for a body of ``length`` bytes, if that is known."""
        if length is not None and length <= IN_MEMORY:
            self.content = BytesIO()
        elif self._is_refused():
            # A page can send terabytes that it has not got.
            self.content = Path(os.devnull).open("w+b", buffering=0)  # noqa: SIM115 - Twisted closes it
        else:
            super().gotLength(length)  # type: ignore[no-untyped-call]

    def _is_refused(self) -> bool:
        channel: Any = self.channel  # of Twisted's types, half are missing
        method, target = getattr(channel, "_command", None), getattr(channel, "_path", None)
        if method is None or target is None:  # over HTTP/2 they are known later
            return False
        return self.is_refused_without_body(method, target)


class QuietGateway(TwistedGateway):
    """The gateway's site without Twisted's access log, which nobody reads and each request would pay for."""

    def log(self, request: "Request") -> None:
        """Write nothing; LocalStack has a log of its own (``LS_LOG``)."""


class BoundServer(TwistedRuntimeServer):
    """LocalStack's Twisted server, but for the addresses that it binds."""

    def site(self, gateway: "Gateway", ports: list[int]) -> TwistedGateway:  # noqa: ARG002
        """Return the site that serves the gateway on these ports."""
        return QuietGateway(gateway)

    def register(
        self,
        gateway: "Gateway",
        listen: list[config.HostAndPort],
        ssl_creds: tuple[str, str] | None = None,
    ) -> None:
        """Serve the gateway, over HTTP and HTTPS on the same port, on exactly the addresses of ``listen``."""
        served = self.site(gateway, [address.port for address in listen])
        factory = TLSMultiplexerFactory(_tls(*ssl_creds), False, served) if ssl_creds else served  # noqa: FBT003 - Twisted's signature
        for address in listen:
            six = config.is_ipv6_address(address.host)
            kind = endpoints.TCP6ServerEndpoint if six else endpoints.TCP4ServerEndpoint
            kind(reactor, address.port, interface=address.host).listen(factory)  # type: ignore[no-untyped-call]


def _tls(certificate: str, key: str) -> ssl.DefaultOpenSSLContextFactory:
    context = ssl.DefaultOpenSSLContextFactory(key, certificate)
    context.getContext().use_certificate_chain_file(certificate)
    return context
