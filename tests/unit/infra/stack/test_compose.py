"""The commands of the containers' stack, against a ``docker`` that writes down what it is asked."""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from pydantic import SecretStr
from typer.testing import CliRunner

from functions.history_settings import HistorySettings
from infra.cli import app
from infra.errors import StackError
from infra.home import access
from infra.home.layout import Home
from infra.home.state import Deployed, write_deployed
from infra.servers.scoring_server import read_token
from infra.settings import ROOT, StackSettings, read_settings, with_definitions
from infra.stack import compose, container
from infra.stack.operations import compose_backend

HEALTHY = {"Service": "localstack", "State": "running", "Health": "healthy", "Status": "Up 2 minutes (healthy)"}
STOPPED = {"Service": "grafana", "State": "exited", "Health": "", "Status": "Exited (1) 3 seconds ago"}
UNKNOWN = {"Service": "postgres", "State": "running", "Health": "starting", "Status": "Up 2 seconds"}

type Docker = Callable[..., Path]


@pytest.fixture
def docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Docker:
    """Put a docker on PATH; give the file that it writes its words and one of its variables to."""
    folder, said = tmp_path / "bin", tmp_path / "said"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")

    def make(answer: str = "", *, code: int = 0, plugin: bool = True) -> Path:
        (tmp_path / "answer").write_text(answer)
        script = folder / "docker"
        script.write_text(
            "#!/bin/sh\n"
            f'if [ "$2" = version ]; then exit {0 if plugin else 1}; fi\n'
            f'echo "$* $FRAUDFLOW_MLFLOW_PORT" >> {said}\n'
            f"cat {tmp_path / 'answer'}\n"
            f"exit {code}\n"
        )
        script.chmod(0o755)
        return said

    return make


@pytest.fixture
def settings(tmp_path: Path) -> StackSettings:
    return StackSettings(home=tmp_path / "home", mlflow_port=5999)


@pytest.mark.parametrize(
    "answer",
    [
        "\n".join(map(json.dumps, (HEALTHY, STOPPED, UNKNOWN))),
        json.dumps([HEALTHY, STOPPED, UNKNOWN]),
    ],
    ids=["a line each", "one array"],
)
def test_containers_are_shown_as_servers(docker: Docker, settings: StackSettings, answer: str) -> None:
    said = docker(answer)
    view = compose.view(settings)
    assert [(server.title, server.status, server.url) for server in view.servers] == [
        ("LocalStack", "ready", settings.endpoint_url),
        ("Grafana", "stopped", "http://127.0.0.1:3000"),
        ("PostgreSQL", "starting", ""),
    ]
    assert view.servers[1].problem == "Exited (1) 3 seconds ago"
    assert (view.is_up, view.is_ready) == (True, False)
    assert said.read_text() == f"compose --project-directory {ROOT} ps --all --format json 5999\n"


def test_no_containers_are_no_stack(docker: Docker, settings: StackSettings) -> None:
    docker("[]")
    assert (compose.view(settings).is_up, compose.view(settings).is_ready) == (False, False)


def test_down_keeps_the_volumes_and_tells_whether_there_was_anything(docker: Docker, settings: StackSettings) -> None:
    said = docker(json.dumps(HEALTHY))
    assert compose.down(settings)
    assert said.read_text().splitlines()[-1] == f"compose --project-directory {ROOT} down 5999"


@pytest.mark.parametrize("plugin", [True, False], ids=["compose fails", "no compose plugin"])
def test_what_compose_can_not_do_is_one_sentence(docker: Docker, settings: StackSettings, plugin: bool) -> None:  # noqa: FBT001
    docker(code=1, plugin=plugin)
    with pytest.raises(StackError, match="`docker compose ps` failed" if plugin else "install both"):
        compose.view(settings)


