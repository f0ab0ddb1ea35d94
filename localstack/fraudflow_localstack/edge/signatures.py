"""Checks of AWS signatures: botocore's own signers compute them again, and both must be equal."""

import datetime as dt
import hmac
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from urllib.parse import unquote, unquote_plus

from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from fraudflow_localstack.patches.signers import signature_2, signature_4

SKEW = dt.timedelta(minutes=15)
LONGEST = dt.timedelta(days=7)
_ALGORITHM = "AWS4-HMAC-SHA256"
_TIME = "%Y%m%dT%H%M%SZ"
_CONTENT_HASH = "x-amz-content-sha256"
_UNSIGNED = "UNSIGNED-PAYLOAD"
_HASH = re.compile(r"[0-9a-f]{64}")
_SCOPE = re.compile(r"([^/\s]+)/(\d{8})/([^/\s]+)/([^/\s]+)/aws4_request")

type SecretOf = Callable[[str], str | None]


class SignatureError(Exception):
    """Raised when a request isn't signed as it should be; the message is one sentence."""


@dataclass(frozen=True)
class Asked:
    """A request as sent: ``target`` is its path and query, ``hash_body`` returns the SHA-256 of its body in hex."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    hash_body: Callable[[], str]

    @property
    def path(self) -> str:
        """The path, as it is encoded."""
        return self.target.partition("?")[0]

    def given(self, name: str) -> list[str]:
        """Return the values of a header, named in lower case."""
        return [value for key, value in self.headers if key.lower() == name]

    def query(self) -> list[tuple[str, str]]:
        """Return the names of the query, and the values as they are encoded."""
        _, _, query = self.target.partition("?")
        pairs = (pair.partition("=") for pair in query.split("&") if pair)
        return [(unquote_plus(name), value) for name, _, value in pairs]


@dataclass(frozen=True)
class _Claim:
    """A signature of version 4, with its scope, time and signed headers."""

    scope: str
    signed: tuple[str, ...]
    at: str
    signature: str


def is_signed_in_query(asked: Asked) -> bool:
    """Return whether a request has a signature in its address, of version 4 or 2."""
    return any(name in {"X-Amz-Signature", "Signature"} for name, _ in asked.query())


def check_header(asked: Asked, secret_of: SecretOf, now: dt.datetime) -> None:
    """Check the one ``Authorization`` header of a request.

    Raises:
        SignatureError: when it isn't of version 4, is of another key or time, or of another request.
    """
    algorithm, _, rest = asked.given("authorization")[0].partition(" ")
    fields = dict(field.strip().partition("=")[::2] for field in rest.split(","))
    if algorithm != _ALGORITHM or not fields.keys() >= {"Credential", "SignedHeaders", "Signature"}:
        raise SignatureError("The Authorization header is not a signature of AWS's version 4.")
    at = next(iter(asked.given("x-amz-date")), "")
    claim = _Claim(fields["Credential"], tuple(fields["SignedHeaders"].split(";")), at, fields["Signature"])
    if abs(_time(at) - now) > SKEW:
        raise SignatureError("The time of the signature is more than 15 minutes from now.")
    _check_hash(asked)
    _check(asked, asked.target, claim, secret_of)


def check_query(asked: Asked, secret_of: SecretOf, now: dt.datetime) -> None:
    """Check the signature in the address of a request.

    Raises:
        SignatureError: when it is of another key or request, or out of date.
    """
    query = {name: unquote_plus(value) for name, value in asked.query()}
    if len(query) != len(asked.query()):
        raise SignatureError("The address has a parameter twice.")
    if "X-Amz-Signature" in query:
        _check_query_4(asked, query, secret_of, now)
    else:
        _check_query_2(asked, query, secret_of, now)


def _check_query_4(asked: Asked, query: Mapping[str, str], secret_of: SecretOf, now: dt.datetime) -> None:
    try:
        signed = tuple(query["X-Amz-SignedHeaders"].split(";"))
        claim = _Claim(query["X-Amz-Credential"], signed, query["X-Amz-Date"], query["X-Amz-Signature"])
        lasts = dt.timedelta(seconds=int(query["X-Amz-Expires"]))
    except (KeyError, ValueError, OverflowError):
        raise SignatureError("The signature in the address is incomplete.") from None
    _check_time(_time(claim.at), min(lasts, LONGEST), now)
    path, _, rest = asked.target.partition("?")
    others = "&".join(pair for pair in rest.split("&") if not pair.startswith("X-Amz-Signature="))
    _check(asked, f"{path}?{others}", claim, secret_of)


def _check_time(at: dt.datetime, lasts: dt.timedelta, now: dt.datetime) -> None:
    if at - now > SKEW:
        raise SignatureError("The time of the signature in the address is in the future.")
    if now > at + lasts:
        raise SignatureError("The link has expired; `fraudflow show` makes a new one.")


def _check(asked: Asked, target: str, claim: _Claim, secret_of: SecretOf) -> None:
    scope = _SCOPE.fullmatch(claim.scope)
    if scope is None or scope[2] != claim.at[:8] or "host" not in claim.signed:
        raise SignatureError("The signature is not one of AWS's version 4.")
    key, _, region, service = scope.groups()
    headers = [(name, value) for name in claim.signed for value in asked.given(name)]
    request = _request(asked.method, target, headers)
    request.context["timestamp"] = claim.at
    again = signature_4(
        request, Credentials(key, _secret(key, secret_of)), service, region, partial(_signed_hash, service, asked)
    )
    _compare(again, claim.signature)


def _signed_hash(service: str, asked: Asked) -> str:
    """Return the hash of the body that was signed. S3's clients need not hash it in an address that they sign."""
    said = asked.given(_CONTENT_HASH)
    if said:
        return said[0]
    return _UNSIGNED if service == "s3" else asked.hash_body()


