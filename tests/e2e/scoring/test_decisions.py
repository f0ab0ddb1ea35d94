"""The decision log of a real service: killed under load, and told to forget a card."""

import datetime as dt
import json
import os
import signal
import threading
from collections import Counter
from dataclasses import dataclass, field
from http.client import HTTPException

import boto3
import pytest
from botocore.config import Config

from functions.core.data.pseudonyms import pseudonym
from functions.decisions.decision import LoggedDecision
from functions.decisions.decision_parts import from_parquet, read_parts
from functions.decisions.local_log import LocalLog
from functions.decisions.part_names import decision_keys
from infra.home.layout import Home
from infra.home.pseudonym_key import read_pseudonym_key
from infra.runs.bucket_objects import BucketObjects
from tests.decided import decided
from tests.e2e.conftest import EmbeddedStack, poll
from tests.e2e.scoring.service import ScoringService, ask

CALLERS = 4
KILLS = 2
CARD = "4111111111111111"
pytestmark = pytest.mark.e2e


@dataclass
class Answers:
    """The scores that callers were told, by transaction, while the service comes and goes."""

    scores: dict[str, float] = field(default_factory=dict)
    unanswered: list[str] = field(default_factory=list)
    stopped: threading.Event = field(default_factory=threading.Event)

    def call(self, service: ScoringService, caller: int) -> None:
        connection, number = service.connect(), 0
        while not self.stopped.is_set():
            transaction, number = f"killed-{caller}-{number}", number + 1
            try:
                status, answer = ask(connection, service.body(transaction))
            except (OSError, HTTPException):
                self.unanswered.append(transaction)
                connection.close()
                self.stopped.wait(0.1)
                continue
            if status == 200:
                self.scores[transaction] = answer["score"]
        connection.close()


def in_s3(stack: EmbeddedStack) -> BucketObjects:
    s3 = boto3.client(
        "s3",
        endpoint_url=f"http://127.0.0.1:{stack.localstack_port}",
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",  # noqa: S106 - of an emulator
        config=Config(retries={"total_max_attempts": 5}),
    )
    return BucketObjects(s3)


def shipped(stack: EmbeddedStack) -> list[LoggedDecision]:
    """Return each decision once, as readers do: the service joins small parts, and removes those later."""
    store = in_s3(stack)
    uris = [f"s3://decisions/{key}" for key in decision_keys(store, "decisions")]
    return [each for uri in uris for each in from_parquet(store.read(uri), uri)]


def parts_with(stack: EmbeddedStack, transaction_id: str) -> int:
    """Return how many parts hold a decision, joined or not."""
    parts = read_parts(in_s3(stack), "decisions")
    return sum(transaction_id in {each.transaction_id for each in part} for _, part in parts)


def killed_under_load(service: ScoringService, told: Answers) -> None:
    killed, before = service.pid, len(told.scores)
    assert killed is not None
    poll(lambda: len(told.scores) > before + 100 or None, seconds=60, what="answers")
    os.kill(killed, signal.SIGKILL)
    poll(lambda: service.pid not in {None, killed} or None, seconds=60, what="a restart")
    service.wait_for("1")


@pytest.fixture
def answers(service: ScoringService) -> Answers:
    """Answers to callers who ask while the service is killed twice."""
    told = Answers()
    threads = [threading.Thread(target=told.call, args=(service, number)) for number in range(CALLERS)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(KILLS):
            killed_under_load(service, told)
    finally:
        told.stopped.set()
        for thread in threads:
            thread.join()
    return told


def test_killed_under_load_it_has_kept_all_that_it_answered_and_nothing_twice(
    service: ScoringService, answers: Answers
) -> None:
    again = answers.unanswered[0], next(iter(answers.scores))
    told = {each: service.score(each)[1]["score"] for each in again} | answers.scores
    assert told[again[1]] == answers.scores[again[1]]
    poll(
        lambda: service.metric("scoring_decision_log_unshipped") == 0 or None,
        seconds=30,
        what="all decisions in S3",
    )
    kept = [each for each in shipped(service.stack) if each.kind == "decision"]
    assert set(Counter(each.transaction_id for each in kept).values()) == {1}
    scores = {each.transaction_id: each.score for each in kept}
    assert {each: scores.get(each) for each in told} == told
    one = next(each for each in kept if each.transaction_id == again[1])
    assert one.features.keys() == service.row.keys()
    assert dt.datetime.now(dt.UTC) - one.at < dt.timedelta(minutes=10)


def test_a_card_is_forgotten_in_the_file_and_in_s3_while_the_service_runs(service: ScoringService) -> None:
    home = Home(service.stack.home)
    card = pseudonym(CARD, read_pseudonym_key(home).encode())
    now = dt.datetime.now(dt.UTC)
    with LocalLog(home.decision_log) as log:
        log.add([decided("of-a-card", at=now, features={"card": card}), decided("of-another", at=now)])
    poll(
        lambda: {"of-a-card", "of-another"} <= {each.transaction_id for each in shipped(service.stack)} or None,
        seconds=30,
        what="both decisions in S3",
    )
    parts = parts_with(service.stack, "of-a-card")
    forgotten = service.stack.fraudflow("forget", CARD, "--yes", "--json")
    assert json.loads(forgotten.stdout) == {
        "removed": True,
        "transactions": 1,
        "parts": parts,
        "local": True,
        "histories": 0,
    }
    assert parts_with(service.stack, "of-a-card") == 0
    left = {each.transaction_id for each in shipped(service.stack)}
    assert "of-another" in left
    assert "of-a-card" not in left
    for file in (each for each in home.decision_log.parent.rglob("*") if each.is_file()):
        assert card.encode() not in file.read_bytes()
    assert service.score()[0] == 200
