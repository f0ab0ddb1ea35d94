"""Optional servers in ``up``, and where runs push to."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.errors import PortHeldError, StackError
from infra.home.access import make_keys
from infra.home.layout import Home
from infra.home.state import Deployed, ServerState, ServerStatus, StackState, write_deployed, write_state
from infra.servers import monitoring
from infra.servers.server_specs import ServerSpec, declare
from infra.settings import StackSettings
from infra.stack import lifecycle, starting
from infra.system.processes import ProcessId


@pytest.fixture
def taken_port(socket_enabled: None) -> Iterator[int]:  # noqa: ARG001 - it lets this test listen
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        yield holder.getsockname()[1]


def server(port: int, *, optional: bool) -> ServerSpec:
    return ServerSpec(
        name="prometheus",
        title="Prometheus",
        command=("prometheus",),
        environment={},
        port=port,
        port_setting="FRAUDFLOW_PROMETHEUS_PORT",
        url="http://127.0.0.1",
        health_url="http://127.0.0.1",
        log=Path("log"),
        optional=optional,
    )


def state(*servers: ServerState) -> StackState:
    return StackState(supervisor=ProcessId(pid=1, started="now"), servers=list(servers))


def known(name: str, status: ServerStatus = "ready", *, optional: bool = False, awaited: bool = True) -> ServerState:
    url = f"http://127.0.0.1/{name}"
    return ServerState(name=name, title=name, url=url, optional=optional, awaited=awaited, status=status)


def late(status: ServerStatus, name: str = "scoring") -> ServerState:
    return known(name, status, optional=True, awaited=False)


def test_an_optional_server_whose_port_is_held_is_told_and_left_out(taken_port: int) -> None:
    told: list[str] = []
    assert not starting._can_start(server(taken_port, optional=True), told.append)
    [line] = told
    assert line.startswith(f"Prometheus is not started. Port {taken_port}")
    assert "FRAUDFLOW_PROMETHEUS_PORT" in line


def test_a_server_that_is_needed_is_not_left_out(taken_port: int) -> None:
    with pytest.raises(PortHeldError, match="FRAUDFLOW_PROMETHEUS_PORT"):
        starting._can_start(server(taken_port, optional=False), lambda _: None)


def test_what_is_missing_is_one_line_and_nothing_when_nothing_is(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr(monitoring, "installed", lambda: {"prometheus": "p", "pushgateway": "g"})
    starting._report_what_is_missing(told.append)
    assert told == ["Not started, as not on PATH: Alertmanager (prometheus-alertmanager), Grafana (grafana-server)"]
    monkeypatch.setattr(monitoring, "installed", lambda: dict.fromkeys(monitoring.PROGRAMS, "p"))
    starting._report_what_is_missing(told.append)
    assert len(told) == 1


@pytest.mark.parametrize(
    ("servers", "ready"),
    [
        ([known("localstack"), known("prometheus", optional=True)], True),
        ([known("localstack"), known("prometheus", "failed", optional=True)], True),
        ([known("localstack"), known("prometheus", "starting", optional=True)], False),
        ([known("localstack", "failed"), known("prometheus", optional=True)], False),
        ([known("localstack"), late("starting")], True),
        ([known("localstack"), late("failed")], True),
        ([known("localstack"), late("unhealthy")], False),
        ([known("localstack"), late("restarting")], False),
        ([known("localstack", "starting"), late("ready")], False),
    ],
)
def test_a_stack_is_ready_without_what_it_can_do_without(servers: list[ServerState], ready: bool) -> None:  # noqa: FBT001
    assert state(*servers).is_ready is ready


def test_runs_push_to_the_stacks_own_gateway_unless_another_was_named(tmp_path: Path) -> None:
    home = Home(tmp_path / "home").create()
    settings = StackSettings(home=home.path)
    assert lifecycle._as_started(settings, home).pushgateway_url is None
    write_state(home, state(known("localstack"), known("pushgateway", optional=True)))
    assert str(lifecycle._as_started(settings, home).pushgateway_url) == "http://127.0.0.1/pushgateway"
    named = StackSettings.model_validate({"home": home.path, "pushgateway_url": "http://elsewhere:9091"})
    assert str(lifecycle._as_started(named, home).pushgateway_url) == "http://elsewhere:9091/"


@pytest.mark.parametrize("name", ["scoring", "console"])
def test_a_server_that_was_not_started_is_none_of_the_stacks(tmp_path: Path, name: str) -> None:
    home = Home(tmp_path / "home").create()
    settings = StackSettings(home=home.path)
    write_state(home, state(known("localstack"), late("starting", name)))
    assert getattr(lifecycle._as_started(settings, home), name)
    write_state(home, state(known("localstack")))
    assert not getattr(lifecycle._as_started(settings, home), name)


@pytest.mark.parametrize("access", ["open", "keys"])
def test_the_console_is_told_whom_it_answers_before_anything_is_deployed(tmp_path: Path, access: str) -> None:
    settings = StackSettings.model_validate({"home": tmp_path, "access": access})
    make_keys(Home(tmp_path))
    [console] = declare(settings, Home(tmp_path), ["console"])
    assert console.command[-2:] == ("--access", access)
    assert console.optional
    assert not console.awaited
    assert declare(settings.model_copy(update={"console": False}), Home(tmp_path), ["console"]) == []


@pytest.mark.parametrize(("there", "wanted"), [("open", "keys"), ("keys", "open")])
def test_a_stack_that_asks_for_something_else_is_not_joined(tmp_path: Path, there: str, wanted: str) -> None:
    home = Home(tmp_path).create()
    make_keys(home)
    write_state(home, state())
    up = StackSettings(home=tmp_path, monitoring=False, access=there)
    write_deployed(home, Deployed(settings=up, outputs={}))
    lifecycle._check_same(up, home)
    with pytest.raises(StackError, match=f"up with FRAUDFLOW_ACCESS={there}, not {wanted}"):
        lifecycle._check_same(up.model_copy(update={"access": wanted}), home)
