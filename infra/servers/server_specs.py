"""The servers of a local stack, declared: command, environment, address, health check."""

import signal
import sys
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from fraudflow_guard.doors import HEALTH as GUARD_HEALTH
from fraudflow_guard.policy import loopback

from infra.home import access
from infra.home.environment import aws_client_environment, server_environment
from infra.home.layout import Home
from infra.servers import feast_server, guarding, monitoring, scoring_server
from infra.servers.answering import answers
from infra.settings import StackSettings
from infra.system import listening

CONSOLE = "console"
# Threads come and go; an arena for each would keep what they have freed.
_FEW_ARENAS = {"MALLOC_ARENA_MAX": "2"}


@dataclass(frozen=True)
class ServerSpec:
    """One program that the supervisor keeps running."""

    name: str
    title: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    port: int
    port_setting: str
    url: str
    health_url: str
    log: Path
    holds_deployment: bool = False
    """Its restart forgets what was deployed to it."""
    host: str = listening.LOOPBACK
    """Where it listens itself: not at ``url`` when the guard stands before it."""
    keys: Path | None = None
    """The home's keys, where only the guard may ask it for anything."""
    optional: bool = False
    """The stack does without it where it can't be started."""
    awaited: bool = True
    """It starts with the others, and `up` waits for it; else it starts after them, and `up` returns meanwhile."""
    orphan_signal: int = signal.SIGKILL
    """The signal it gets when the supervisor dies without stopping it."""

    def answers(self) -> bool:
        """Return whether its health check succeeds."""
        return answers(self.health_url, self.keys)


def declare(settings: StackSettings, home: Home, names: Container[str] | None = None) -> list[ServerSpec]:
    """List the servers of a stack, in the order of their start.

    Args:
        settings: the stack's.
        home: its home.
        names: those to list; all unless given. The guard has a door for each of those that it is needed for.
    """
    listed = [_localstack(settings, home), _mlflow(settings, home)]
    if settings.monitoring:
        listed += _monitoring(settings, home)
    if feast_server.is_started(settings):
        listed.append(_feast(settings, home))
    if settings.scoring:
        listed.append(_scoring(settings, home))
    if settings.console:
        listed.append(_console(settings, home))
    chosen = [server for server in listed if names is None or server.name in names]
    guarded = [server for server in chosen if server.host != listening.LOOPBACK]
    return [*chosen, _guard(settings, home, guarded)] if guarded else chosen


def _localstack(settings: StackSettings, home: Home) -> ServerSpec:
    address = f"{listening.LOOPBACK}:{settings.localstack_port}"
    own = {
        "LAMBDA_RUNTIME_EXECUTOR": "process",
        "FRAUDFLOW_FUNCTIONS_PYTHON": sys.executable,
        "GATEWAY_LISTEN": address,
        # Ours: LocalStack's own server would listen on every interface.
        "GATEWAY_SERVER": "bound",
        # Ours too: LocalStack's own forgets everything when it stops.
        "PROVIDER_OVERRIDE_S3": "home",
        "FRAUDFLOW_S3_DIR": str(home.s3),
        "FRAUDFLOW_KEYS_FILE": str(access.path(home)),
        "FRAUDFLOW_ACCESS": settings.access,
        "LOCALSTACK_HOST": address,
        "LOCALSTACK_VOLUME_DIR": str(home.localstack),
        "FILESYSTEM_ROOT": str(home.localstack),
        "SKIP_SSL_CERT_DOWNLOAD": "1",
        "DISABLE_EVENTS": "1",
        "DNS_ADDRESS": "0",
        # A machine that looks like a container is not LocalStack's own: its directories are ours here too.
        "OVERRIDE_IN_DOCKER": "0",
        # Threads come and go here; an arena for each would keep what they have freed.
        "MALLOC_ARENA_MAX": "2",
        # Beyond it an invocation is refused, as on AWS, and its state waits for its turn.
        "LAMBDA_LIMITS_CONCURRENT_EXECUTIONS": str(settings.functions_at_once),
        "LAMBDA_LIMITS_MINIMUM_UNRESERVED_CONCURRENCY": "1",
        # Without CloudWatch's metrics, which would be loaded for, and written to at, every invocation.
        "SERVICES": "cloudformation,events,iam,lambda,logs,s3,sqs,stepfunctions,sts",
        # How often CloudFormation looks at a new function at once, before it sleeps a second between two looks.
        "CFN_NO_WAIT_ITERATIONS": "100",
        # One service of LocalStack asks another in the process itself, not by way of its own port.
        "IN_MEMORY_CLIENT": "1",
    }
    return ServerSpec(
        name="localstack",
        title="LocalStack",
        command=(str(settings.localstack_python), "-m", "fraudflow_localstack"),
        environment=server_environment() | _scratch(home) | own,
        port=settings.localstack_port,
        port_setting="FRAUDFLOW_LOCALSTACK_PORT",
        url=settings.endpoint_url,
        health_url=f"{settings.endpoint_url}/_localstack/health",
        log=home.logs / "localstack.log",
        holds_deployment=True,
    )


