"""The scoring service's container: its settings, its token and its key."""

import os
import subprocess
from pathlib import Path

import pytest

from infra.stack.container import _VOLUME
from serving.settings import read_settings
from tests.contract.composed import COMPOSE, DOCKERFILES, SERVICES, environment, steps
from tests.contract.monitoring import PROMETHEUS, ROOT, load


def test_prometheus_shows_the_scoring_service_its_token() -> None:
    [job] = [job for job in load(PROMETHEUS / "prometheus.yml")["scrape_configs"] if job["job_name"] == "scoring"]
    [secret] = SERVICES["prometheus"]["secrets"]
    assert job["basic_auth"]["password_file"] == secret["target"]
    given = COMPOSE["secrets"][secret["source"]]["environment"]
    assert SERVICES["scoring"]["environment"][given].startswith(f"${{{given}:?")


def test_its_key_is_the_one_that_localstacks_container_makes() -> None:
    key = Path(SERVICES["scoring"]["environment"]["FRAUDFLOW_PSEUDONYM_KEY_FILE"])
    assert key == _VOLUME.pseudonym_key
    assert f"localstack:{key.parent}:ro" in SERVICES["scoring"]["volumes"]


@pytest.mark.parametrize(
    ("given", "key"),
    [({"KEY_FILE": "{file}"}, "from the file"), ({"KEY": "given", "KEY_FILE": "{file}"}, "given"), ({}, "")],
)
def test_it_starts_with_the_key_that_is_given_or_lies_in_the_file(
    tmp_path: Path, given: dict[str, str], key: str
) -> None:
    (tmp_path / "python").write_text('#!/bin/sh\nprintf "%s|" "${FRAUDFLOW_PSEUDONYM_KEY:-}" "$@"\n')
    (tmp_path / "python").chmod(0o755)
    (tmp_path / "key").write_text("from the file\n")
    variables = {f"FRAUDFLOW_PSEUDONYM_{name}": value.format(file=tmp_path / "key") for name, value in given.items()}
    done = subprocess.run(
        [ROOT / "serving" / "start.sh"],
        check=True,
        capture_output=True,
        text=True,
        env={"PATH": f"{tmp_path}:{os.environ['PATH']}"} | variables,
    )
    assert done.stdout.split("|")[:-1] == [key, "-m", "serving"]


def test_the_scoring_service_starts_by_what_it_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    token = "0123456789abcdef"  # noqa: S105 - no password of anything
    given = dict(
        pair.split("=", 1) for word, rest in steps(DOCKERFILES["scoring"]) if word == "ENV" for pair in rest.split()
    )
    given |= environment("scoring")
    for name, value in (given | {"FRAUDFLOW_SCORING_TOKEN": token, "FRAUDFLOW_PSEUDONYM_KEY": "0" * 64}).items():
        monkeypatch.setenv(name, value)
    settings = read_settings()
    assert (settings.scoring_host, settings.scoring_port, settings.model_name) == ("0.0.0.0", 8000, "fraud-detector")  # noqa: S104
    assert settings.scoring_names == ("scoring:8000", "127.0.0.1:8000", "localhost:8000")
    assert str(settings.mlflow_tracking_uri) == "http://mlflow:5000/"
    assert f"{settings.scoring_log.parent}" in {mount.split(":")[1] for mount in SERVICES["scoring"]["volumes"]}
