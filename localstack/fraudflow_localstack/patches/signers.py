"""Signatures of AWS, computed by botocore's own signers for a request that somebody else has signed."""

from collections.abc import Callable
from urllib.parse import urlsplit

from botocore.auth import HmacV1QueryAuth, S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.compat import HTTPHeaders
from botocore.credentials import Credentials


class _Signer4(SigV4Auth):
    """Signs all the headers that a request has, with a hash of the body that is given."""

    hash_of_body: Callable[[], str]

    def headers_to_sign(self, request: AWSRequest) -> HTTPHeaders:
        return request.headers

    def payload(self, _request: AWSRequest) -> str:
        return self.hash_of_body()


class _SignerS3(S3SigV4Auth):
    """The same for S3, whose paths are not normalised."""

    hash_of_body: Callable[[], str]

    def headers_to_sign(self, request: AWSRequest) -> HTTPHeaders:
        return request.headers

    def payload(self, _request: AWSRequest) -> str:
        return self.hash_of_body()


class _Signer2(HmacV1QueryAuth):
    """Signs for the time that a link expires at."""

    def _get_date(self) -> str:
        return str(self._expires)


def signature_4(
    request: AWSRequest, credentials: Credentials, service: str, region: str, hash_of_body: Callable[[], str]
) -> str:
    """Return the signature of version 4; ``request.context["timestamp"]`` is its time."""
    signer = (_SignerS3 if service == "s3" else _Signer4)(credentials, service, region)
    signer.hash_of_body = hash_of_body
    canonical = signer.canonical_request(request)
    return str(signer.signature(signer.string_to_sign(request, canonical), request))


def signature_2(request: AWSRequest, credentials: Credentials, path: str, expires: str) -> str:
    """Return S3's signature of version 2 for a link to ``path``."""
    signer = _Signer2(credentials, expires)
    return str(signer.get_signature(request.method, urlsplit(request.url), request.headers, auth_path=path))
