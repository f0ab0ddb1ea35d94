"""Who shows the home's password."""

from base64 import b64encode

import pytest

from fraudflow_guard.basic_auth import authorization, shows


def basic(text: str) -> str:
    return f"Basic {b64encode(text.encode()).decode()}"


def test_the_password_is_shown_as_browsers_and_programs_show_it() -> None:
    assert authorization("secret") == basic("fraudflow:secret")
    assert shows("secret", basic("fraudflow:secret"))
    assert shows("secret", basic("fraudflow:secret").replace("Basic", "basic"))


@pytest.mark.parametrize(
    "given",
    [
        None,
        "",
        "Basic",
        "Basic !",
        "Basic é",
        basic(""),
        basic("secret"),
        basic("fraudflow:"),
        basic("fraudflow:secre"),
        basic("fraudflow:secrets"),
        basic("admin:secret"),
        basic("fraudflow:secret").replace("Basic", "Bearer"),
    ],
)
def test_anything_else_shows_nothing(given: str | None) -> None:
    assert not shows("secret", given)
