"""What botocore's clients sign is recognised, and nothing else: each request here is one that a real client made."""

import datetime as dt
import hashlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.config import Config

from fraudflow_localstack.edge.signatures import Asked, SignatureError, check_header, check_query, is_signed_in_query

KEY, SECRET = "FRAUDFLOW0123456789AB", "the secret of this home"
SECRETS = {KEY: SECRET}
NAMES = ["data.csv", "a b+c/ü ~(1)&=%.csv", "../x//y", "?"]


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def client(service: str, *, scheme: str = "http", host: str = "127.0.0.1", **options: Any) -> Any:  # noqa: ANN401
    return boto3.client(
        service,
        endpoint_url=f"{scheme}://{host}:4566",
        region_name="us-east-1",
        aws_access_key_id=KEY,
        aws_secret_access_key=SECRET,
        config=Config(retries={"total_max_attempts": 1}, **options),
    )


def sent(asking: Any, operation: str, **arguments: Any) -> Asked:  # noqa: ANN401
    """Return what a client would have sent."""
    requests: list[AWSPreparedRequest] = []

    def keep(request: AWSPreparedRequest, **_: object) -> AWSResponse:
        requests.append(request)
        return AWSResponse(request.url, 500, {}, None)

    asking.meta.events.register("before-send", keep)
    with pytest.raises(Exception):  # noqa: B017, PT011 - what the client makes of no answer is its own
        getattr(asking, operation)(**arguments)
    request = requests[0]
    body = request.body.read() if hasattr(request.body, "read") else request.body or b""
    body = body.encode() if isinstance(body, str) else body
    return asked(request.method, request.url, dict(request.headers), body)


def asked(method: str, url: str, headers: dict[str, Any] | None = None, body: bytes = b"") -> Asked:
    target = url.split(urlsplit(url).netloc, 1)[1]
    given = {"Host": urlsplit(url).netloc} | {
        name: value.decode() if isinstance(value, bytes) else str(value) for name, value in (headers or {}).items()
    }
    return Asked(method, target, tuple(given.items()), lambda: hashlib.sha256(body).hexdigest())


CALLS: dict[str, Callable[[], Asked]] = {
    **{f"put {key}": lambda key=key: sent(client("s3"), "put_object", Bucket="b", Key=key, Body=b"1") for key in NAMES},
    "get": lambda: sent(client("s3"), "get_object", Bucket="b", Key="k", VersionId="v+/=", Range="bytes=0-1"),
    "list": lambda: sent(client("s3"), "list_objects_v2", Bucket="b", Prefix="a b/ü+", Delimiter="/"),
    "tags": lambda: sent(client("s3"), "get_object_tagging", Bucket="b", Key="k"),
    "metadata": lambda: sent(client("s3"), "put_object", Bucket="b", Key="k", Metadata={"x": "a  b   c"}),
    "chunks": lambda: sent(client("s3", scheme="https"), "put_object", Bucket="b", Key="k", Body=b"1" * 70_000),
    "unsigned": lambda: sent(
        client("s3", s3={"payload_signing_enabled": False}), "put_object", Bucket="b", Key="k", Body=b"1"
    ),
    "virtual host": lambda: sent(
        client("s3", host="s3.localhost.localstack.cloud", s3={"addressing_style": "virtual"}),
        "list_objects",
        Bucket="bucket",
    ),
    "json": lambda: sent(client("stepfunctions"), "start_execution", stateMachineArn="a", input='{"ü": 1}'),
    "query protocol": lambda: sent(client("cloudformation"), "describe_stacks", StackName="a b+c"),
    "rest": lambda: sent(client("lambda"), "get_function", FunctionName="arn:aws:lambda:us-east-1:0:function:f g"),
    "rest with a body": lambda: sent(client("lambda"), "invoke", FunctionName="f", Payload=b"{}", LogType="Tail"),
}


@pytest.mark.parametrize("name", CALLS)
def test_what_a_client_signs_is_recognised(name: str) -> None:
    check_header(CALLS[name](), SECRETS.get, now())


@pytest.mark.parametrize("name", CALLS)
def test_what_another_key_signs_is_refused(name: str) -> None:
    request = CALLS[name]()
    with pytest.raises(SignatureError, match="does not match the request"):
        check_header(request, {KEY: "another"}.get, now())
    with pytest.raises(SignatureError, match="fraudflow env"):
        check_header(request, {"another": SECRET}.get, now())


@pytest.mark.parametrize("name", CALLS)
def test_another_method_path_or_query_than_was_signed_is_refused(name: str) -> None:
    request = CALLS[name]()
    for changed in (
        replace(request, method="DELETE"),
        replace(request, target=f"{request.target}0"),
        replace(request, target=f"/x{request.target}"),
        replace(request, target=f"{request.target}&x=1" if "?" in request.target else f"{request.target}?x=1"),
    ):
        with pytest.raises(SignatureError, match="does not match the request"):
            check_header(changed, SECRETS.get, now())


def changed_header(request: Asked, name: str, value: str) -> Asked:
    assert request.given(name)
    return replace(request, headers=tuple((k, value if k.lower() == name else v) for k, v in request.headers))


@pytest.mark.parametrize("name", ["put data.csv", "json", "query protocol", "rest with a body"])
def test_another_body_than_was_signed_is_refused(name: str) -> None:
    with pytest.raises(SignatureError):
        check_header(replace(CALLS[name](), hash_body=lambda: hashlib.sha256(b"2").hexdigest()), SECRETS.get, now())


