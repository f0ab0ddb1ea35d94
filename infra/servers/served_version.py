"""The version that a scoring service serves, as it says itself."""

import datetime as dt
import re
from urllib.error import HTTPError

from infra.home.state import ServedVersion
from infra.servers.scoring_server import with_login
from infra.system.http import ask
from serving.service_metrics import MODEL_INFO, MODEL_LOADED

_INFO = re.compile(rf'^{MODEL_INFO.name}\{{model="([^"]*)",version="([^"]*)"\}} 1', re.MULTILINE)
_LOADED = re.compile(rf"^{MODEL_LOADED.name} (\S+)$", re.MULTILINE)


def served_version(url: str, token: str | None) -> ServedVersion:
    """Ask a service for its version; one that gives no answer serves none, with the reason as its note."""
    try:
        ready = ask(f"{url}/readyz").decode()
        exposition = ask(with_login(f"{url}/metrics", token)).decode()
    except HTTPError as error:
        return ServedVersion(note=error.read().decode(errors="replace").strip())
    except OSError as error:
        return ServedVersion(note=f"The scoring service gives no answer ({error}).")
    info, loaded = _INFO.search(exposition), _LOADED.search(exposition)
    if info is None or loaded is None:
        return ServedVersion(note=ready.strip())
    since = dt.datetime.fromtimestamp(float(loaded[1]), dt.UTC).replace(microsecond=0)
    return ServedVersion(model=info[1], version=info[2], since=since)
