"""A regression guard that counts work: what a run asks of S3 and of MLflow, by the servers' own logs."""

import re
from pathlib import Path

import pytest

from infra.tools.synthetic import generate
from tests import budgets
from tests.e2e.conftest import EmbeddedStack

S3_REQUEST = re.compile(r"localstack\.request\.aws +: AWS s3\.")
MLFLOW_REQUEST = re.compile(r'"(?:GET|POST|PUT|PATCH|DELETE) /api/')
ROWS = 10_000
pytestmark = pytest.mark.e2e


class Requests:
    """Counts requests in the servers' logs, from now on."""

    def __init__(self, stack: EmbeddedStack) -> None:
        self._logs = {name: stack.home / "logs" / f"{name}.log" for name in ("localstack", "mlflow")}
        self._from = {name: log.stat().st_size for name, log in self._logs.items()}

    def count(self, name: str, request: re.Pattern[str]) -> int:
        with self._logs[name].open("rb") as log:
            log.seek(self._from[name])
            return len(request.findall(log.read().decode(errors="replace")))


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("budget")
    paths = [folder / f"{seed}.csv" for seed in (1, 2)]
    for seed, path in enumerate(paths):
        generate(ROWS, seed=seed).to_csv(path, index=False)
    return paths


def test_a_run_asks_for_no_more_than_its_budget(stack: EmbeddedStack, files: list[Path]) -> None:
    # A model of its own: the first becomes its champion, whatever other tests have registered.
    settings = {"FRAUDFLOW_MODEL_NAME": "of-the-budget"}
    assert stack.run(files[0], **settings)["model"]["alias"] == "champion"
    requests = Requests(stack)
    assert stack.run(files[1], **settings)["status"] == "SUCCEEDED"
    used = {
        "s3_requests": requests.count("localstack", S3_REQUEST),
        "mlflow_requests": requests.count("mlflow", MLFLOW_REQUEST),
    }
    budgets.check("stack", used)
