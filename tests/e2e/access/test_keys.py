"""A stack for a machine that is shared with others: it answers who shows its home's keys, and the whole job works."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from fraudflow_guard.basic_auth import authorization
from fraudflow_guard.keys import read

from infra.tools import synthetic
from tests.e2e.access.test_gateway import ask, in_shell
from tests.e2e.conftest import EmbeddedStack, free_port, poll, start_stack
from tests.e2e.monitoring.conftest import binary

DUMMY = "AWS4-HMAC-SHA256 Credential=test/20261128/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedStack]:
    names = ("PROMETHEUS", "PUSHGATEWAY", "ALERTMANAGER", "GRAFANA", "SCORING", "CONSOLE")
    ports = {f"FRAUDFLOW_{name}_PORT": str(free_port()) for name in names}
    started = {f"FRAUDFLOW_{name}": "true" for name in ("MONITORING", "SCORING", "CONSOLE")}
    given = {"FRAUDFLOW_ACCESS": "keys", **started, **ports}
    stack = start_stack(tmp_path_factory.mktemp("shared") / "home", **given)
    yield stack
    stopped = stack.fraudflow("down")
    assert stopped.returncode == 0, stopped.stderr


@pytest.fixture(scope="module")
def report(shared: EmbeddedStack) -> dict[str, Any]:
    path = shared.home / "transactions.csv"
    synthetic.write_csv(path, 2000, fraud_rate=0.03, seed=7)
    return shared.run(path)


def test_the_whole_job_works_with_the_homes_keys(shared: EmbeddedStack, report: dict[str, Any]) -> None:
    assert report["status"] == "SUCCEEDED"
    script = shared.home / "versions.py"
    script.write_text("import mlflow\nprint(len(mlflow.MlflowClient().search_model_versions()))\n")
    assert in_shell(shared, "python versions.py").strip() == "1"


@pytest.mark.usefixtures("report")
def test_the_monitoring_shows_the_runs_figures_for_the_password_alone(shared: EmbeddedStack) -> None:
    for name in ("prometheus", "prometheus-pushgateway"):
        binary(name)
    query = f"http://127.0.0.1:{shared.extra['FRAUDFLOW_PROMETHEUS_PORT']}/api/v1/query?query=rows_loaded"
    with pytest.raises(urllib.error.HTTPError, match="401"):
        urllib.request.urlopen(query, timeout=30)
    login = authorization(read(shared.home / "keys.json").password)

    def rows() -> list[dict[str, Any]] | None:
        shown = urllib.request.Request(query, headers={"Authorization": login})
        with urllib.request.urlopen(shown, timeout=30) as answer:  # noqa: S310
            return json.load(answer)["data"]["result"] or None

    # The run has pushed with the password, and Prometheus has read with it.
    [found] = poll(rows, seconds=60, what="the figures of the run in Prometheus")
    assert found["value"][1] == "2000"


@pytest.mark.usefixtures("report")
def test_the_scoring_service_answers_for_the_password_alone_and_prometheus_shows_it(shared: EmbeddedStack) -> None:
    url = f"http://127.0.0.1:{shared.extra['FRAUDFLOW_SCORING_PORT']}/v1/model"
    login = authorization(read(shared.home / "keys.json").password)

    def served() -> str | None:
        state = json.loads(shared.fraudflow("status", "--json").stdout)
        return (state["scoring"] or {}).get("version")

    assert poll(served, seconds=60, what="the champion in the scoring service") == "1"
    with pytest.raises(urllib.error.HTTPError, match="401"):
        urllib.request.urlopen(url, timeout=30)
    with urllib.request.urlopen(urllib.request.Request(url, headers={"Authorization": login}), timeout=30) as answer:
        assert json.load(answer)["version"] == "1"


@pytest.mark.usefixtures("report")
def test_the_console_shows_nothing_without_the_password(shared: EmbeddedStack) -> None:
    password = read(shared.home / "keys.json").password
    for path in ("/", "/static/console.js"):
        url = f"http://127.0.0.1:{shared.extra['FRAUDFLOW_CONSOLE_PORT']}{path}"
        assert requests.get(url, timeout=30).status_code == 401
        assert requests.get(url, auth=("fraudflow", password), timeout=30).status_code == 200


def test_a_link_to_a_report_opens_with_a_click(report: dict[str, Any]) -> None:
    with urllib.request.urlopen(report["report_url"], timeout=30) as answer:  # noqa: S310
        assert answer.headers["Content-Type"].startswith("text/html")
        assert b"<!doctype html>" in answer.read(100)
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(report["report_url"].partition("?")[0], timeout=30)  # noqa: S310


def test_what_is_typed_works_with_the_homes_keys_and_with_no_others(shared: EmbeddedStack, tmp_path: Path) -> None:
    large = tmp_path / "large"
    large.write_bytes(bytes(range(256)) * (20 << 12))
    copied = in_shell(
        shared, f"awslocal s3 cp --quiet {large} 's3://runs/a b+ü' && aws s3 cp 's3://runs/a b+ü' - | wc -c"
    )
    assert int(copied) == large.stat().st_size
    for words in (("s3", "ls"), ("cloudformation", "list-stacks"), ("lambda", "list-functions")):
        done = shared.command("aws", *words)
        assert done.returncode != 0
        assert "The key is not one of this stack" in done.stderr


@pytest.mark.usefixtures("report")
def test_a_request_without_a_signature_of_the_homes_is_refused(shared: EmbeddedStack) -> None:
    for headers in ({}, {"Authorization": DUMMY}, {"Authorization": "Basic dGVzdDp0ZXN0"}):
        for method, target in (("GET", "/runs"), ("PUT", "/uploads/planted.csv"), ("POST", "/")):
            assert ask(shared, method, target, **headers).status == 403  # type: ignore[arg-type]
    listed = in_shell(shared, "aws s3api list-objects-v2 --bucket uploads --output json")
    assert [each["Key"] for each in json.loads(listed)["Contents"]] == ["transactions.csv"]
