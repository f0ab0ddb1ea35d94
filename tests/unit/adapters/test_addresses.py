"""Names and passwords are taken out of addresses, and stay out of what is printed."""

import pytest

from functions.adapters.addresses import Server, server_of, with_login


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("http://host:9091/a?b#c", Server("http://host:9091/a?b#c")),
        ("http://me:secret@host:9091/a", Server("http://host:9091/a", "me", "secret")),
        ("https://a%3Ab:p%40%2Fw%25@host", Server("https://host", "a:b", "p@/w%")),
        ("https://token@host", Server("https://host", "token", "")),
        ("https://:secret@host", Server("https://host", "", "secret")),
        ("http://me:a@b@host", Server("http://host", "me", "a@b")),
        ("http://host/me:no@secret", Server("http://host/me:no@secret")),
        ("http://[", Server("http://[")),
    ],
)
def test_an_address_is_told_from_who_we_are(url: str, server: Server) -> None:
    assert server_of(url) == server
    assert "secret" not in repr(server_of(url)).replace("no@secret", "")


@pytest.mark.parametrize("url", ["https://host/a", "https://other:login@host/a"])
def test_a_login_is_put_into_an_address_as_it_is_read_from_it(url: str) -> None:
    assert server_of(with_login(url, "me", "p@/w%:")) == Server("https://host/a", "me", "p@/w%:")
    assert server_of(with_login(url, "a b@c", "x")).username == "a b@c"