def test_a_machine_without_docker_is_told_so(
    tmp_path: Path, settings: StackSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(StackError, match="Docker is not here"):
        compose.view(settings)


def test_functions_reach_the_servers_by_their_names_in_the_network(settings: StackSettings) -> None:
    own = compose._own(settings)
    assert (str(own.mlflow_tracking_uri), str(own.pushgateway_url)) == (
        "http://mlflow:5000/",
        "http://guard:9091/",
    )
    assert own.home == settings.home / "compose"
    assert own.mlflow_url == "http://127.0.0.1:5999"  # for the browser
    assert str(own.mlflow_public_url) == "http://127.0.0.1:5999/"


def test_the_keys_are_taken_from_where_the_container_makes_them() -> None:
    assert str(container._VOLUME.pseudonym_key) == compose._PSEUDONYM_KEY
    assert str(access.path(container._VOLUME)) == compose._KEYS


def test_containers_that_ask_nobody_for_keys_are_not_started_where_keys_are_to_be_asked_for(
    docker: Docker, settings: StackSettings
) -> None:
    said = docker()
    with pytest.raises(StackError, match="FRAUDFLOW_ACCESS=keys is for the embedded stack"):
        compose.up(settings.model_copy(update={"access": "keys"}), lambda _: None)
    assert not said.exists()


def test_the_command_line_carries_the_same_commands_out() -> None:
    backend = compose_backend()
    assert (backend.up, backend.join, backend.down) == (compose.up, compose.join, compose.down)
    assert (backend.view, backend.running) == (compose.view, compose.running)


def test_the_option_before_a_command_chooses_the_containers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["--stack", "compose", "status"])
    assert done.exit_code == 2
    assert "Docker is not here" in done.stderr


@pytest.fixture
def deployed(settings: StackSettings, monkeypatch: pytest.MonkeyPatch) -> StackSettings:
    """Have containers answer, with a pipeline that was deployed with settings of its own."""
    own = compose._own(with_definitions(settings).model_copy(update={"model_name": "theirs"}))
    write_deployed(Home(own.home), Deployed(settings=own, outputs={}))
    monkeypatch.setattr(compose, "answers", lambda _: True)
    return own


def test_a_run_that_joins_takes_the_deployed_settings_as_they_are(
    deployed: StackSettings, settings: StackSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[StackSettings] = []
    monkeypatch.setattr(compose, "up", lambda settings, _: taken.append(settings))
    compose.join(settings, lambda _: None)
    assert (taken[0].model_name, taken[0].histories) == ("theirs", deployed.histories)
    assert isinstance(taken[0].histories, HistorySettings)


@pytest.mark.usefixtures("deployed")
def test_decisions_are_asked_for_with_the_services_token(settings: StackSettings) -> None:
    given = settings.model_copy(update={"scoring_token": SecretStr("0123456789abcdef")})
    compose.running(given)
    assert read_token(Home(settings.home / "compose")) == "0123456789abcdef"


def test_the_variables_that_compose_reads_are_settings_unless_the_environment_has_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FRAUDFLOW_MLFLOW_PORT", "5001")
    (tmp_path / ".env").write_text(
        "POSTGRES_PASSWORD=secret\nFRAUDFLOW_UNHEARD_OF=1\nFRAUDFLOW_LOCALSTACK_PORT=4600\n"
        "FRAUDFLOW_MLFLOW_PORT=5002\nFRAUDFLOW_MODEL_NAME=\nFRAUDFLOW_SCORING_TOKEN=0123456789abcdef\n"
    )
    (tmp_path / "fraudflow.toml").write_text("localstack_port = 4700\nscoring_port = 8100\n")
    read = read_settings(tmp_path / ".env")
    assert (read.localstack_port, read.mlflow_port, read.scoring_port) == (4600, 5001, 8100)
    assert read.model_name == "fraud-detector"
    assert read.scoring_token
    assert read.scoring_token.get_secret_value() == "0123456789abcdef"
    assert read_settings().localstack_port == 4700


def test_the_containers_stack_reads_composes_file() -> None:
    reading = compose_backend().read_settings
    assert isinstance(reading, partial)
    assert (reading.func, reading.args) == (read_settings, (ROOT / ".env",))
