"""A stack that has Feast: started, watched and shown by `up`, asked for each decision, killed, and told to forget."""

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import mlflow
import numpy as np
import pandas as pd
import pytest

from functions.core.histories.entity_states import StateEvents
from functions.core.histories.events_file import from_parquet as events_of
from functions.decisions.decision import LoggedDecision
from functions.decisions.decision_parts import from_parquet
from functions.decisions.local_log import LocalLog
from functions.history_store.feast_states import FeastHistoryStore
from infra.home.layout import Home
from infra.home.state import read_state
from infra.system.listening import is_free
from tests.e2e.conftest import EmbeddedStack, free_port, poll, start_stack
from tests.e2e.feast.conftest import PYTHON, lacking
from tests.e2e.monitoring.conftest import fetch
from tests.e2e.scoring.service import ScoringService

pytestmark = pytest.mark.e2e

BEGIN = pd.Timestamp("2026-03-01T08:00:00")
COUNT = "card_count_1h"
OFFLINE = "s3://runs/feast/states.parquet"


def transactions(count: int, seed: int) -> pd.DataFrame:
    """Make up transactions of cards, of which those within an hour of two others are fraud."""
    made = np.random.default_rng(seed)
    cards = made.integers(0, count // 20, count)
    at = np.sort(made.uniform(0, 40 * 86_400, count))
    burst = made.random(count) < 0.06
    for place in np.flatnonzero(burst[3:]) + 3:
        at[place], cards[place] = at[place - 1] + 60, cards[place - 1]
    frame = pd.DataFrame({"paid_at": BEGIN + pd.to_timedelta(at, unit="s").round("s"), "card": cards})
    frame["card"] = "40001234" + frame["card"].astype(str).str.zfill(8)
    frame["amount"] = np.round(made.lognormal(3, 1, count), 2)
    frame["shop"] = [f"shop {each}" for each in made.integers(0, 30, count)]
    frame["is_fraud"] = (burst & (made.random(count) < 0.8)).astype(int)
    return frame


class Remembering(ScoringService):
    """A service that is asked for transactions, a minute after each other."""

    feast_port: int
    minutes: int = 0

    def past(self, card: str) -> float | None:
        """Have a transaction decided on, and return how many the card had within the hour, as the log has it."""
        number, body = self._next(card)
        connection = self.connect()
        connection.request("POST", "/v1/score", body.encode(), {"Content-Type": "application/json"})
        answer = connection.getresponse()
        assert answer.status == 200, answer.read()
        answer.read()
        connection.close()
        with LocalLog(Home(self.stack.home).decision_log) as log:
            [decision] = log.find([number]).values()
        return _counted(decision)

    def past_by_function(self, card: str, folder: Path) -> float | None:
        """Do the same with the function for single transactions, given what AWS hands it of a call of its URL."""
        number, body = self._next(card)
        event, answer = folder / "event.json", folder / "answer.json"
        event.write_text(
            json.dumps({"requestContext": {"http": {"method": "POST", "path": "/v1/score"}}, "body": body})
        )
        function = ("--function-name", "fraudflow-score-transaction", "--payload", f"fileb://{event}")
        self.stack.aws("lambda", "invoke", *function, str(answer))
        assert json.loads(answer.read_text())["statusCode"] == 200, answer.read_text()
        self.stack.aws("s3", "cp", "--recursive", "s3://decisions/", str(folder / "decisions"))
        parts = [from_parquet(path.read_bytes(), path.name) for path in folder.rglob("lambda-*.parquet")]
        [decision] = [each for part in parts for each in part if each.transaction_id == number]
        return _counted(decision)

    def _next(self, card: str) -> tuple[str, str]:
        """Return the id and the request of a transaction."""
        self.minutes += 1
        number = f"own-{self.minutes}"
        at = BEGIN + pd.Timedelta(days=50, minutes=self.minutes)
        row = {"paid_at": at.isoformat(), "card": card, "amount": 12.5, "shop": "shop 1"}
        return number, json.dumps({"transaction_id": number, "features": row})

    def is_complete(self) -> bool:
        """Return whether each decision is remembered at once, as none is while states are made anew."""
        return "\nfraudflow_scoring_history_behind_seconds 0.0\n" in self.get("/metrics")[1]

    def process(self, name: str) -> int:
        state = read_state(Home(self.stack.home))
        process = state.server(name).process if state else None
        return process.pid if process else 0

    def status(self, name: str) -> str:
        shown = json.loads(self.stack.fraudflow("status", "--json").stdout)
        return next(str(each["status"]) for each in shown["servers"] if each["name"] == name)


@pytest.fixture(scope="module")
def remembering(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Remembering]:
    if not PYTHON.exists():
        lacking(f"{PYTHON} is missing: `make feature-store` installs Feast.")
    folder, port, feast_port = tmp_path_factory.mktemp("remembering"), free_port(), free_port()
    stack = start_stack(
        folder / "home",
        FRAUDFLOW_SCORING="true",
        FRAUDFLOW_SCORING_PORT=str(port),
        FRAUDFLOW_FEATURE_STORE="feast",
        FRAUDFLOW_FEAST_PORT=str(feast_port),
        FRAUDFLOW_FEAST_OFFLINE=OFFLINE,
        FRAUDFLOW_CANDIDATES="logistic_regression",
    )
    try:
        made = Remembering(stack, port, {})
        made.feast_port = feast_port
        _train(stack, folder)
        poll(lambda: made.get("/readyz")[1].startswith("Version 1") or None, seconds=120, what="a champion")
        yield made
        assert not is_free(feast_port)
        stack.fraudflow("down")
        assert is_free(feast_port)
    finally:
        stack.fraudflow("down")
        mlflow.set_tracking_uri("")


class PaidBy:
    """A card of a test's own: tests come in any order, and find histories that are complete."""

    def __init__(self, service: Remembering, number: str) -> None:
        poll(service.is_complete, seconds=240, what="complete histories")
        self.service, self.number = service, number
        self.asked = 0

    def pay(self) -> float | None:
        """Pay, and return how many payments were known to have been within the hour."""
        self.asked += 1
        return self.service.past(self.number)

    def pay_until_complete(self, seconds: float) -> float:
        """Pay until all payments within the hour are known, and return their number."""
        return poll(
            lambda: past if (past := self.pay()) == min(self.asked - 1, 60) else None, seconds=seconds, what="all"
        )


def _counted(decision: LoggedDecision) -> float | None:
    known = decision.features[COUNT]
    return None if known is None else float(known)


def _train(stack: EmbeddedStack, folder: Path) -> None:
    file = folder / "cards.csv"
    transactions(3_000, seed=21).to_csv(file, index=False)
    assert stack.run(file)["status"] == "SUCCEEDED"


def test_each_decision_sees_those_before_it_by_way_of_feast(remembering: Remembering) -> None:
    card = PaidBy(remembering, "4000123412341111")
    assert remembering.status("feast") == "ready"
    assert [card.pay() for _ in range(4)] == [0, 1, 2, 3]
    # Each of them is told of once, and by no clear text.
    files = [file for file in (remembering.stack.home / "feast").rglob("*") if file.is_file()]
    assert any(file.name == "online.db" for file in files)
    assert not [file for file in files if card.number.encode() in file.read_bytes()]


def test_it_goes_on_where_it_was_killed(remembering: Remembering) -> None:
    card = PaidBy(remembering, "4000123412342222")
    assert [card.pay() for _ in range(2)] == [0, 1]
    os.kill(remembering.process("scoring"), signal.SIGKILL)
    poll(lambda: remembering.get("/readyz")[1].startswith("Version 1") or None, seconds=120, what="its champion again")
    assert card.pay() == 2


def test_decisions_go_on_without_feast_and_are_remembered_when_it_is_back(remembering: Remembering) -> None:
    card, killed = PaidBy(remembering, "4000123412343333"), remembering.process("feast")
    assert card.pay() == 0
    os.kill(killed, signal.SIGKILL)
    poll(lambda: is_free(remembering.feast_port) or None, seconds=30, what="the end of Feast")
    assert card.pay() is None
    poll(lambda: remembering.status("feast") == "ready" or None, seconds=120, what="Feast again")
    assert remembering.process("feast") != killed
    # Those that were decided meanwhile are read from the log.
    assert card.pay_until_complete(seconds=120) >= 2


def test_a_card_that_is_forgotten_has_no_history(remembering: Remembering) -> None:
    card = PaidBy(remembering, "4000123412344444")
    assert [card.pay() for _ in range(2)] == [0, 1]
    forgotten = json.loads(remembering.stack.fraudflow("forget", card.number, "--yes", "--json").stdout)
    assert forgotten["removed"]
    assert forgotten["histories"] == 1
    assert card.pay() == 0


def test_what_feast_has_lost_is_made_again(remembering: Remembering) -> None:
    card = PaidBy(remembering, "4000123412345555")
    assert card.pay() == 0
    os.kill(remembering.process("feast"), signal.SIGKILL)
    poll(lambda: is_free(remembering.feast_port) or None, seconds=30, what="the end of Feast")
    for file in (remembering.stack.home / "feast").glob("online.db*"):
        file.unlink()
    assert card.pay_until_complete(seconds=240) >= 1


def test_the_function_behind_a_url_has_the_same_histories(remembering: Remembering, tmp_path: Path) -> None:
    card = PaidBy(remembering, "4000123412346666")
    card.pay()
    # On a busy machine a decision may find Feast too slow, by the service and by the function.
    card.pay_until_complete(seconds=120)
    known = poll(
        lambda: remembering.past_by_function(card.number, tmp_path), seconds=120, what="the function's history"
    )
    assert known == card.asked
    card.asked += 1
    card.pay_until_complete(seconds=120)


def test_events_of_a_run_in_s3_get_into_its_online_store_by_way_of_s3(remembering: Remembering, tmp_path: Path) -> None:
    stack, url = remembering.stack, f"http://127.0.0.1:{remembering.feast_port}"
    [name] = {
        line.split()[-1]
        for bucket in ("runs", "mlflow-artifacts")
        for line in stack.aws("s3", "ls", "--recursive", f"s3://{bucket}/").splitlines()
        if line.endswith("histories/events.parquet")
    }
    stack.aws("s3", "cp", f"s3://mlflow-artifacts/{name}", str(tmp_path / "events.parquet"))
    words = ("-m", "fraudflow_feast.offline_states", f"s3://mlflow-artifacts/{name}", OFFLINE, "--newest")
    written = stack.command(str(PYTHON), *words)
    assert written.returncode == 0, written.stderr
    states = StateEvents.of(*events_of((tmp_path / "events.parquet").read_bytes()))
    keys = np.unique(states.keys)
    assert written.stdout == f"{len(keys):,} states in {OFFLINE}\n"
    feast = FeastHistoryStore(url=url, read_seconds=60)
    feast.forget(keys[:3])
    assert not any(len(past.moments) for past in feast.pasts(keys[:3].tolist()))
    fetch(f"{url}/materialize", {"start_ts": "2000-01-01T00:00:00", "end_ts": "2030-01-01T00:00:00"})
    assert [past.moments[-1] for past in feast.pasts(keys[:3].tolist())] == [
        states.moments[states.keys == key].max() for key in keys[:3]
    ]
    feast.close()
