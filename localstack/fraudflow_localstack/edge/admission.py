"""Admission of requests to LocalStack: those of programs and not of web pages; in keys mode, signed ones only."""

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from fraudflow_guard import policy
from fraudflow_guard.policy import Site

from fraudflow_localstack.edge.signatures import (
    Asked,
    SecretOf,
    SignatureError,
    check_header,
    check_query,
    is_signed_in_query,
)

DOMAIN = "localhost.localstack.cloud"
# They tell how LocalStack is, and nothing else; who starts it has no keys to show.
_OPEN = frozenset(
    f"/_localstack/{each}"
    for each in ("health", "info", "init", "init/boot", "init/start", "init/ready", "init/shutdown")
)
_SAFE = frozenset({"GET", "HEAD"})
# A browser sends Basic, Digest and Negotiate by itself, and only a program these.
_SIGNATURE = re.compile(r"AWS4-[A-Z0-9-]+ +\S|AWS +[^\s:]+:\S")


@dataclass(frozen=True)
class Admission:
    """The checks of each request.

    Args:
        site: LocalStack's names.
        secret_of: finds the secret of an access key.
        demands_keys: whether signatures are checked; otherwise any will do, since no web page can send one.
    """

    site: Site
    secret_of: SecretOf
    demands_keys: bool = False

    def refusal(self, asked: Asked) -> str | None:
        """Return why a request is refused, in one sentence, or None."""
        refusal = self.at_first_sight(asked)
        if refusal is not None or _tells_health(asked):
            return refusal
        try:
            self._check(asked)
        except SignatureError as error:
            return str(error)
        return None

    def at_first_sight(self, asked: Asked) -> str | None:
        """Return why a request is refused whatever its body is: it need not be read then."""
        signed = not asked.given("authorization") and is_signed_in_query(asked)
        # Whoever has a signed link may follow it from anywhere: its signature is checked later.
        site = replace(self.site, pages=("*",)) if signed else self.site
        if (refusal := policy.refusal(site, asked.method, asked.path, asked.headers)) is not None:
            return refusal
        if not asked.path.startswith("/"):
            return "A request must name a path."
        if asked.method != "POST" and any(name == "Action" for name, _ in asked.query()):
            return "Calls of AWS's query protocol must use POST."
        if signed or _tells_health(asked) or _has_authorization(asked):
            return None
        return "A request needs an Authorization header as AWS's clients send it, or a signature in its address."

    def _check(self, asked: Asked) -> None:
        now = dt.datetime.now(dt.UTC)
        if not asked.given("authorization"):
            check_query(asked, self.secret_of, now)
        elif self.demands_keys:
            check_header(asked, self.secret_of, now)


def _tells_health(asked: Asked) -> bool:
    return asked.method in _SAFE and asked.path in _OPEN


def _has_authorization(asked: Asked) -> bool:
    given = asked.given("authorization")
    return len(given) == 1 and _SIGNATURE.match(given[0]) is not None


def site(ports: Iterable[int], others: Iterable[str] = ()) -> Site:
    """Return LocalStack's names on its ports, and ``others`` with theirs."""
    ports = tuple(ports)
    domains = tuple(f"{DOMAIN}:{port}" for port in ports)
    hosts = frozenset().union(*(policy.loopback(port).hosts for port in ports), domains, map(str.lower, others))
    return Site(hosts, domains=domains)
