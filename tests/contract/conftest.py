"""The files of the infrastructure, as data."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cfnlint.decode import cfn_yaml

ROOT = Path(__file__).parents[2]
TEMPLATE = ROOT / "infra" / "template.yaml"
DEFINITION = ROOT / "statemachine" / "pipeline.asl.json"
SCORING_DEFINITION = ROOT / "statemachine" / "scoring.asl.json"
FEEDBACK_DEFINITION = ROOT / "statemachine" / "feedback.asl.json"
WATCH_DEFINITION = ROOT / "statemachine" / "watch.asl.json"

# JSON of any shape: a path through it is checked where it is walked.
type Json = Any


@pytest.fixture(scope="session")
def template() -> dict[str, Any]:
    """Intrinsic functions in their long form: ``{"Ref": ...}``, ``{"Fn::GetAtt": [...]}``."""
    decoded: dict[str, Any] = cfn_yaml.load(str(TEMPLATE))
    return decoded


@pytest.fixture(scope="session")
def machine() -> dict[str, Any]:
    definition: dict[str, Any] = json.loads(DEFINITION.read_text("utf-8"))
    return definition


@pytest.fixture(scope="session")
def tasks(machine: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Every Task by its name, those in branches and maps too."""
    return {name: state for name, state in walk(machine["States"]) if state["Type"] == "Task"}


@pytest.fixture(scope="session")
def scoring_machine() -> dict[str, Any]:
    definition: dict[str, Any] = json.loads(SCORING_DEFINITION.read_text("utf-8"))
    return definition


@pytest.fixture(scope="session")
def scoring_tasks(scoring_machine: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Every Task of the scoring machine by its name."""
    return {name: state for name, state in walk(scoring_machine["States"]) if state["Type"] == "Task"}


@pytest.fixture(scope="session")
def feedback_machine() -> dict[str, Any]:
    definition: dict[str, Any] = json.loads(FEEDBACK_DEFINITION.read_text("utf-8"))
    return definition


@pytest.fixture(scope="session")
def feedback_tasks(feedback_machine: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Every Task of the feedback machine by its name."""
    return {name: state for name, state in walk(feedback_machine["States"]) if state["Type"] == "Task"}


@pytest.fixture(scope="session")
def watch_machine() -> dict[str, Any]:
    definition: dict[str, Any] = json.loads(WATCH_DEFINITION.read_text("utf-8"))
    return definition


@pytest.fixture(scope="session")
def watch_tasks(watch_machine: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Every Task of the watch machine by its name."""
    return {name: state for name, state in walk(watch_machine["States"]) if state["Type"] == "Task"}


def walk(states: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, state in states.items():
        yield name, state
        for inner in (*state.get("Branches", []), *([state["ItemProcessor"]] if "ItemProcessor" in state else [])):
            yield from walk(inner["States"])
