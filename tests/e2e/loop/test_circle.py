"""The whole circle on one stack: train, serve, hear, decide, retrain, shadow, promote, roll back, and be killed."""

from collections.abc import Iterator
from typing import Any

import mlflow
import pytest

from infra.tools import synthetic
from tests.e2e.conftest import free_port, start_stack
from tests.e2e.loop.circle import NAME, SETTINGS, Circle, traffic

KNOWN, NEW = 7, 8
SERVED = 10_000


@pytest.fixture(scope="module")
def circle(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Circle]:
    port, folder = free_port(), tmp_path_factory.mktemp("circle")
    stack = start_stack(folder / "home", FRAUDFLOW_SCORING_PORT=str(port), **SETTINGS)
    try:
        yield Circle(stack, port, folder)
    finally:
        stack.fraudflow("down")
        mlflow.set_tracking_uri("")


@pytest.mark.timeout(3600)
def test_the_loop_closes_though_the_stack_is_killed_on_its_way(circle: Circle) -> None:
    # Train.
    synthetic.write_csv(circle.folder / "first.csv", 6_000, fraud_rate=0.03, seed=KNOWN)
    circle.stack.run(circle.folder / "first.csv")
    assert circle.alias("champion") == "1"

    # Serve 20,000 transactions; the frauds of the second half are of a kind that the champion has never seen.
    before, after = traffic(SERVED, kind=KNOWN, first=0), traffic(SERVED, kind=NEW, first=SERVED)
    assert circle.serve(before) | circle.serve(after) == {"1"}
    circle.shipped(2 * SERVED)

    # Labels come back, and the stack is killed while they are being taken.
    told = circle.told("labels", str(circle.labels(before, "before.csv")))
    assert (told["joined"]["matched"], told["joined"]["unmatched"]) == (SERVED, 0)
    circle.stack.aws("s3", "cp", str(circle.labels(after, "after.csv")), "s3://labels/after.csv")
    circle.kill_and_start()
    assert circle.outcome("after.csv") == "succeeded"

    # It is decided that retraining pays, and its training is killed.
    decision = circle.wait(lambda: retraining(circle), "a decision to retrain")
    assert decision["pays"], decision
    circle.entered("pipeline", "TrainModel")
    circle.kill_and_start()
    circle.wait(lambda: circle.alias("challenger"), "a challenger")
    assert (circle.alias("champion"), circle.alias("challenger")) == ("1", "2")

    # It runs in shadow, and the stack is killed once more.
    more = traffic(SERVED, kind=NEW, first=2 * SERVED)
    assert circle.serve(more) == {"1"}
    circle.kill_and_start()
    again = traffic(SERVED, kind=NEW, first=2 * SERVED)
    assert circle.serve(again) == {"1"}  # decided on already: the same answers
    circle.shipped(3 * SERVED)
    circle.told("labels", str(circle.labels(more, "more.csv")))
    circle.wait(lambda: "2" if circle.alias("champion") == "2" else None, "a promotion")

    # The former champion is back within seconds.
    moved = circle.told("rollback", "--reason", "A test.")
    assert (moved["champion"], circle.alias("champion")) == ("1", "1")
    fresh = traffic(SERVED, kind=KNOWN, first=3 * SERVED)
    circle.wait(lambda: circle.serve(fresh.sample(1)) == {"1"} or None, "version 1 in the service")
    actions = [each["action"] for each in circle.told("journal")["entries"]]
    assert {"promote", "rollback"} <= set(actions), actions
    assert circle.registry.get_model_version(NAME, "2").tags["fraudflow.passed_gate"] == "true"


def retraining(circle: Circle) -> dict[str, Any] | None:
    decisions = circle.told("decisions")
    return next((each for each in decisions if each["outcome"] == "retrain"), None)
