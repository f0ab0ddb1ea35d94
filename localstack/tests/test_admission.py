"""Which requests get to LocalStack: no web page's, and in keys mode only those that show one."""

from dataclasses import replace

import pytest

from fraudflow_localstack.edge.admission import Admission, site
from fraudflow_localstack.edge.signatures import Asked

DUMMY = "AWS4-HMAC-SHA256 Credential=test/20261128/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0"
OPEN = Admission(site([4566], ["localstack:4566"]), {"KEY": "secret"}.get)
KEYS = replace(OPEN, demands_keys=True)
HOST = "127.0.0.1:4566"


def refusal(
    target: str = "/bucket/key",
    *headers: tuple[str, str],
    method: str = "GET",
    host: str = HOST,
    authorization: str | None = DUMMY,
    admission: Admission = OPEN,
) -> str | None:
    shown = [("Authorization", authorization)] if authorization is not None else []
    return admission.refusal(Asked(method, target, (("Host", host), *shown, *headers), str))


@pytest.mark.parametrize(
    "host",
    [
        HOST,
        "localhost:4566",
        "[::1]:4566",
        "localstack:4566",
        "localhost.localstack.cloud:4566",
        "s3.localhost.localstack.cloud:4566",
        "uploads.s3.us-east-1.localhost.localstack.cloud:4566",
    ],
)
def test_a_program_with_any_keys_is_answered_under_each_name(host: str) -> None:
    assert refusal(host=host, method="PUT") is None


@pytest.mark.parametrize("host", ["evil.example:4566", "evil.example", "127.0.0.1:4567", "localstack"])
def test_another_name_is_refused_even_for_health(host: str) -> None:
    assert "own names" in (refusal(host=host) or "")
    assert "own names" in (refusal("/_localstack/health", host=host) or "")


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
@pytest.mark.parametrize("target", ["/", "/uploads", "/uploads/data.csv", "/2015-03-31/functions/f/invocations"])
def test_what_a_page_can_send_without_a_trace_has_no_authorization(target: str, method: str) -> None:
    assert "needs an Authorization header" in (refusal(target, method=method, authorization=None) or "")


@pytest.mark.parametrize(
    "value", ["", " ", "test", "Basic dGVzdDp0ZXN0", "Digest a=b", "Negotiate abc", "AWS4-", "AWS"]
)
def test_what_a_browser_sends_by_itself_is_no_authorization(value: str) -> None:
    assert refusal(authorization=value)


def test_two_authorizations_are_refused() -> None:
    assert refusal("/", ("authorization", DUMMY))


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"])
@pytest.mark.parametrize(
    "target", ["/?Action=CreateStack&StackName=x", "/?StackName=x&Action=CreateStack", "/?%41ction=x"]
)
def test_the_query_protocol_is_spoken_by_post(target: str, method: str) -> None:
    assert "must use POST" in (refusal(target, method=method) or "")
    assert refusal(target, method="POST") is None


@pytest.mark.parametrize(
    "header",
    [
        ("Origin", "https://evil.example"),
        ("Origin", "null"),
        ("Origin", "http://127.0.0.1:8000"),
        ("Referer", "https://evil.example/page"),
        ("Sec-Fetch-Site", "cross-site"),
        ("Sec-Fetch-Site", "same-site"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
@pytest.mark.parametrize("target", ["/uploads/data.csv", "/_localstack/health"])
def test_a_page_of_another_origin_is_refused(target: str, method: str, header: tuple[str, str]) -> None:
    assert "another" in (refusal(target, header, method=method) or "")


@pytest.mark.parametrize("path", ["health", "info", "init", "init/ready"])
def test_how_localstack_is_may_be_read_without_keys(path: str) -> None:
    for admission in (OPEN, KEYS):
        assert refusal(f"/_localstack/{path}", authorization=None, admission=admission) is None
        assert refusal(f"/_localstack/{path}", method="HEAD", authorization=None, admission=admission) is None
        assert refusal(f"/_localstack/{path}", method="POST", authorization=None, admission=admission)


@pytest.mark.parametrize(
    "target",
    [
        "/_localstack/config",
        "/_localstack/diagnose",
        "/_localstack/healthy",
        "/_localstack/init/ready/planted",
        "/_localstack/init/../config",
        "/_aws/lambda/runtimes",
        "/_aws/execute-api/x/y",
        "//_localstack/health",
        "/restapis/x/test/_user_request_/y",
        "/health",
    ],
)
def test_everything_else_of_localstacks_own_needs_an_authorization(target: str) -> None:
    assert refusal(target, authorization=None)
    assert refusal(target) is None
    assert refusal(target, admission=KEYS)


@pytest.mark.parametrize("target", ["http://127.0.0.1:4566/", "*", "", "http://evil.example/_localstack/health"])
def test_a_request_that_names_no_path_is_refused(target: str) -> None:
    assert refusal(target)


def test_a_form_with_a_signed_policy_is_refused() -> None:
    form = ("Content-Type", "multipart/form-data; boundary=x")
    assert refusal("/uploads", form, method="POST", authorization=None)
    assert refusal("/uploads", form, method="POST") is None


def test_keys_mode_takes_no_dummy_keys() -> None:
    assert refusal(admission=KEYS)
    assert refusal("/", method="POST", admission=KEYS)


@pytest.mark.parametrize("admission", [OPEN, KEYS])
def test_what_a_page_sends_is_refused_before_its_body_is_read(admission: Admission) -> None:
    def hash_body() -> str:
        raise AssertionError

    for headers in ((), (("Origin", "https://evil.example"), ("Authorization", DUMMY))):
        asked = Asked("POST", "/uploads", (("Host", HOST), *headers), hash_body)
        assert admission.at_first_sight(asked)
        assert admission.refusal(asked)
