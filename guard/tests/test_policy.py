"""Requests of a browser on behalf of a foreign page, and those of programs and own pages."""

import pytest

from fraudflow_guard.policy import Site, loopback, refusal

SITE = loopback(5000, "mlflow:5000", pages=("/", "/reports/*"))
HOST = ("Host", "127.0.0.1:5000")


def asked(
    *headers: tuple[str, str], method: str = "GET", path: str = "/api", host: tuple[str, str] | None = HOST
) -> str | None:
    return refusal(SITE, method, path, [*([host] if host else []), *headers])


@pytest.mark.parametrize("name", ["127.0.0.1:5000", "localhost:5000", "LocalHost:5000", "[::1]:5000", "mlflow:5000"])
def test_a_program_may_use_each_of_its_names(name: str) -> None:
    assert asked(host=("host", name)) is None
    assert asked(host=("host", name), method="POST") is None


@pytest.mark.parametrize(
    "name",
    [
        "evil.example",
        "evil.example:5000",
        "127.0.0.1:5001",
        "127.0.0.1",
        "localhost.:5000",
        "127.0.0.1.evil.example:5000",
        "",
    ],
)
def test_a_name_of_somebody_else_is_refused(name: str) -> None:
    assert "own names" in (asked(host=("Host", name)) or "")


def test_no_host_and_two_hosts_are_refused() -> None:
    assert asked(host=None)
    assert asked(("Host", "evil.example"))
    assert asked(("host", "127.0.0.1:5000"))


@pytest.mark.parametrize("where", ["cross-site", "same-site", "Cross-Site"])
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "OPTIONS"])
@pytest.mark.parametrize("mode", ["no-cors", "cors", "navigate", "websocket"])
def test_what_a_foreign_page_fetches_is_refused(where: str, method: str, mode: str) -> None:
    fetched = (("Sec-Fetch-Site", where), ("Sec-Fetch-Mode", mode), ("Sec-Fetch-Dest", "image"))

    assert asked(*fetched, method=method)
    assert asked(*fetched, method=method, path="/")


@pytest.mark.parametrize(
    "value",
    ["null", "http://evil.example", "http://127.0.0.1:5001", "http://127.0.0.1", "https://evil.example:5000/",
     "http://127.0.0.1:5000@evil.example", "http://evil.example/127.0.0.1:5000", "http://[", ""],
)  # fmt: skip
@pytest.mark.parametrize("header", ["Origin", "Referer"])
def test_a_foreign_origin_or_referer_is_refused(header: str, value: str) -> None:
    assert asked((header, value))
    assert asked((header, "http://127.0.0.1:5000"), (header, value))


def test_an_own_page_may_fetch() -> None:
    own = (
        ("Sec-Fetch-Site", "same-origin"),
        ("Origin", "http://localhost:5000"),
        ("Referer", "http://127.0.0.1:5000/x?y"),
    )

    assert asked(*own, method="POST") is None


def test_a_typed_address_is_answered() -> None:
    assert asked(("Sec-Fetch-Site", "none"), ("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Dest", "document")) is None


LINK = (
    ("Sec-Fetch-Site", "cross-site"),
    ("Sec-Fetch-Mode", "navigate"),
    ("Sec-Fetch-Dest", "document"),
    ("Referer", "https://chat.example/"),
)


@pytest.mark.parametrize("path", ["/", "/reports/one"])
def test_a_link_may_open_a_page(path: str) -> None:
    assert asked(*LINK, path=path) is None


def test_a_link_opens_nothing_else() -> None:
    assert asked(*LINK, path="/api")
    assert asked(*LINK, path="/reports")
    assert asked(*LINK, path="/", method="POST")
    assert asked(*LINK, ("Origin", "https://chat.example"), path="/")
    assert asked(*LINK, path="/", host=("Host", "evil.example"))


def test_a_page_in_a_frame_is_refused() -> None:
    framed = [("Sec-Fetch-Dest", "iframe") if name == "Sec-Fetch-Dest" else (name, value) for name, value in LINK]

    assert asked(*framed, path="/")


def test_the_port_of_the_web_needs_no_number() -> None:
    assert "localhost" in loopback(80).hosts
    assert loopback(4566) == Site(frozenset({"127.0.0.1:4566", "localhost:4566", "[::1]:4566"}))


CLOUD = Site(frozenset({"localhost.localstack.cloud:4566"}), domains=("localhost.localstack.cloud:4566",))


@pytest.mark.parametrize("name", ["", "s3.", "uploads.s3.", "my.dotted.bucket.s3.us-east-1."])
def test_a_domain_has_names_below_it(name: str) -> None:
    host = f"{name}localhost.localstack.cloud:4566"
    assert refusal(CLOUD, "PUT", "/", [("Host", host)]) is None
    assert refusal(CLOUD, "PUT", "/", [("Host", host), ("Origin", f"http://{host}")]) is None


@pytest.mark.parametrize(
    "host",
    [
        "evil-localhost.localstack.cloud:4566",
        "evil.example/.localhost.localstack.cloud:4566",
        "evil.example:80@s3.localhost.localstack.cloud:4566",
        ".localhost.localstack.cloud:4566",
        "s3.localhost.localstack.cloud",
        "s3.localhost.localstack.cloud:80",
        "s3.localhost.localstack.cloud:4566.evil.example",
    ],
)
def test_what_only_looks_like_a_name_below_a_domain_is_refused(host: str) -> None:
    assert refusal(CLOUD, "GET", "/", [("Host", host)])
