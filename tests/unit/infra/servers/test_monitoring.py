"""The monitoring servers of an embedded stack: what is on PATH is started, from the checkout's own files."""

import json
import re
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import bcrypt
import pytest
import yaml
from fraudflow_guard.doors import inner

from infra.deployment import pipeline
from infra.home import access
from infra.home.layout import Home
from infra.servers import guarding, monitoring
from infra.servers.server_specs import ServerSpec, declare
from infra.settings import ROOT, StackSettings

type Install = Callable[..., None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Put programs on a PATH that has no others."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))

    def programs(*names: str) -> None:
        for name in names:
            (folder / name).write_text("#!/bin/sh\n")
            (folder / name).chmod(0o755)

    return programs


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home").create()


def declared(home: Home, **settings: object) -> dict[str, ServerSpec]:
    return {
        server.name: server for server in declare(StackSettings.model_validate({"home": home.path} | settings), home)
    }


def test_a_machine_without_them_has_the_servers_that_are_needed(install: Install, home: Home) -> None:
    install()
    assert list(declared(home)) == ["localstack", "mlflow", "scoring", "console"]


def test_those_that_are_there_are_started_and_the_stack_does_without_them(install: Install, home: Home) -> None:
    install("prometheus-pushgateway", "alertmanager", "prometheus", "grafana-server")
    servers = declared(home)
    of_monitoring = ["pushgateway", "alertmanager", "prometheus", "grafana"]
    assert list(servers) == ["localstack", "mlflow", *of_monitoring, "scoring", "console", "guard"]
    assert [name for name, server in servers.items() if not server.optional] == ["localstack", "mlflow"]
    assert servers["alertmanager"].command[0].endswith("/alertmanager")


def test_debians_name_comes_first(install: Install, home: Home) -> None:
    install("alertmanager", "prometheus-alertmanager")
    assert declared(home)["alertmanager"].command[0].endswith("/prometheus-alertmanager")


def test_they_can_be_left_out(install: Install, home: Home) -> None:
    install("prometheus", "prometheus-pushgateway")
    assert list(declared(home, monitoring=False, scoring=False, console=False)) == ["localstack", "mlflow"]


def test_every_server_listens_behind_the_guard_which_has_a_door_at_the_port_of_its_setting(
    install: Install, home: Home
) -> None:
    install("prometheus-pushgateway", "prometheus-alertmanager", "prometheus", "grafana-server")
    ports = {name: 20000 + number for number, name in enumerate(monitoring.PROGRAMS)}
    servers = declared(home, **{f"{name}_port": port for name, port in ports.items()})
    behind = servers["prometheus"].host
    assert re.fullmatch(r"127(\.\d{1,3}){3}", behind)
    assert behind != "127.0.0.1"
    for name, port in ports.items():
        server = servers[name]
        told = [*server.command, *(f"{key}={value}" for key, value in server.environment.items())]
        assert server.url == f"http://127.0.0.1:{port}"
        assert server.health_url.startswith(f"http://{behind}:{port}/")
        assert server.port_setting.removeprefix("FRAUDFLOW_").lower() in StackSettings.model_fields
        assert any(word.endswith((f"={behind}", f"={behind}:{port}")) for word in told)
        assert f"{name}=127.0.0.1:{port}=http://{behind}:{port}={port}" in servers["guard"].command


def test_each_home_has_an_address_of_its_own_behind_the_guard(tmp_path: Path) -> None:
    one, other = (guarding.host(Home(tmp_path / name)) for name in ("one", "other"))
    assert one == guarding.host(Home(tmp_path / "one")) != other


def test_the_guard_has_no_door_for_a_server_that_is_left_out(install: Install, home: Home) -> None:
    install("prometheus-pushgateway", "prometheus")
    settings = StackSettings(home=home.path)
    *_, kept, last = declare(settings, home, {"localstack", "mlflow", "prometheus", "guard"})
    assert (kept.name, last.name) == ("prometheus", "guard")
    assert [word.partition("=")[0] for word in last.command if "=http" in word] == ["prometheus"]
    assert [server.name for server in declare(settings, home, {"localstack", "mlflow"})] == ["localstack", "mlflow"]


def test_the_servers_ask_for_a_password_that_only_the_guard_can_make(home: Home) -> None:
    guarding.write_secrets(home)
    password = access.read_keys(home).password
    asked = json.loads((home.monitoring / "web.yml").read_text())["basic_auth_users"]
    assert bcrypt.checkpw(inner(password).encode(), asked["fraudflow"].encode())
    assert not bcrypt.checkpw(password.encode(), asked["fraudflow"].encode())
    for path in home.monitoring.iterdir():
        assert path.stat().st_mode & 0o077 == 0, path


def test_where_keys_are_asked_for_prometheus_grafana_and_the_functions_show_the_password(
    home: Home, monkeypatch: pytest.MonkeyPatch, install: Install
) -> None:
    monkeypatch.setenv("FRAUDFLOW_ACCESS", "keys")
    install("prometheus", "prometheus-pushgateway")
    settings = StackSettings(home=home.path)
    monitoring.configure(settings, home, ["prometheus", "grafana"])
    password = access.read_keys(home).password
    login = {"username": "fraudflow", "password_file": str(home.monitoring / "password")}
    config = monitoring.prometheus_config(settings, home)
    assert [job["basic_auth"] for job in config["scrape_configs"]] == [login] * 4
    assert [each["basic_auth"] for each in config["alerting"]["alertmanagers"]] == [login]
    assert (home.monitoring / "password").read_text() == password
    provisioned = home.monitoring / "grafana" / "provisioning" / "datasources" / "prometheus.yml"
    [source] = yaml.safe_load(provisioned.read_text())["datasources"]
    assert source["secureJsonData"] == {"basicAuthPassword": f"$__file{{{home.monitoring / 'password'}}}"}
    own = pipeline.stack_parameters(settings, home).mlflow_tracking_uri
    assert own == f"http://fraudflow:{password}@127.0.0.1:5000"
    servers = declared(home)
    assert ("--access", "keys") in pairwise(servers["guard"].command)
    assert ("--keys", str(home.path / "keys.json")) in pairwise(servers["mlflow"].command)


def test_prometheus_is_configured_from_our_file_with_this_stacks_addresses(home: Home) -> None:
    settings = StackSettings(home=home.path, prometheus_port=1, pushgateway_port=2, alertmanager_port=3, scoring_port=4)
    monitoring.configure(settings, home, ["prometheus"])
    written = yaml.safe_load((home.monitoring / "prometheus" / "prometheus.yml").read_text())
    ours = yaml.safe_load((ROOT / "prometheus" / "prometheus.yml").read_text())
    targets = {job["job_name"]: job["static_configs"][0]["targets"] for job in written["scrape_configs"]}
    assert targets == {
        "pushgateway": ["127.0.0.1:2"],
        "prometheus": ["127.0.0.1:1"],
        "alertmanager": ["127.0.0.1:3"],
        "scoring": ["127.0.0.1:4"],
    }
    assert written["alerting"]["alertmanagers"] == [{"static_configs": [{"targets": ["127.0.0.1:3"]}]}]
    assert written["rule_files"] == [str(ROOT / "prometheus" / "rules" / "*.yml")]
    assert written["global"] == ours["global"]
    # Logins are of the place: nothing here asks for one.
    of_ours = [job.keys() - {"basic_auth"} for job in ours["scrape_configs"]]
    assert [job.keys() for job in written["scrape_configs"]] == of_ours


def test_files_that_hold_addresses_of_receivers_are_their_owners(home: Home) -> None:
    monitoring.configure(StackSettings(home=home.path), home, ["alertmanager"])
    written = home.monitoring / "alertmanager" / "alertmanager.yml"
    assert written.stat().st_mode & 0o077 == 0
    config = yaml.safe_load(written.read_text())
    ours = yaml.safe_load((ROOT / "prometheus" / "alertmanager.yml").read_text())
    assert config["route"] == ours["route"]
    assert config["receivers"] == [{"name": receiver["name"]} for receiver in ours["receivers"]]


def test_grafana_shows_the_checkouts_dashboards_to_whoever_looks_and_lets_nobody_in(
    install: Install, home: Home
) -> None:
    install("grafana-server")
    settings = StackSettings(home=home.path, prometheus_port=7, console=False)
    monitoring.configure(settings, home, ["grafana"])
    provisioning = home.monitoring / "grafana" / "provisioning"
    [source] = yaml.safe_load((provisioning / "datasources" / "prometheus.yml").read_text())["datasources"]
    [provider] = yaml.safe_load((provisioning / "dashboards" / "fraudflow.yml").read_text())["providers"]
    assert source["url"] == "http://127.0.0.1:7"
    assert provider["options"]["path"] == str(ROOT / "grafana" / "dashboards")
    environment = declared(home)["grafana"].environment
    assert environment["GF_PATHS_PROVISIONING"] == str(provisioning)
    # Only the guard can say who looks, by a header whose name is secret; whoever it is may only look.
    assert environment["GF_AUTH_ANONYMOUS_ENABLED"] == "false"
    assert environment["GF_AUTH_PROXY_ENABLED"] == "true"
    assert environment["GF_AUTH_PROXY_HEADER_NAME"] == f"$__file{{{home.monitoring / 'viewer'}}}"
    assert environment["GF_USERS_AUTO_ASSIGN_ORG_ROLE"] == "Viewer"
    assert environment["GF_AUTH_DISABLE_LOGIN_FORM"] == "true"
    assert environment["GF_AUTH_BASIC_ENABLED"] == "false"


def test_with_a_console_each_dashboard_is_as_it_was_but_for_a_link_to_it(home: Home) -> None:
    monitoring.configure(StackSettings(home=home.path, console_port=8089), home, ["grafana"])
    written = home.monitoring / "grafana"
    [provider] = yaml.safe_load((written / "provisioning" / "dashboards" / "fraudflow.yml").read_text())["providers"]
    boards = sorted(Path(provider["options"]["path"]).glob("*.json"))
    ours = sorted((ROOT / "grafana" / "dashboards").glob("*.json"))
    assert [each.name for each in boards] == [each.name for each in ours]
    for board, original in zip(boards, ours, strict=True):
        shown, before = json.loads(board.read_text()), json.loads(original.read_text())
        link = shown["links"].pop()
        assert shown == before
        assert (link["type"], link["title"], link["url"]) == ("link", "Console", "http://127.0.0.1:8089/")


@pytest.mark.parametrize(("name", "words"), [("grafana-server", []), ("grafana", ["server"])])
def test_grafanas_home_is_where_it_was_unpacked(
    tmp_path: Path, home: Home, monkeypatch: pytest.MonkeyPatch, name: str, words: list[str]
) -> None:
    unpacked = tmp_path / "grafana-12"
    (unpacked / "conf").mkdir(parents=True)
    (unpacked / "conf" / "defaults.ini").touch()
    (unpacked / "bin").mkdir()
    (unpacked / "bin" / name).write_text("#!/bin/sh\n")
    (unpacked / "bin" / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(unpacked / "bin"))
    _, *rest = declared(home)["grafana"].command
    assert rest == [*words, "--homepath", str(unpacked)]


def test_grafana_of_a_package_has_its_home_where_packages_put_it(install: Install, home: Home) -> None:
    install("grafana-server")
    assert declared(home)["grafana"].command[-1] == "/usr/share/grafana"


def test_a_servers_environment_is_as_small_as_the_others(
    install: Install, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    install("prometheus")
    monkeypatch.setenv("GF_SERVER_HTTP_ADDR", "0.0.0.0")  # noqa: S104 - what must not come through
    assert "GF_SERVER_HTTP_ADDR" not in declared(home)["prometheus"].environment
