"""JudgeVersions: who is judged, on which decisions, and what becomes of the aliases; every move is in the journal."""

import datetime as dt
import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from functions.contracts import Execution, Registration
from functions.contracts.loop_states import JudgedVersions, JudgeVersionsInput, MeasuredLoop, WatchRequest
from functions.core.loop.label_history import LabelEvents
from functions.decisions.decision import LoggedDecision, microseconds
from functions.decisions.decision_parts import CONTENT_TYPE, part_key, to_parquet
from functions.feedback.label_parts import add_part, part_uri
from functions.feedback.loop_journal import LoopJournal
from functions.judge_versions import step
from functions.loop_settings import LoopSettings
from functions.ports import ModelToRegister
from functions.run.dependencies import RunFiles
from functions.run.watch_dependencies import TrafficWatchDependencies
from tests.decided import decided
from tests.fakes import FakeMonitoring, FakeObjectStore, FakeTracking

MODEL = "fraud-detector"
NOW = dt.datetime(2026, 3, 31, 12, tzinfo=dt.UTC)
EXECUTION = Execution(arn="arn:look", name="look", started_at="2026-03-31T12:00:00Z")
REQUEST = JudgeVersionsInput(
    execution=EXECUTION, request=WatchRequest(), measured=MeasuredLoop(model=MODEL, version="1")
)


class World:
    """Two versions, the first of which decides; frauds that the one finds and the other does not."""

    def __init__(self, **settings: Any) -> None:  # noqa: ANN401 - as the settings take them
        self.store, self.tracking = FakeObjectStore(), FakeTracking()
        self.settings = LoopSettings(**{"label_delay_days": 7, **settings})
        self.tracking.versions[MODEL] = []
        for number in ("1", "2"):
            tags = {"fraudflow.passed_gate": "true"}
            model = ModelToRegister(MODEL, f"run-{number}", f"m-{number}", "challenger", "", None, tags, "")
            made = Registration(name=MODEL, version=number, alias="challenger", reason="")
            self.tracking.versions[MODEL].append((EXECUTION, model, made))
        self.monitoring = FakeMonitoring()
        self.named(champion="1", challenger="2")

    def named(self, **aliases: str) -> None:
        self.tracking.aliases = {(MODEL, alias): version for alias, version in aliases.items()}

    @property
    def aliases(self) -> dict[str, str]:
        return dict(self.tracking.aliases_of(MODEL))

    def decide(self, frauds: int, *, by: str, found_by: str, days_ago: float = 15, caught: int = 12) -> None:
        """Keep decisions by a version on frauds that one version finds, and some that both do; all labelled."""
        at = NOW - dt.timedelta(days=days_ago)
        other = "2" if by == "1" else "1"
        rows: list[LoggedDecision] = []
        for place in range(caught + frauds):
            finds = {version: place < caught or version == found_by for version in ("1", "2")}
            one = decided(at=at + dt.timedelta(seconds=place), version=by, threshold=0.5, score=0.9 * finds[by])
            decision = replace(one, decision="alarm" if finds[by] else "pass", pass_chance=0.0 if finds[by] else 1.0)
            rows += [decision, replace(decision, kind="shadow", version=other, score=0.9 * finds[other])]
        self.store.write(f"s3://decisions/{part_key(at.date(), f'{by}-{days_ago}')}", to_parquet(rows), CONTENT_TYPE)
        ids = np.array([each.transaction_id for each in rows[::2]], object)
        known, heard = (np.full(len(ids), microseconds(when)) for when in (at + dt.timedelta(days=3), NOW))
        events = LabelEvents(ids, np.ones(len(ids), bool), known, heard)
        add_part(self.store, part_uri("loop", f"{by}-{days_ago}", int(heard[0])), events, "s3://labels/a.csv")

    def judge(self) -> JudgedVersions:
        dependencies = TrafficWatchDependencies(
            files=RunFiles(self.store, "loop"),
            tracking=self.tracking,
            monitoring=self.monitoring,
            now=lambda: NOW,
            model=MODEL,
            settings=self.settings,
            decisions_bucket="decisions",
            runs_bucket="runs",
        )
        return step.run(REQUEST, dependencies)

    @property
    def moves(self) -> list[tuple[str, str, str | None]]:
        entries = LoopJournal(self.store, "loop").entries(MODEL)
        return [(each.action, each.by, each.champion) for each in entries]


def test_a_challenger_that_saves_money_beyond_chance_is_promoted() -> None:
    world = World()
    world.decide(40, by="1", found_by="2")
    judged = world.judge()
    assert (judged.champion, judged.challenger, judged.trial) == ("2", "2", "promoted")
    assert judged.reason.startswith("Version 2 costs less than version 1 beyond the noise.")
    assert world.aliases == {"champion": "2", "former": "1"}
    assert world.moves == [("promote", "trial", "2")]
    assert judged.uri is not None
    written = json.loads(world.store.read(judged.uri))
    assert written["trial"]["metrics"]["saved"] == 4000.0


