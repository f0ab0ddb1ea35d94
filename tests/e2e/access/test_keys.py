"""A stack for a machine that is shared with others: it answers who shows its home's keys, and the whole job works."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra import synthetic
from tests.e2e.access.test_gateway import ask, in_shell
from tests.e2e.conftest import EmbeddedStack, start_stack

DUMMY = "AWS4-HMAC-SHA256 Credential=test/20261128/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedStack]:
    stack = start_stack(tmp_path_factory.mktemp("shared") / "home", FRAUDFLOW_ACCESS="keys")
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


def test_a_request_without_a_signature_of_the_homes_is_refused(shared: EmbeddedStack) -> None:
    for headers in ({}, {"Authorization": DUMMY}, {"Authorization": "Basic dGVzdDp0ZXN0"}):
        for method, target in (("GET", "/runs"), ("PUT", "/uploads/planted.csv"), ("POST", "/")):
            assert ask(shared, method, target, **headers).status == 403
    listed = in_shell(shared, "aws s3api list-objects-v2 --bucket uploads --output json")
    assert [each["Key"] for each in json.loads(listed)["Contents"]] == ["transactions.csv"]
