"""The stack of docker-compose.yml, in place of the embedded one: the same commands, carried out by Docker Compose."""

import json
import os
import shutil
import subprocess
import time
from types import MappingProxyType
from typing import Any

from pydantic import AnyHttpUrl

from infra.deployment.pipeline import deploy_pipeline
from infra.errors import StackError
from infra.home import access, pseudonym_key
from infra.home.layout import Home
from infra.home.state import Deployed, ServerState, ServerStatus, StackView, read_deployed
from infra.runs.recovery import recover
from infra.servers.answering import answers
from infra.servers.monitoring import PROGRAMS
from infra.servers.scoring_server import SCORING, write_token
from infra.settings import IN_CONTAINERS, PREFIX, ROOT, StackSettings
from infra.stack.lifecycle import UpReport
from infra.stack.starting import PrintProgress

# How the functions, inside the containers' network, reach what they need beside MLflow.
_PUSHGATEWAY = "http://guard:9091"
# Made in LocalStack's volume: links to reports are signed with the keys, cards and people are hashed by the other.
_KEYS = "/var/lib/localstack/keys.json"
_PSEUDONYM_KEY = "/var/lib/localstack/pseudonym.key"
_TITLES = MappingProxyType(
    {
        "localstack": "LocalStack",
        "mlflow": "MLflow",
        "postgres": "PostgreSQL",
        SCORING: "Scoring service",
        **{name: program.title for name, program in PROGRAMS.items()},
    }
)
_STATUSES: MappingProxyType[str, ServerStatus] = MappingProxyType(
    {"healthy": "ready", "unhealthy": "unhealthy", "starting": "starting"}
)
_DOWN = "No compose stack is up; `fraudflow --stack compose up` starts it."


def up(settings: StackSettings, print_progress: PrintProgress) -> UpReport:
    """Start the containers, wait until they are healthy, and deploy the pipeline.

    Raises:
        StackError: when Docker or Compose is missing, or a container does not get healthy.
    """
    began = time.monotonic()
    if settings.access == "keys":
        raise StackError(
            "FRAUDFLOW_ACCESS=keys is for the embedded stack; containers answer each program of this host."
        )
    own = _own(settings)
    joined = _is_up(settings)
    print_progress("Starting the containers of docker-compose.yml" if not joined else "The containers are up")
    _compose(settings, "up", "--detach", "--wait", "--wait-timeout", f"{settings.start_timeout * 5:.0f}")
    access.keep(Home(own.home), _cat(settings, _KEYS))
    pseudonym_key.keep(Home(own.home), _cat(settings, _PSEUDONYM_KEY))
    deployment = deploy_pipeline(own)
    deployed = running(settings)
    recovered = recover(deployed)
    for message in filter(None, (str(recovered), *recovered.skipped)):
        print_progress(message)
    return UpReport(
        joined=joined,
        action=deployment.action,
        seconds=round(time.monotonic() - began, 2),
        localstack_url=settings.endpoint_url,
        mlflow_url=settings.mlflow_url,
        monitoring={program.title: _url(settings, name) for name, program in PROGRAMS.items()},
        scoring=settings.scoring_url,
        deployed=deployed,
        recovered=recovered,
    )


def join(settings: StackSettings, print_progress: PrintProgress) -> UpReport:
    """Start the containers for one run, or join them: a deployed pipeline keeps the settings of all other runs."""
    deployed = read_deployed(Home(_own(settings).home)) if _is_up(settings) else None
    if deployed is not None:
        settings = settings.model_copy(update=dict(deployed.settings.run))
    return up(settings, print_progress)


def down(settings: StackSettings) -> bool:
    """Stop the containers and keep their volumes; return whether there were any."""
    was_up = bool(_containers(settings))
    _compose(settings, "down")
    return was_up


