"""The guard before the servers that can't check callers, and their addresses behind it."""

import hashlib
import sys
from collections.abc import Iterable
from pathlib import Path

from fraudflow_guard.doors import inner, viewer
from fraudflow_guard.keys import USER

from infra.home import access
from infra.home.layout import Home
from infra.settings import StackSettings
from infra.system import listening


def host(home: Home) -> str:
    """Return where the servers themselves listen: an address of this machine that is this home's own.

    All of 127.0.0.0/8 is this machine, so that no other ports have to be found. The address is no secret; whoever asks
    there has to show a password.
    """
    digest = hashlib.sha256(bytes(home.path)).digest()
    return f"127.{1 + digest[0] % 254}.{digest[1]}.{1 + digest[2] % 254}"


def public(settings: StackSettings, name: str) -> str:
    """Return a server's public address: on this machine only, and the guard's."""
    return f"{listening.LOOPBACK}:{_port(settings, name)}"


def behind(settings: StackSettings, home: Home, name: str) -> str:
    """Return the address where a server itself listens."""
    return f"{host(home)}:{_port(settings, name)}"


def command(settings: StackSettings, home: Home, names: Iterable[str]) -> tuple[str, ...]:
    """Return the guard's command, with a door for each of the servers."""
    words = [sys.executable, "-m", "fraudflow_guard", "--keys", str(access.path(home)), "--access", settings.access]
    for name in names:
        upstream = f"http://{behind(settings, home, name)}"
        words += ["--door", f"{name}={public(settings, name)}={upstream}={_port(settings, name)}"]
    return tuple(words)


def web_options(settings: StackSettings, home: Home, name: str) -> tuple[str, ...]:
    """Return options of a server of Prometheus's family: its address, its authentication, its public address."""
    return (
        f"--web.listen-address={behind(settings, home, name)}",
        f"--web.config.file={_web_config(home)}",
        f"--web.external-url=http://{public(settings, name)}/",
    )


def grafana_options(settings: StackSettings, home: Home) -> dict[str, str]:
    """Return the same options for Grafana. Callers that pass the guard are viewers, and nobody can sign in."""
    return {
        "SERVER_HTTP_ADDR": host(home),
        "SERVER_HTTP_PORT": str(settings.grafana_port),
        "SERVER_ROOT_URL": f"http://{public(settings, 'grafana')}/",
        "AUTH_ANONYMOUS_ENABLED": "false",
        "AUTH_PROXY_ENABLED": "true",
        "AUTH_PROXY_HEADER_NAME": f"$__file{{{_viewer(home)}}}",
        "AUTH_PROXY_AUTO_SIGN_UP": "true",
        "USERS_AUTO_ASSIGN_ORG_ROLE": "Viewer",
        # Websockets don't go through the guard.
        "LIVE_MAX_CONNECTIONS": "0",
    }


def login(settings: StackSettings, home: Home) -> dict[str, str]:
    """Return the login that the guard requires of Prometheus, as its configuration; empty where it requires none."""
    asked = settings.access == "keys"
    return {"username": USER, "password_file": str(_password(home))} if asked else {}


def with_login(settings: StackSettings, url: str) -> str:
    """Return an address with the login that our servers require of functions; adapters pass it to nobody else."""
    if settings.access == "open":
        return url
    password = access.read_keys(Home(settings.home)).password
    return url.replace("://", f"://{USER}:{password}@", 1)


def write_secrets(home: Home) -> None:
    """Write the secrets that servers and their configuration read, for their owner only."""
    # The library that hashes is needed only where servers are started.
    from fraudflow_guard.web_config import web_config  # noqa: PLC0415

    home.monitoring.mkdir(mode=0o700, parents=True, exist_ok=True)
    password = access.make_keys(home).password
    texts = {
        _web_config(home): web_config(inner(password)),
        _password(home): password,
        _viewer(home): viewer(password),
    }
    for path, text in texts.items():
        path.touch(mode=0o600)
        path.write_text(text, "utf-8")


def _port(settings: StackSettings, name: str) -> int:
    return int(getattr(settings, f"{name}_port"))


def _web_config(home: Home) -> Path:
    return home.monitoring / "web.yml"


def _password(home: Home) -> Path:
    return home.monitoring / "password"


def _viewer(home: Home) -> Path:
    return home.monitoring / "viewer"
