"""What ``fraudflow env`` prints makes a shell speak to one stack, whatever it spoke to before."""

import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import AnyHttpUrl

from infra.home.access import make_keys
from infra.home.layout import Home
from infra.home.state import Deployed
from infra.settings import StackSettings, unknown_variables
from infra.stack.shell import Shell, commands, variables

ARN = "arn:aws:states:us-east-1:000000000000:stateMachine:fraudflow-pipeline"
BIN = str(Path(sys.executable).parent)


def of(home: Path, environment: dict[str, str] | None = None, **chosen: object) -> dict[str, str | None]:
    settings = StackSettings(home=home, localstack_port=4600, mlflow_port=5600, region="eu-west-1", **chosen)  # type: ignore[arg-type]
    home.mkdir(exist_ok=True)
    return variables(settings, Deployed(settings=settings, outputs={"StateMachineArn": ARN}), environment or {})


def test_it_names_the_stack_and_shows_its_keys(tmp_path: Path) -> None:
    shown, keys = of(tmp_path), make_keys(Home(tmp_path))
    assert {name: value for name, value in shown.items() if value is not None and name != "PATH"} == {
        "AWS_ENDPOINT_URL": "http://127.0.0.1:4600",
        "AWS_ACCESS_KEY_ID": keys.access_key_id,
        "AWS_SECRET_ACCESS_KEY": keys.secret_access_key,
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_REGION": "eu-west-1",
        "DISABLE_DEPRECATION_NOTICE": "1",
        "MLFLOW_TRACKING_URI": "http://127.0.0.1:5600",
        "FRAUDFLOW_STATE_MACHINE_ARN": ARN,
        "FRAUDFLOW_SCORING_URL": "http://127.0.0.1:8000",
    }


def test_what_would_lead_elsewhere_is_unset(tmp_path: Path) -> None:
    shown = of(tmp_path, {"AWS_ENDPOINT_URL_S3": "https://elsewhere.example"})
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_CONFIG_FILE", "AWS_ENDPOINT_URL_S3", "LOCALSTACK_HOST"):
        assert shown[name] is None
    assert shown["MLFLOW_TRACKING_USERNAME"] is None


def test_keys_mode_comes_with_mlflows_password(tmp_path: Path) -> None:
    shown = of(tmp_path, access="keys")
    assert shown["MLFLOW_TRACKING_USERNAME"] == "fraudflow"
    assert shown["MLFLOW_TRACKING_PASSWORD"] == make_keys(Home(tmp_path)).password


def test_a_service_that_does_not_run_has_no_address(tmp_path: Path) -> None:
    assert of(tmp_path, scoring=False)["FRAUDFLOW_SCORING_URL"] is None


def test_a_tracking_server_of_the_users_own_is_named(tmp_path: Path) -> None:
    shown = of(tmp_path, mlflow_tracking_uri=AnyHttpUrl("https://mlflow.example/"))
    assert shown["MLFLOW_TRACKING_URI"] == "https://mlflow.example"


@pytest.mark.parametrize("before", ["/usr/bin:/bin", f"/usr/bin:{BIN}:/bin", f"{BIN}:/usr/bin:/bin"])
def test_our_programs_come_first_and_once(tmp_path: Path, before: str) -> None:
    assert of(tmp_path, {"PATH": before})["PATH"] == f"{BIN}:/usr/bin:/bin"


@pytest.mark.parametrize("value", ["it's", "a b", "$HOME `id` $(id)", 'quo"te', "back\\slash", "*"])
def test_a_shell_takes_each_value_as_it_is(value: str) -> None:
    script = 'eval "$1"; printf %s "$V"; test -z "${W+set}"'
    given = commands({"V": value, "W": None}, Shell.SH)
    done = subprocess.run(
        ["/bin/sh", "-c", script, "sh", given], check=True, capture_output=True, text=True, env={"W": "1"}
    )
    assert done.stdout == value


def test_fish_is_given_its_own_words() -> None:
    assert commands({"V": "it's \\", "W": None, "PATH": "/a b:/c"}, Shell.FISH).splitlines() == [
        "set --global --export V 'it\\'s \\\\';",
        "set --erase W;",
        "set --global --export PATH '/a b' '/c';",
    ]


def test_what_it_sets_is_not_taken_for_a_setting(tmp_path: Path) -> None:
    assert unknown_variables({name: value or "" for name, value in of(tmp_path).items()}) == []
