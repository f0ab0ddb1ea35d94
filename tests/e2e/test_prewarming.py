"""Memory before the first run: one template for all functions, one process for MLflow."""

import base64
import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path

import pytest

from infra.system.processes import wait_until
from tests.e2e.conftest import ROOT, EmbeddedStack

pytestmark = pytest.mark.e2e
# What a template has where the processes that it forked have their own address.
TEMPLATE = b"AWS_LAMBDA_RUNTIME_API=255.255.255.255:65535\0"


def children_of(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for children in tasks for child in children.read_text().split()]


def below(pid: int) -> Iterator[int]:
    for child in children_of(pid):
        yield child
        yield from below(child)


def server(stack: EmbeddedStack, name: str) -> int:
    servers = json.loads(stack.fraudflow("status", "--json").stdout)["servers"]
    return int(next(each["process"]["pid"] for each in servers if each["name"] == name))


def templates_of(stack: EmbeddedStack) -> list[int]:
    processes = below(server(stack, "localstack"))
    return [pid for pid in processes if TEMPLATE in Path(f"/proc/{pid}/environ").read_bytes()]


def libraries(pid: int) -> set[Path]:
    words = (line.split() for line in Path(f"/proc/{pid}/maps").read_text().splitlines())
    return {Path(each[5]) for each in words if len(each) > 5 and each[5].startswith("/")}


def test_every_function_is_forked_from_the_one_template(stack: EmbeddedStack) -> None:
    client = stack.client("lambda")
    functions = [each["FunctionName"] for each in client.list_functions()["Functions"]]

    answers = [client.invoke(FunctionName=name, Payload=b"{}", LogType="Tail") for name in functions]

    assert len(functions) == len(list(ROOT.glob("functions/*/handler.py")))
    assert {json.loads(answer["Payload"].read())["errorType"] for answer in answers} == {"InvalidPayloadError"}
    logs = [base64.b64decode(answer["LogResult"]).decode() for answer in answers]
    assert [log for log in logs if "Started without its pre-imported modules" in log] == []
    assert len(templates_of(stack)) == 1


def test_a_template_gives_back_what_only_its_imports_have_read(stack: EmbeddedStack) -> None:
    def is_given_back() -> bool:
        [template] = templates_of(stack)
        fields = dict(line.split(":", 1) for line in Path(f"/proc/{template}/status").read_text().splitlines())
        mapped = sum(path.stat().st_size for path in libraries(template))
        return mapped > 100 << 20 and int(fields["RssFile"].split()[0]) << 10 < mapped / 10

    assert wait_until(is_given_back, 60)


def test_mlflow_is_one_process(stack: EmbeddedStack) -> None:
    assert children_of(server(stack, "mlflow")) == []


def test_mlflow_refuses_what_a_foreign_page_sends(stack: EmbeddedStack) -> None:
    request = urllib.request.Request(
        f"http://127.0.0.1:{stack.mlflow_port}/api/2.0/mlflow/experiments/search",
        data=b'{"max_results": 1}',
        headers={"Content-Type": "application/json", "Origin": "http://elsewhere.example"},
    )

    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request)  # noqa: S310 - loopback

    assert refused.value.code == HTTPStatus.FORBIDDEN
