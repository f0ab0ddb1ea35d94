"""Histories of a real service: a card's next transaction knows of those before, also after a SIGKILL."""

import json
import os
import signal
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from functions.decisions.local_log import LocalLog
from infra.home.layout import Home
from tests.e2e.conftest import free_port, poll, start_stack
from tests.e2e.scoring.service import ScoringService
from tests.planted import people

CARD = "4539007799999999"
pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def remembering(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ScoringService]:
    """Start a stack whose champion was trained on the payments of cards; its row is one of these."""
    port, folder = free_port(), tmp_path_factory.mktemp("histories")
    # A false alarm costs so much that a model of a few rows is worth having, and becomes the champion.
    worth = {"FRAUDFLOW_COST_FALSE_ALARM": "20", "FRAUDFLOW_SCORING": "true", "FRAUDFLOW_SCORING_PORT": str(port)}
    stack = start_stack(folder / "home", **worth)
    try:
        people(4_000).to_csv(folder / "payments.csv", index=False)
        assert stack.run(folder / "payments.csv")["status"] == "SUCCEEDED"
        made = ScoringService(stack, port, {})
        made.wait_for("1")
        made.row = json.loads(made.get("/v1/model/example")[1])["features"]
        yield made
    finally:
        stack.fraudflow("down")


def decided(service: ScoringService, minute: int) -> dict[str, Any]:
    """Have a transaction of the card decided, and return what the log keeps of it."""
    number = f"of-the-card-{minute}"
    service.row |= {"cc_num": CARD, "trans_time": f"2026-05-01 10:{minute:02d}:00", "amount": 10.0}
    status, answer = service.score(number)
    assert status == 200, answer
    with closing(LocalLog(Home(service.stack.home).decision_log)) as log:
        return dict(log.find([number])[number].features)


def test_the_sixth_transaction_of_a_card_within_an_hour_knows_of_five_also_after_a_kill(
    remembering: ScoringService,
) -> None:
    assert "cc_num" in json.loads(remembering.get("/v1/model")[1])["histories"]["entities"]
    for number in range(5):
        kept = decided(remembering, number * 10)
        assert kept["cc_num_count_1h"] == number
    killed = remembering.pid
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    poll(lambda: remembering.pid not in {None, killed} or None, seconds=60, what="a restart")
    remembering.wait_for("1")
    kept = decided(remembering, 50)
    assert kept["cc_num_count_1h"] == 5
    # Ten minutes after the last one, and of the same amount as all of them.
    assert (kept["cc_num_since_last"], kept["cc_num_ratio"]) == (600.0, 1.0)
    assert remembering.metric("scoring_history_behind_seconds") == 0
    # Cards of the training table have a past of their own.
    assert remembering.metric("scoring_history_states") > 100
    assert (Home(remembering.stack.home).decision_log.with_name("histories.sqlite").stat().st_mode & 0o777) == 0o600
    forgotten = json.loads(remembering.stack.fraudflow("forget", CARD, "--yes", "--json").stdout)
    assert (forgotten["transactions"], forgotten["histories"]) == (6, 1)
    assert decided(remembering, 55)["cc_num_count_1h"] == 0
