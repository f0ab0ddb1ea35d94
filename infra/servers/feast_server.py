"""Feast's feature server of an embedded stack: its command, and its address."""

from infra.home import access
from infra.home.layout import Home
from infra.servers import guarding
from infra.settings import StackSettings, definitions_path
from infra.system import listening

FEAST = "feast"


def is_started(settings: StackSettings) -> bool:
    """Return whether the stack has a Feast server of its own."""
    return settings.feature_store == "feast" and settings.feast_url is None


def address(settings: StackSettings) -> str | None:
    """Return the address of the Feast server that histories are in, with the login that it requires of our processes.

    None where another engine has them.

    Raises:
        StackError: when the home's keys can't be used.
    """
    if settings.feature_store != "feast":
        return None
    if settings.feast_url is not None:
        return str(settings.feast_url)
    return guarding.with_login(settings, own_url(settings))


def own_url(settings: StackSettings) -> str:
    """Return the address of the stack's own Feast server."""
    return f"http://{listening.LOOPBACK}:{settings.feast_port}"


def command(settings: StackSettings, home: Home) -> tuple[str, ...]:
    """Return the command of the stack's own Feast server, behind the guard in its own process."""
    defined = definitions_path(settings)
    histories = () if defined is None else ("--histories", str(defined))
    asking = ("--keys", str(access.path(home))) if settings.access == "keys" else ()
    return (
        *(str(settings.feast_python), "-m", "fraudflow_feast", listening.LOOPBACK, str(settings.feast_port)),
        *("--folder", str(home.feast), "--online", settings.feast_online, "--redis", settings.feast_redis),
        *("--region", settings.region, "--offline", settings.feast_offline, *histories, *asking),
    )