def _mlflow(settings: StackSettings, home: Home) -> ServerSpec:
    store = f"sqlite:///{home.mlflow_database}"
    own = {
        # Nine processes that nothing here uses.
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "DO_NOT_TRACK": "1",
        # What the guard before it checks as well.
        "MLFLOW_SERVER_ALLOWED_HOSTS": ",".join(sorted(loopback(settings.mlflow_port).hosts)),
        # As for LocalStack.
        "MALLOC_ARENA_MAX": "2",
    }
    where = (listening.LOOPBACK, str(settings.mlflow_port), store, "s3://mlflow-artifacts")
    asking = ("--keys", str(access.path(home))) if settings.access == "keys" else ()
    return ServerSpec(
        name="mlflow",
        title="MLflow",
        command=(sys.executable, "-m", "infra.servers.mlflow_server", *where, *asking),
        environment=server_environment() | aws_client_environment(settings) | _scratch(home) | own,
        port=settings.mlflow_port,
        port_setting="FRAUDFLOW_MLFLOW_PORT",
        url=settings.mlflow_url,
        health_url=f"{settings.mlflow_url}/health",
        log=home.logs / "mlflow.log",
    )


def _monitoring(settings: StackSettings, home: Home) -> Iterator[ServerSpec]:
    for name, start in monitoring.starts(settings, home):
        url = f"http://{monitoring.address(settings, name)}"
        yield ServerSpec(
            name=name,
            title=monitoring.PROGRAMS[name].title,
            command=start.command,
            environment={**server_environment(), **start.environment},
            port=getattr(settings, f"{name}_port"),
            port_setting=f"FRAUDFLOW_{name.upper()}_PORT",
            url=url,
            health_url=f"http://{guarding.behind(settings, home, name)}{start.health_path}",
            log=home.logs / f"{name}.log",
            host=guarding.host(home),
            keys=access.path(home),
            optional=True,
            # They write what they hold before they end.
            orphan_signal=signal.SIGTERM,
        )


def _feast(settings: StackSettings, home: Home) -> ServerSpec:
    return ServerSpec(
        name=feast_server.FEAST,
        title="Feast",
        command=feast_server.command(settings, home),
        environment=server_environment() | aws_client_environment(settings) | _scratch(home) | _FEW_ARENAS,
        port=settings.feast_port,
        port_setting="FRAUDFLOW_FEAST_PORT",
        url=feast_server.own_url(settings),
        health_url=f"{feast_server.own_url(settings)}/health",
        log=home.logs / "feast.log",
        awaited=False,
        # It ends a write that it has begun.
        orphan_signal=signal.SIGTERM,
    )


def _scoring(settings: StackSettings, home: Home) -> ServerSpec:
    return ServerSpec(
        name=scoring_server.SCORING,
        title="Scoring service",
        command=(sys.executable, "-m", "serving"),
        environment=scoring_server.environment(settings, home) | _scratch(home),
        port=settings.scoring_port,
        port_setting="FRAUDFLOW_SCORING_PORT",
        url=settings.scoring_url,
        # It lives without a model: whether there is one is on `/readyz`.
        health_url=f"{settings.scoring_url}/healthz",
        log=home.logs / "scoring.log",
        optional=True,
        awaited=False,
        # It answers those who wait before it ends.
        orphan_signal=signal.SIGTERM,
    )


def console_words(settings: StackSettings, home: Home) -> tuple[str, ...]:
    """Return what Python is called with; the console may start before anything is deployed, and is told its access."""
    home_and_port = ("--home", str(home.path), "--port", str(settings.console_port))
    return ("-m", "console", *home_and_port, "--access", settings.access)


def _console(settings: StackSettings, home: Home) -> ServerSpec:
    return ServerSpec(
        name=CONSOLE,
        title="Console",
        command=(sys.executable, *console_words(settings, home)),
        environment=server_environment() | aws_client_environment(settings) | _scratch(home) | _FEW_ARENAS,
        port=settings.console_port,
        port_setting="FRAUDFLOW_CONSOLE_PORT",
        url=settings.console_url,
        health_url=f"{settings.console_url}/healthz",
        log=home.logs / "console.log",
        optional=True,
        awaited=False,
    )


def _guard(settings: StackSettings, home: Home, guarded: Sequence[ServerSpec]) -> ServerSpec:
    """Declare what listens where browsers and programs look for the servers that can't check who asks."""
    return ServerSpec(
        name="guard",
        title="Guard",
        command=guarding.command(settings, home, [server.name for server in guarded]),
        environment=server_environment(),
        # Its ports are those of the servers that it guards.
        port=0,
        port_setting="",
        url="",
        health_url=f"{guarded[0].url}{GUARD_HEALTH}",
        log=home.logs / "guard.log",
        optional=True,
    )


def _scratch(home: Home) -> dict[str, str]:
    """Return the variables that keep temporary files under the home, where ``down`` removes them."""
    return {"TEMP": str(home.tmp)}