def test_what_is_not_certain_yet_goes_on() -> None:
    world = World()
    world.decide(2, by="1", found_by="2")
    judged = world.judge()
    assert (judged.champion, judged.trial) == ("1", "running")
    assert world.aliases == {"champion": "1", "challenger": "2"}
    assert world.moves == []


def test_a_challenger_that_costs_more_ends_its_trial() -> None:
    world = World(silent_alarms="legitimate")
    world.decide(40, by="1", found_by="1")
    judged = world.judge()
    assert (judged.champion, judged.trial) == ("1", "stopped")
    assert world.aliases == {"champion": "1"}
    assert world.moves == [("stop", "trial", "1")]


def test_young_decisions_do_not_count() -> None:
    world = World()
    world.decide(40, by="1", found_by="2", days_ago=6)
    judged = world.judge()
    assert (judged.trial, "counts yet" in judged.reason) == ("running", True)


def test_one_that_failed_the_gate_is_not_on_trial() -> None:
    world = World()
    execution, model, made = world.tracking.versions[MODEL][1]
    world.tracking.versions[MODEL][1] = (execution, replace(model, tags={"fraudflow.passed_gate": "false"}), made)
    world.decide(40, by="1", found_by="2")
    assert world.judge() == JudgedVersions(champion="1")


def test_a_new_champion_that_costs_more_than_the_former_one_would_gives_way() -> None:
    world = World()
    world.named(champion="2", former="1")
    world.decide(40, by="1", found_by="2", days_ago=20)  # as it was promoted
    world.decide(40, by="2", found_by="1")
    judged = world.judge()
    assert (judged.champion, judged.rolled_back) == ("1", True)
    assert world.aliases == {"champion": "1"}
    assert world.moves == [("rollback", "rule", "1")]


@pytest.mark.parametrize("rollback", ["auto", "off"])
def test_a_new_champion_that_does_well_stays_and_so_does_any_where_rollback_is_off(rollback: str) -> None:
    world = World(rollback=rollback)
    world.named(champion="2", former="1")
    world.decide(40, by="2", found_by="2" if rollback == "auto" else "1")
    assert not world.judge().rolled_back
    assert world.aliases == {"champion": "2", "former": "1"}


def test_without_a_champion_or_anyone_beside_it_nothing_is_read() -> None:
    world = World()
    world.named()
    assert world.judge() == JudgedVersions(champion=None)
    world.named(champion="1")
    assert world.judge() == JudgedVersions(champion="1")
    world.named(champion="1", challenger="1", former="1")  # as an interrupted promotion leaves them
    assert world.judge() == JudgedVersions(champion="1")


def test_a_champion_that_is_moved_meanwhile_is_left_alone() -> None:
    world = World()
    world.decide(40, by="1", found_by="2")
    read = world.tracking.aliases_of

    def moved(name: str) -> Any:  # noqa: ANN401 - as the port's
        told = read(name)
        world.named(champion="3", challenger="2")
        return told

    world.tracking.aliases_of = moved  # type: ignore[method-assign]
    judged = world.judge()
    assert (judged.champion, judged.trial) == ("3", "none")
    assert "nothing was moved" in judged.reason
    assert world.moves == []


def test_asked_again_after_a_promotion_it_moves_no_more() -> None:
    world = World()
    world.decide(40, by="1", found_by="2")
    world.judge()
    judged = world.judge()
    assert (judged.champion, judged.trial, judged.rolled_back) == ("2", "none", False)
    assert world.moves == [("promote", "trial", "2")]


def pushed(world: World) -> dict[str, float]:
    samples, grouping = world.monitoring.pushed[-1]
    assert grouping == {"source": "trial", "model": MODEL}
    return {f"{each.metric.name} {each.labels.get('move', '')}".strip(): each.value for each in samples}


def test_the_lead_of_the_shadow_and_every_move_are_metrics() -> None:
    world = World()
    world.decide(2, by="1", found_by="2")
    world.judge()
    told = pushed(world)
    assert told["loop_trial_running"] == 1
    assert told["loop_shadow_lead_low"] < 0 < told["loop_shadow_lead"]
    assert told["loop_shadow_lead"] == pytest.approx(1000 * 200 / 14)
    assert told["loop_champion_moves promote"] == 0
    world.decide(40, by="1", found_by="2", days_ago=14)
    world.judge()
    assert (pushed(world)["loop_champion_moves promote"], pushed(world)["loop_trial_running"]) == (1, 0)
    world.judge()
    assert "loop_shadow_lead" not in pushed(world)
    assert "loop_last_rollback_timestamp_seconds" not in pushed(world)
    world.decide(60, by="2", found_by="1", days_ago=10)
    world.judge()
    assert pushed(world)["loop_champion_moves rollback"] == 1
    assert pushed(world)["loop_last_rollback_timestamp_seconds"] == NOW.timestamp()


def test_monitoring_that_is_away_fails_no_look() -> None:
    world = World()
    world.monitoring.down = True
    assert world.judge().champion == "1"
