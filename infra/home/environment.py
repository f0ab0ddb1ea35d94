"""The environment of our processes: as little of the user's as possible, and AWS only as LocalStack."""

import os

from infra.home.access import find_keys
from infra.home.layout import Home
from infra.settings import StackSettings

# Anything else of the user's (AWS profiles, tracking servers, LocalStack's and Python's own switches) would change what
# the servers do, or where they do it.
_INHERITED = frozenset(
    {
        *("PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TZ", "TERM", "LD_LIBRARY_PATH"),
        *("SSL_CERT_FILE", "SSL_CERT_DIR", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"),
        *("http_proxy", "https_proxy", "all_proxy"),
    }
)
_INHERITED_PREFIXES = ("LC_", "XDG_", "OMP_", "OPENBLAS_", "MKL_")

# Real credentials must never get near LocalStack, nor our requests near the real AWS. These open nothing.
_DUMMY_AWS = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}
_NO_PROXY = dict.fromkeys(("NO_PROXY", "no_proxy"), "127.0.0.1,localhost,::1")


def server_environment() -> dict[str, str]:
    """Build the environment that every server starts with."""
    inherited = {
        name: value
        for name, value in os.environ.items()  # noqa: TID251 - passed on, not read as settings
        if name in _INHERITED or name.startswith(_INHERITED_PREFIXES)
    }
    return inherited | _DUMMY_AWS | _NO_PROXY


def aws_client_environment(settings: StackSettings) -> dict[str, str]:
    """Return the variables that point an AWS client to LocalStack, with the home's keys.

    Raises:
        StackError: when the home's keys can't be used.
    """
    return (
        _DUMMY_AWS
        | credentials(settings)
        | {
            "AWS_DEFAULT_REGION": settings.region,
            "AWS_ENDPOINT_URL": settings.endpoint_url,
        }
    )


def credentials(settings: StackSettings) -> dict[str, str]:
    """Return the variables that hold the home's keys; none before they are made.

    Raises:
        StackError: when they can't be used.
    """
    keys = find_keys(Home(settings.home))
    if keys is None:
        return {}
    return {"AWS_ACCESS_KEY_ID": keys.access_key_id, "AWS_SECRET_ACCESS_KEY": keys.secret_access_key}


def isolate_process(settings: StackSettings) -> None:
    """Set the environment so that every AWS client of this process calls LocalStack, whatever the user's profile is."""
    environment = os.environ  # noqa: TID251 - cleaned, not read as settings
    for name in [name for name in environment if name.startswith("AWS_")]:
        del environment[name]
    environment.update(aws_client_environment(settings) | _NO_PROXY)