def test_a_signed_header_can_not_be_changed() -> None:
    with pytest.raises(SignatureError):
        check_header(changed_header(CALLS["metadata"](), "x-amz-meta-x", "z"), SECRETS.get, now())
    with pytest.raises(SignatureError):
        check_header(changed_header(CALLS["json"](), "x-amz-target", "AWSStepFunctions.Other"), SECRETS.get, now())
    with pytest.raises(SignatureError):
        check_header(changed_header(CALLS["json"](), "host", "localhost:4566"), SECRETS.get, now())


@pytest.mark.parametrize("minutes", [-16, 16])
def test_a_signature_of_another_time_is_refused(minutes: int) -> None:
    check_header(CALLS["get"](), SECRETS.get, now() + dt.timedelta(minutes=minutes / 16 * 14))
    with pytest.raises(SignatureError, match="15 minutes from now"):
        check_header(CALLS["get"](), SECRETS.get, now() + dt.timedelta(minutes=minutes))


@pytest.mark.parametrize(
    "value",
    [
        "",
        "Basic dGVzdDp0ZXN0",
        "AWS test:c2ln",
        "AWS4-HMAC-SHA256",
        "AWS4-HMAC-SHA256 Credential=, SignedHeaders=, Signature=",
        f"AWS4-HMAC-SHA256 Credential={KEY}/x, SignedHeaders=host, Signature=0",
        f"AWS4-HMAC-SHA256 Credential={KEY}/20261128/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=\u00fc",
    ],
)
def test_what_is_no_signature_is_refused(value: str) -> None:
    request = CALLS["get"]()
    with pytest.raises(SignatureError):
        check_header(changed_header(request, "authorization", value), SECRETS.get, now())
    without = replace(request, headers=tuple(pair for pair in request.headers if pair[0].lower() != "x-amz-date"))
    with pytest.raises(SignatureError):
        check_header(without, SECRETS.get, now())


def presigned(version: str, method: str = "get_object", *, key: str = "a b+ü.html", style: str = "path") -> Asked:
    host = "s3.localhost.localstack.cloud" if style == "virtual" else "127.0.0.1"
    asking = client("s3", host=host, signature_version=version, s3={"addressing_style": style})
    url = asking.generate_presigned_url(method, Params={"Bucket": "bucket", "Key": key}, ExpiresIn=600)
    return asked("PUT" if method == "put_object" else "GET", url)


VERSIONS = pytest.mark.parametrize("version", ["s3v4", "s3"])


@VERSIONS
@pytest.mark.parametrize("style", ["path", "virtual"])
@pytest.mark.parametrize("key", NAMES)
@pytest.mark.parametrize("method", ["get_object", "put_object"])
def test_a_signed_address_is_recognised(version: str, style: str, key: str, method: str) -> None:
    request = presigned(version, method, key=key, style=style)
    assert is_signed_in_query(request)
    check_query(request, SECRETS.get, now())


@VERSIONS
def test_a_signed_address_opens_in_a_browser_which_sends_more_headers(version: str) -> None:
    request = presigned(version)
    more = (("User-Agent", "Mozilla/5.0"), ("Accept", "text/html"), ("Sec-Fetch-Mode", "navigate"), ("Cookie", "a=b"))
    check_query(replace(request, headers=(*request.headers, *more)), SECRETS.get, now())


@VERSIONS
def test_a_signed_address_is_one_for_its_method_object_and_time(version: str) -> None:
    request = presigned(version)
    for changed in (
        replace(request, method="PUT"),
        replace(request, target=request.target.replace("html", "csv")),
        replace(request, target=request.target.replace("Signature=", "Signature=0")),
        replace(request, target=request.target.replace("Expires=", "Expires=9")),
        replace(request, target=f"{request.target}&versionId=1"),
        replace(request, target=f"{request.target}&Expires=9999999999&X-Amz-Expires=1"),
        replace(request, target=request.target.replace("Expires=", "Then=")),
        replace(request, target=request.target.replace("Expires=", "Expires=x")),
    ):
        with pytest.raises(SignatureError):
            check_query(changed, SECRETS.get, now())


@VERSIONS
def test_a_signed_address_is_not_one_for_another_bucket(version: str) -> None:
    request = presigned(version, style="virtual")
    assert request.given("host") == ["bucket.s3.localhost.localstack.cloud:4566"]
    for host in ("other.s3.localhost.localstack.cloud:4566", "s3.localhost.localstack.cloud:4566", "127.0.0.1:4566"):
        with pytest.raises(SignatureError):
            check_query(changed_header(request, "host", host), SECRETS.get, now())
    with pytest.raises(SignatureError):
        check_query(changed_header(presigned(version), "host", request.given("host")[0]), SECRETS.get, now())


@VERSIONS
def test_a_signed_address_expires(version: str) -> None:
    check_query(presigned(version), SECRETS.get, now() + dt.timedelta(seconds=590))
    with pytest.raises(SignatureError, match="expired; `fraudflow show` makes a new one"):
        check_query(presigned(version), SECRETS.get, now() + dt.timedelta(seconds=610))


def test_no_link_of_version_4_lasts_longer_than_a_week() -> None:
    asking = client("s3", signature_version="s3v4")
    url = asking.generate_presigned_url("get_object", Params={"Bucket": "b", "Key": "k"}, ExpiresIn=10**9)
    check_query(asked("GET", url), SECRETS.get, now() + dt.timedelta(days=6))
    with pytest.raises(SignatureError, match="expired"):
        check_query(asked("GET", url), SECRETS.get, now() + dt.timedelta(days=8))


@VERSIONS
def test_an_address_that_another_key_signed_is_refused(version: str) -> None:
    with pytest.raises(SignatureError):
        check_query(presigned(version), {KEY: "another"}.get, now())
    with pytest.raises(SignatureError):
        check_query(presigned(version), {}.get, now())
