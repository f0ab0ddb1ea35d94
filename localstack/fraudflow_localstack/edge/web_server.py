"""LocalStack's web server: it listens on the configured address only, and checks each request.

LocalStack's own hands Twisted the port of an IPv4 ``GATEWAY_LISTEN`` and drops the host, so that ``127.0.0.1:4566``
opens the AWS API, which runs code and takes any credentials, to the whole network. On this machine, it answers whatever
a web page makes a browser ask for; here each request is checked before LocalStack sees anything of it.
"""

import hashlib
import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fraudflow_guard import keys
from fraudflow_guard.keys import Keys
from twisted.internet import threads

from fraudflow_localstack.edge import denials
from fraudflow_localstack.edge.admission import Admission, site
from fraudflow_localstack.edge.signatures import Asked, SecretOf
from fraudflow_localstack.patches.sts_sessions import secret_of_session
from fraudflow_localstack.patches.twisted_server import BoundServer, GatewayRequest, QuietGateway

if TYPE_CHECKING:
    from rolo.gateway import Gateway

_FORBIDDEN = 403
# What anybody has put into S3 would otherwise be a page of the same origin as the API, with all of its rights.
_HARMLESS = (
    (b"Content-Security-Policy", b"default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox"),
    (b"X-Content-Type-Options", b"nosniff"),
    (b"Cross-Origin-Resource-Policy", b"same-origin"),
)


class CheckedRequest(GatewayRequest):
    """A request that is checked before LocalStack sees it."""

    def process(self) -> None:
        """Hand the request on to LocalStack, or refuse it."""
        request: Any = self  # of Twisted's types, half are missing
        for name, value in _HARMLESS:
            request.setHeader(name, value)
        admission: Admission = request.channel.site.admission
        if not admission.demands_keys:
            self._answer(admission.refusal(_asked(request, request.method, request.uri)))
            return
        # A signature is one of the whole body too: others are answered meanwhile.
        decided = threads.deferToThread(admission.refusal, _asked(request, request.method, request.uri))
        decided.addCallback(self._answer)
        decided.addErrback(request.processingFailed)

    def is_refused_without_body(self, method: bytes, target: bytes) -> bool:
        """Return whether the request will be refused, whatever its body is."""
        channel: Any = self.channel
        return channel.site.admission.at_first_sight(_asked(self, method, target)) is not None

    def _answer(self, refusal: str | None) -> None:
        if self.is_disconnected:
            return
        if refusal is None:
            self.proceed()
        else:
            _refuse(self, refusal)


class CheckedGateway(QuietGateway):
    """The gateway's site, whose requests are checked."""

    def __init__(self, gateway: "Gateway", admission: Admission) -> None:
        super().__init__(gateway)
        self.admission = admission
        self.requestFactory = CheckedRequest


class BoundRuntimeServer(BoundServer):
    """LocalStack's server on the addresses that were asked for, with each request checked."""

    def site(self, gateway: "Gateway", ports: list[int]) -> CheckedGateway:
        """Return the site that serves the gateway on these ports."""
        return CheckedGateway(gateway, _admission(ports))


def _admission(ports: list[int]) -> Admission:
    """Read from the environment whom to answer; the variables are in ``README.md``."""
    file, access = os.environ.get("FRAUDFLOW_KEYS_FILE"), os.environ.get("FRAUDFLOW_ACCESS") or "open"
    if access not in {"open", "keys"} or (access == "keys" and not file):
        raise ValueError("FRAUDFLOW_ACCESS is open, or keys with FRAUDFLOW_KEYS_FILE")
    others = os.environ.get("FRAUDFLOW_HOSTS", "").split(",")
    return Admission(
        site(ports, filter(None, others)),
        _secrets_of(keys.make(Path(file)) if file else None),
        demands_keys=access == "keys",
    )


def _secrets_of(keys: Keys | None) -> SecretOf:
    """Return a function that finds the secret of an access key: the home's, or one that STS has given."""

    def secret_of(access_key_id: str) -> str | None:
        if keys is not None and access_key_id == keys.access_key_id:
            return keys.secret_access_key
        return secret_of_session(access_key_id)

    return secret_of


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
    content_type, body = denials.denial(refusal, request.getHeader("authorization"))
    request.setResponseCode(_FORBIDDEN)
    request.setHeader(b"X-Amzn-ErrorType", b"AccessDeniedException")
    request.setHeader(b"Content-Type", content_type.encode())
    request.setHeader(b"Content-Length", str(len(body)).encode())
    request.write(body)
    request.finish()
