"""LocalStack's web server, listening where it is told to.

LocalStack's own hands Twisted the port of an IPv4 ``GATEWAY_LISTEN`` and drops the host, so that ``127.0.0.1:4566``
opens the AWS API, which runs code and takes any credentials, to the whole network.
"""

from io import BytesIO
from typing import TYPE_CHECKING

from localstack import config
from localstack.aws.serving.twisted import TLSMultiplexerFactory
from localstack.runtime.server.twisted import TwistedRuntimeServer
from rolo.serving.twisted import TwistedGateway, TwistedRequestAdapter
from twisted.internet import endpoints, reactor, ssl

if TYPE_CHECKING:
    from rolo.gateway import Gateway
    from twisted.web.http import Request


IN_MEMORY = 4 << 20


class QuickRequest(TwistedRequestAdapter):
    """A request whose body stays in memory unless it is large: Twisted writes more than 100 kB to a file."""

    def gotLength(self, length: int | None) -> None:  # noqa: N802 - Twisted's name
        """Make room for a body of a length, in bytes, if that is known."""
        if length is not None and length <= IN_MEMORY:
            self.content = BytesIO()
        else:
            super().gotLength(length)  # type: ignore[no-untyped-call]


class QuickGateway(TwistedGateway):
    """The gateway's site without Twisted's access log, which nobody reads and each request would pay for."""

    def __init__(self, gateway: "Gateway") -> None:
        super().__init__(gateway)
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
        site = QuickGateway(gateway)
        factory = TLSMultiplexerFactory(_tls(*ssl_creds), False, site) if ssl_creds else site  # noqa: FBT003 - Twisted's signature
        for address in listen:
            six = config.is_ipv6_address(address.host)
            kind = endpoints.TCP6ServerEndpoint if six else endpoints.TCP4ServerEndpoint
            kind(reactor, address.port, interface=address.host).listen(factory)  # type: ignore[no-untyped-call]


def _tls(certificate: str, key: str) -> ssl.DefaultOpenSSLContextFactory:
    context = ssl.DefaultOpenSSLContextFactory(key, certificate)
    context.getContext().use_certificate_chain_file(certificate)
    return context