def view(settings: StackSettings) -> StackView:
    """Return the status of the containers."""
    servers = [_state(settings, container) for container in _containers(settings)]
    is_up = bool(servers)
    return StackView(
        home=ROOT / "docker-compose.yml",
        is_up=is_up,
        is_ready=is_up and all(server.status == "ready" for server in servers),
        servers=servers,
        deployed=read_deployed(Home(_own(settings).home)) if is_up else None,
        events=[],
    )


def running(settings: StackSettings) -> Deployed:
    """Return the pipeline of the containers that are up, and keep what callers of their scoring service show.

    Raises:
        StackError: when none are.
    """
    home = Home(_own(settings).home)
    deployed = read_deployed(home) if _is_up(settings) else None
    if deployed is None:
        raise StackError(_DOWN)
    write_token(settings, home)
    return deployed


def _own(settings: StackSettings) -> StackSettings:
    """Return the settings of this stack's deployment, whose home is apart from an embedded one's."""
    given = settings.mlflow_tracking_uri or AnyHttpUrl(IN_CONTAINERS)
    gateway = settings.pushgateway_url or AnyHttpUrl(_PUSHGATEWAY)
    home = Home(settings.home / "compose").create().path
    public = settings.mlflow_public_url or AnyHttpUrl(settings.mlflow_url)
    # The containers have no console: `fraudflow --stack compose console` serves it while it runs, and no longer.
    inside = {"mlflow_tracking_uri": given, "mlflow_public_url": public, "pushgateway_url": gateway, "console": False}
    return settings.model_copy(update={"home": home, **inside})


def _is_up(settings: StackSettings) -> bool:
    return answers(f"{settings.endpoint_url}/_localstack/health")


def _cat(settings: StackSettings, path: str) -> str:
    return _compose(settings, "exec", "-T", "localstack", "cat", path, capture=True)


def _url(settings: StackSettings, name: str) -> str:
    return f"http://127.0.0.1:{getattr(settings, f'{name}_port')}"


def _containers(settings: StackSettings) -> list[dict[str, Any]]:
    """List this project's containers: a JSON object a line, or one array, as Compose's versions have it."""
    text = _compose(settings, "ps", "--all", "--format", "json", capture=True).strip()
    if text.startswith("["):
        return list(json.loads(text))
    return [json.loads(line) for line in text.splitlines()]


def _state(settings: StackSettings, container: dict[str, Any]) -> ServerState:
    name = str(container["Service"])
    url = _url(settings, name) if f"{name}_port" in StackSettings.model_fields else ""
    status = _STATUSES.get(str(container.get("Health")), "stopped")
    problem = None if status == "ready" else str(container.get("Status") or container.get("State"))
    return ServerState(name=name, title=_TITLES.get(name, name), url=url, status=status, problem=problem)


def _compose(settings: StackSettings, *words: str, capture: bool = False) -> str:
    docker = shutil.which("docker")
    if docker is None or subprocess.run((docker, "compose", "version"), check=False, capture_output=True).returncode:  # noqa: S603
        raise StackError("Docker is not here, or not its compose plugin: install both, or use the embedded stack.")
    done = subprocess.run(  # noqa: S603 - our own words
        (docker, "compose", "--project-directory", str(ROOT), *words),
        check=False,
        stdout=subprocess.PIPE if capture else None,
        text=True,
        env=_environment(settings),
        cwd=ROOT,
    )
    if done.returncode:
        raise StackError(f"`docker compose {words[0]}` failed; what it said is above, `docker compose logs` has more.")
    return done.stdout if capture else ""


def _environment(settings: StackSettings) -> dict[str, str]:
    """Publish the ports where the settings have them, and serve their model; the rest is the user's own."""
    published = {
        f"{PREFIX}{name.upper()}": str(getattr(settings, name))
        for name in StackSettings.model_fields
        if name.endswith("_port")
    }
    published[f"{PREFIX}MODEL_NAME"] = settings.model_name
    return dict(os.environ) | published  # noqa: TID251 - passed on, not read as settings
