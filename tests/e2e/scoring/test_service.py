"""The scoring service of a real stack: what it serves when aliases move and servers go."""

import os
import signal
import socket
from pathlib import Path

import pytest

from infra.home.layout import Home
from infra.home.state import read_state
from tests.e2e.conftest import poll
from tests.e2e.scoring.service import NAME, ScoringService, loaded

MOVES = 12
# A model that is not let go of would be some megabytes more at each move.
GROWTH = 40 * 2**20
pytestmark = pytest.mark.e2e


def resident(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_without_a_champion_it_says_so(service: ScoringService) -> None:
    assert service.before == (503, f"Nothing can be scored yet. There is no champion of '{NAME}'.\n")


def test_the_alias_moves_under_load_and_no_request_fails(service: ScoringService) -> None:
    with loaded(service) as load:
        sizes = []
        for move in range(MOVES):
            version = str(2 - move % 2)
            service.point("champion", version)
            service.wait_for(version)
            assert service.pid is not None
            sizes.append(resident(service.pid))

    assert load.lost == []
    assert set(load.statuses) == {200}
    assert set(load.versions) == {"1", "2"}
    assert max(sizes[MOVES // 2 :]) - sizes[1] < GROWTH


def test_a_challenger_scores_the_same_transactions_in_the_shadow(service: ScoringService) -> None:
    service.point("challenger", "2")
    shadowed = 'scoring_shadow_scored_total{version="2"}'
    before = service.metric(shadowed)

    def is_shadowed() -> bool | None:
        status, answer = service.score()
        assert (status, answer["model"]["version"]) == (200, "1")
        return service.metric(shadowed) > before or None

    poll(is_shadowed, seconds=30, what="a score of the challenger")


def test_while_mlflow_is_away_the_champion_goes_on_and_says_how_old_it_is(service: ScoringService) -> None:
    state = read_state(Home(service.stack.home))
    process = state.server("mlflow").process if state else None
    assert process is not None
    os.kill(process.pid, signal.SIGKILL)
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        poll(lambda: _bound(holder, service.stack.mlflow_port), seconds=10, what="MLflow's port")
        said = poll(lambda: _away(service), seconds=60, what="a word about the registry")
        assert service.score()[0] == 200
        assert service.metric("scoring_registry_age_seconds") > 0
    assert said.startswith(f"Version 1 of '{NAME}' is served. MLflow is not available")
    service.wait_for("1")
    poll(lambda: None if _away(service) else True, seconds=90, what="an answer of the registry")


def _away(service: ScoringService) -> str | None:
    said = service.get("/readyz")[1]
    return said if "It last answered" in said else None


def _bound(holder: socket.socket, port: int) -> bool | None:
    try:
        holder.bind(("127.0.0.1", port))
    except OSError:
        return None
    return True


def test_it_answers_all_that_was_sent_before_it_ends_and_remembers_it_when_it_starts_again(
    service: ScoringService,
) -> None:
    _, first = service.score("kept")
    ending = service.pid
    assert ending is not None
    with loaded(service) as load:
        poll(lambda: load.statuses[200] > 50 or None, seconds=30, what="some answers")
        os.kill(ending, signal.SIGTERM)
        poll(lambda: load.refused or None, seconds=30, what="an end")
        answered = load.statuses[200]
        poll(lambda: load.statuses[200] > answered + 50 or None, seconds=90, what="a start")

    assert load.lost == []
    assert set(load.statuses) <= {200, 503}  # before the new one has a model
    assert service.pid != ending
    assert service.score("kept") == (200, first)
