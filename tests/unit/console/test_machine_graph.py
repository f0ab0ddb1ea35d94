"""The graph of each machine, from its real definition."""

import datetime as dt
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from console.machine_graph import nodes_of, read_machine
from console.state_marks import marks
from functions.telemetry.state_runs import StateRun

MACHINES = sorted((Path(__file__).parents[3] / "statemachine").glob("*.asl.json"))
AT = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def _definition(name: str) -> Mapping[str, Any]:
    [path] = [path for path in MACHINES if path.name.startswith(name)]
    definition: Mapping[str, Any] = json.loads(path.read_text())
    return definition


def _states(scope: Mapping[str, Any]) -> Iterator[str]:
    for name, state in scope["States"].items():
        yield name
        inner = [*state.get("Branches", []), *(state[key] for key in ("ItemProcessor",) if key in state)]
        for each in inner:
            yield from _states(each)


@pytest.mark.parametrize("path", MACHINES, ids=lambda path: path.name)
def test_every_state_of_every_machine_has_one_place(path: Path) -> None:
    definition = json.loads(path.read_text())
    found = Counter(node.name for node in nodes_of(read_machine(definition)))
    assert found == Counter(_states(definition))


def test_what_runs_side_by_side_stands_side_by_side() -> None:
    graph = read_machine(_definition("pipeline"))
    [train] = [node for node in graph.main.nodes if node.name == "TrainAndDetectDrift"]
    assert [[node.name for node in branch.nodes] for branch in train.branches] == [
        ["TrainCandidates", "SelectModel"],
        ["OpenRun", "DetectDrift"],
    ]
    by_job = ["WriteTrainingJob", "RunTrainingJob", "ReadTrainedModel", "RunTrainingJobInNetwork"]
    assert sorted(train.tasks()) == sorted(["TrainModel", *by_job, "SelectModel", "OpenRun", "DetectDrift"])


def test_the_way_by_a_training_job_hangs_beside_the_choice_that_leads_there() -> None:
    nodes = {node.name: node for node in nodes_of(read_machine(_definition("pipeline")))}
    [side] = nodes["WhereToTrain"].sides
    assert [node.name for node in side.lane.nodes] == [
        *("WriteTrainingJob", "IsTrained", "RunTrainingJob", "ReadTrainedModel"),
    ]
    assert [way.lane.then for way in nodes["RunTrainingJob"].sides] == ["WriteTrainingJob"]
    found = marks(read_machine(_definition("pipeline")), [], is_running=True)
    assert {found[name].word for name in ("WriteTrainingJob", "RunTrainingJobInNetwork")} == {"only if needed"}
    ran = marks(read_machine(_definition("pipeline")), [_ran("RunTrainingJob", "running", "lightgbm")], is_running=True)
    whole = ("TrainCandidates", "TrainAndDetectDrift")
    assert [ran[name].status for name in ("RunTrainingJob", *whole)] == ["running"] * 3
    beside = [_ran(name, "succeeded") for name in ("SelectModel", "OpenRun", "DetectDrift")]
    for way in (["TrainModel"], ["WriteTrainingJob", "RunTrainingJob", "ReadTrainedModel"]):
        trained = [_ran(name, "succeeded", "lightgbm") for name in way]
        ended = marks(read_machine(_definition("pipeline")), [*trained, *beside], is_running=True)
        assert [ended[name].status for name in whole] == ["succeeded"] * 2


def test_what_records_a_failure_stands_apart() -> None:
    graph = read_machine(_definition("pipeline"))
    assert graph.main.nodes[-1].name == "PipelineSucceeded"
    assert [[node.name for node in lane.nodes] for lane in graph.shared] == [["RecordFailure", "PipelineFailed"]]
    load = graph.main.nodes[0]
    assert [(side.when, side.lane.then) for side in load.sides] == [
        ("on UploadClaimedError", None),
        ("on any error", "RecordFailure"),
    ]


def test_a_choice_says_its_conditions_and_what_leads_back() -> None:
    nodes = {node.name: node for node in nodes_of(read_machine(_definition("watch")))}
    assert [side.when for side in nodes["WhatWasDecided"].sides] == [
        "if decision.outcome is retrain",
        "if decision.outcome is ask",
    ]
    assert nodes["WhatWasDecided"].sides[1].lane.then == "DecideRetraining"
    assert [side.when for side in nodes["HasChampion"].sides] == ["if measured.version is null"]
    scoring = {node.name: node for node in nodes_of(read_machine(_definition("scoring")))}
    assert [side.lane.then for side in scoring["AllScored"].sides] == ["ScoreParts"]


def _ran(name: str, status: Any, candidate: str | None = None, attempts: int = 1) -> StateRun:  # noqa: ANN401 - a literal
    left = None if status == "running" else AT + dt.timedelta(seconds=2)
    return StateRun(name=name, candidate=candidate, status=status, entered=AT, left=left, attempts=attempts)


def test_states_are_marked_as_they_go_on() -> None:
    graph = read_machine(_definition("pipeline"))
    runs = [
        _ran("LoadData", "succeeded", attempts=3),
        _ran("TrainModel", "succeeded", "xgboost"),
        _ran("TrainModel", "running", "lightgbm", attempts=0),
        _ran("OpenRun", "succeeded"),
    ]
    found = marks(graph, runs, is_running=True)
    assert (found["LoadData"].word, found["LoadData"].turns[0].retries) == ("succeeded", 2)
    assert [(turn.candidate, turn.word) for turn in found["TrainModel"].turns] == [
        ("xgboost", "succeeded"),
        ("lightgbm", "waits for a free function"),
    ]
    assert found["TrainAndDetectDrift"].word == found["TrainCandidates"].word == "running"
    assert found["RegisterModel"].word == "to come"
    assert found["RecordFailure"].word == "only on an error"
    assert marks(graph, runs, is_running=False)["RegisterModel"].word == "not reached"


def test_what_holds_a_failed_state_has_failed() -> None:
    graph = read_machine(_definition("pipeline"))
    runs = [_ran("SelectModel", "failed"), _ran("DetectDrift", "left_out"), _ran("RecordFailure", "succeeded")]
    found = marks(graph, runs, is_running=False)
    assert found["TrainAndDetectDrift"].word == "failed"
    assert found["DetectDrift"].word == "left out"
    assert found["RecordFailure"].word == "succeeded"