def _check_hash(asked: Asked) -> None:
    """Refuse another body than was signed. What is not a hash says that the body was not signed."""
    said = asked.given(_CONTENT_HASH)
    if said and _HASH.fullmatch(said[0]) and not hmac.compare_digest(said[0], asked.hash_body()):
        raise SignatureError("The body does not match its signed hash.")


def _check_query_2(asked: Asked, query: Mapping[str, str], secret_of: SecretOf, now: dt.datetime) -> None:
    """Check a signature as S3's clients make it when they are not told which version to make."""
    try:
        key, expires, signature = query["AWSAccessKeyId"], query["Expires"], query["Signature"]
        until = dt.datetime.fromtimestamp(int(expires), dt.UTC)
    except (KeyError, ValueError, OverflowError):
        raise SignatureError("The signature in the address is incomplete.") from None
    _check_time(now, until - now, now)

    credentials = Credentials(key, _secret(key, secret_of))
    headers = [*asked.headers, *((name, value) for name, value in query.items() if name.startswith("x-amz-"))]
    headers += [(name, query[name]) for name in ("content-md5", "content-type") if name in query]
    request = _request(asked.method, asked.target, _of_version_2(headers))
    _compare(signature_2(request, credentials, _resource(asked), expires), signature)


def _of_version_2(headers: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    return [pair for pair in headers if pair[0].lower().startswith(("x-amz-", "content-md5", "content-type"))]


def _resource(asked: Asked) -> str:
    """Return what is asked for, with the bucket where the host names it."""
    bucket, _, domain = asked.given("host")[0].partition(".s3.")
    return f"/{bucket}{asked.path}" if domain else asked.path


def _request(method: str, target: str, headers: Iterable[tuple[str, str]]) -> AWSRequest:
    request = AWSRequest(method=method, url=f"http://localhost{target}")
    for name, value in headers:
        request.headers.add_header(name, value)
    return request


def _secret(key: str, secret_of: SecretOf) -> str:
    secret = secret_of(unquote(key))
    if secret is None:
        raise SignatureError('The key is not one of this stack; `eval "$(fraudflow env)"` sets those that are.')
    return secret


def _compare(again: str, signature: str) -> None:
    if not hmac.compare_digest(again.encode(), signature.encode()):
        raise SignatureError("The signature does not match the request.")


def _time(text: str) -> dt.datetime:
    try:
        return dt.datetime.strptime(text, _TIME).replace(tzinfo=dt.UTC)
    except ValueError:
        raise SignatureError("The signature has no valid time.") from None
