"""Files by which the servers behind the guard, and their health checks, know its password."""

from pathlib import Path

from fraudflow_guard.basic_auth import authorization
from fraudflow_guard.doors import inner
from fraudflow_guard.web_config import web_config


def write(folder: Path, password: str) -> None:
    """Write ``web.yml``, and ``login``: the value of the header that a health check shows."""
    for name, text in (("web.yml", web_config(inner(password))), ("login", authorization(inner(password)))):
        path = folder / name
        path.touch(mode=0o600)
        path.write_text(text, "utf-8")
