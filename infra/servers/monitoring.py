"""Prometheus, Pushgateway, Alertmanager and Grafana of an embedded stack: found on PATH, configured from the checkout.

The files under ``prometheus/`` and ``grafana/`` are those of docker-compose.yml; only addresses and paths are put in.
"""

import json
import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import yaml

from infra.home.layout import Home
from infra.servers import guarding, receivers, scoring_server
from infra.servers.scoring_server import SCORING
from infra.settings import ROOT, StackSettings

RETENTION = "90d"  # dashboards look back 30 days
PUSHGATEWAY = "pushgateway"
_RULES = ROOT / "prometheus" / "rules"
_BOARDS = ROOT / "grafana" / "dashboards"
_SYSTEM_GRAFANA = Path("/usr/share/grafana")


class Program(NamedTuple):
    """A monitoring server: its names on PATH (Debian's or Grafana's first), and what it is for."""

    title: str
    names: tuple[str, ...]
    purpose: str


PROGRAMS: Mapping[str, Program] = MappingProxyType(
    {
        PUSHGATEWAY: Program("Pushgateway", ("prometheus-pushgateway", "pushgateway"), "takes the metrics of each run"),
        "alertmanager": Program(
            "Alertmanager", ("prometheus-alertmanager", "alertmanager"), "says when they cross a line"
        ),
        "prometheus": Program("Prometheus", ("prometheus",), "keeps the metrics of all runs"),
        "grafana": Program("Grafana", ("grafana-server", "grafana"), "draws them"),
    }
)


class Start(NamedTuple):
    """Command, environment and health check of a monitoring server."""

    command: tuple[str, ...]
    environment: Mapping[str, str]
    health_path: str


def found(names: Iterable[str], path: str | None = None) -> str | None:
    """Return the path of a program by the first of its names that is on PATH."""
    return next((place for name in names if (place := shutil.which(name, path=path))), None)


def installed() -> dict[str, str]:
    """Return the servers that are on PATH, with their paths."""
    places = {name: found(program.names) for name, program in PROGRAMS.items()}
    return {name: place for name, place in places.items() if place}


def address(settings: StackSettings, name: str) -> str:
    """Return a server's public address: on this machine only, and the guard's."""
    return guarding.public(settings, name)


def starts(settings: StackSettings, home: Home) -> Iterator[tuple[str, Start]]:
    """List how to start each server that is on PATH."""
    for name, place in installed().items():
        yield name, _STARTS[name](place, settings, home)


def configure(settings: StackSettings, home: Home, names: Iterable[str]) -> None:
    """Write the files that some of the servers read, and make the directories that they write to."""
    guarding.write_secrets(home)
    write_files(settings, home, names)


def write_files(settings: StackSettings, home: Home, names: Iterable[str]) -> None:
    """Write the configuration that servers can reload while they run."""
    for name in names:
        (home.monitoring / name).mkdir(mode=0o700, parents=True, exist_ok=True)
        for path, content in _FILES.get(name, _none)(settings, home).items():
            target = home.monitoring / name / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.touch(mode=0o600)
            target.chmod(0o600)  # one that an earlier release has written may hold secrets now
            target.write_text(_written(path, content), "utf-8")


def _written(path: str, content: dict[str, Any]) -> str:
    return (
        json.dumps(content) if path.endswith(".json") else yaml.safe_dump(content, sort_keys=False, allow_unicode=True)
    )


def prometheus_config(settings: StackSettings, home: Home) -> dict[str, Any]:
    """Return Prometheus's configuration with this stack's addresses and the checkout's rules."""
    config = _read("prometheus/prometheus.yml")
    config["rule_files"] = [str(_RULES / "*.yml")]
    if not settings.scoring:
        # Whatever else listens at its port is none of ours.
        config["scrape_configs"] = [job for job in config["scrape_configs"] if job["job_name"] != SCORING]
    for job in config["scrape_configs"]:
        job["static_configs"] = [{"targets": [address(settings, job["job_name"])]}]
    receivers: dict[str, Any] = {"static_configs": [{"targets": [address(settings, "alertmanager")]}]}
    config["alerting"]["alertmanagers"] = [receivers]
    logins = {SCORING: scoring_server.login(home)}
    for asked in (*config["scrape_configs"], receivers):
        asked.pop("basic_auth", None)  # the containers' own
        if login := logins.get(asked.get("job_name")) or guarding.login(settings, home):
            asked["basic_auth"] = login
    return config


def alertmanager_config(settings: StackSettings, home: Home) -> dict[str, Any]:
    """Return Alertmanager's configuration with the receivers that the settings name, which may be none."""
    config = _read("prometheus/alertmanager.yml")
    config["templates"] = [str(ROOT / "prometheus" / pattern) for pattern in config["templates"]]
    config["receivers"] = receivers.configured(receivers.receivers(settings, home))
    del config["global"]  # the containers' own
    return config


