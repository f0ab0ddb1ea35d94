"""One stack for all tests of the scoring service: training its first champion takes longest."""

from collections.abc import Iterator

import mlflow
import pytest

from infra.tools import synthetic
from tests.e2e.conftest import free_port, poll, start_stack
from tests.e2e.scoring.service import NAME, ScoringService

ROWS = 2_000


@pytest.fixture(scope="package")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ScoringService]:
    """Start a stack, train a champion, and register the same model once more as version 2."""
    port, folder = free_port(), tmp_path_factory.mktemp("scoring")
    stack = start_stack(folder / "home", FRAUDFLOW_SCORING="true", FRAUDFLOW_SCORING_PORT=str(port))
    try:
        rows = synthetic.generate(ROWS, seed=18)
        rows.to_csv(folder / "transactions.csv", index=False)
        row = {str(name): float(value) for name, value in rows.drop(columns="Class").iloc[0].items()}
        made = ScoringService(stack, port, row)
        poll(lambda: made.get("/healthz")[0] == 200 or None, seconds=120, what="a healthy scoring service")
        made.before = poll(
            lambda: said if (said := made.get("/readyz"))[1] and "not asked" not in said[1] else None,
            seconds=60,
            what="an answer of the registry",
        )
        stack.run(folder / "transactions.csv")
        client = made.registry
        first = client.get_model_version(NAME, "1")
        source = str(first.source)
        client.create_model_version(NAME, source=source, run_id=first.run_id, model_id=source.removeprefix("models:/"))
        yield made
    finally:
        stack.fraudflow("down")
        mlflow.set_tracking_uri("")


@pytest.fixture(autouse=True)
def version_1_is_served(service: ScoringService) -> None:
    """Begin each test with the same champion, and with no challenger or former champion."""
    for alias in ("challenger", "former"):
        service.registry.delete_registered_model_alias(NAME, alias)
    service.point("champion", "1")
    service.wait_for("1")