def _prometheus(place: str, settings: StackSettings, home: Home) -> Start:
    own = home.monitoring / "prometheus"
    command = (
        place,
        f"--config.file={own / 'prometheus.yml'}",
        f"--storage.tsdb.path={own / 'data'}",
        f"--storage.tsdb.retention.time={RETENTION}",
        *guarding.web_options(settings, home, "prometheus"),
        # Unless told, it lets every page read it.
        f"--web.cors.origin=http://{re.escape(address(settings, 'prometheus'))}",
    )
    return Start(command, {}, "/-/ready")


def _pushgateway(place: str, settings: StackSettings, home: Home) -> Start:
    command = (
        place,
        *guarding.web_options(settings, home, PUSHGATEWAY),
        # It writes this when it is stopped, too: figures outlive a restart.
        f"--persistence.file={home.monitoring / PUSHGATEWAY / 'metrics'}",
        # It acknowledges a push before it writes; what a kill takes in between is pushed again
        # (infra/runs/pushed_metrics.py).
        "--persistence.interval=100ms",
    )
    return Start(command, {}, "/-/ready")


def _alertmanager(place: str, settings: StackSettings, home: Home) -> Start:
    own = home.monitoring / "alertmanager"
    command = (
        place,
        f"--config.file={own / 'alertmanager.yml'}",
        f"--storage.path={own / 'data'}",
        *guarding.web_options(settings, home, "alertmanager"),
        "--cluster.listen-address=",  # one is no cluster
    )
    return Start(command, {}, "/-/ready")


def _grafana(place: str, settings: StackSettings, home: Home) -> Start:
    own = home.monitoring / "grafana"
    program = Path(place).resolve()
    unpacked = program.parent.parent
    share = unpacked if (unpacked / "conf" / "defaults.ini").is_file() else _SYSTEM_GRAFANA
    words = (place,) if program.name == "grafana-server" else (place, "server")
    options = {
        **guarding.grafana_options(settings, home),
        "PATHS_DATA": str(own / "data"),
        "PATHS_LOGS": str(own / "logs"),
        "PATHS_PLUGINS": str(own / "plugins"),
        "PATHS_PROVISIONING": str(own / "provisioning"),
        # Nobody can sign in, so that no default password does.
        "AUTH_DISABLE_LOGIN_FORM": "true",
        "AUTH_BASIC_ENABLED": "false",
        "ANALYTICS_REPORTING_ENABLED": "false",
        "ANALYTICS_CHECK_FOR_UPDATES": "false",
        "ANALYTICS_CHECK_FOR_PLUGIN_UPDATES": "false",
        "NEWS_NEWS_FEED_ENABLED": "false",
        "PLUGINS_PREINSTALL_DISABLED": "true",
    }
    return Start(
        (*words, "--homepath", str(share)), {f"GF_{name}": value for name, value in options.items()}, "/api/health"
    )


def _grafana_files(settings: StackSettings, home: Home) -> dict[str, Any]:
    sources = _read("grafana/provisioning/datasources/prometheus.yml")
    for source in sources["datasources"]:
        source["url"] = f"http://{address(settings, 'prometheus')}"
        if login := guarding.login(settings, home):
            source |= {"basicAuth": True, "basicAuthUser": login["username"]}
            source["secureJsonData"] = {"basicAuthPassword": f"$__file{{{login['password_file']}}}"}
    boards = _read("grafana/provisioning/dashboards/fraudflow.yml")
    linked = {f"dashboards/{path.name}": _linked(path, settings.console_url) for path in _BOARDS.glob("*.json")}
    for provider in boards["providers"]:
        provider["options"]["path"] = str(home.monitoring / "grafana" / "dashboards" if settings.console else _BOARDS)
    return {
        "provisioning/datasources/prometheus.yml": sources,
        "provisioning/dashboards/fraudflow.yml": boards,
        **(linked if settings.console else {}),
    }


def _linked(path: Path, console_url: str) -> dict[str, Any]:
    """Return a dashboard with a link to the console beside those to the other dashboards."""
    board: dict[str, Any] = json.loads(path.read_text("utf-8"))
    [others] = board["links"]
    link = others | {"type": "link", "title": "Console", "url": f"{console_url}/", "tags": [], "includeVars": False}
    return board | {"links": [others, link | {"keepTime": False}]}


def _none(_settings: StackSettings, _home: Home) -> dict[str, Any]:
    return {}


def _read(path: str) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((ROOT / path).read_text("utf-8"))
    return content


_STARTS: Mapping[str, Callable[[str, StackSettings, Home], Start]] = MappingProxyType(
    {"prometheus": _prometheus, PUSHGATEWAY: _pushgateway, "alertmanager": _alertmanager, "grafana": _grafana}
)
_FILES: Mapping[str, Callable[[StackSettings, Home], dict[str, Any]]] = MappingProxyType(
    {
        "prometheus": lambda settings, home: {"prometheus.yml": prometheus_config(settings, home)},
        "alertmanager": lambda settings, home: {"alertmanager.yml": alertmanager_config(settings, home)},
        "grafana": _grafana_files,
    }
)
