"""The two files of the infrastructure, as data."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cfnlint.decode import cfn_yaml

ROOT = Path(__file__).parents[2]
TEMPLATE = ROOT / "infra" / "template.yaml"
DEFINITION = ROOT / "statemachine" / "pipeline.asl.json"

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


def walk(states: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, state in states.items():
        yield name, state
        for inner in (*state.get("Branches", []), *([state["ItemProcessor"]] if "ItemProcessor" in state else [])):
            yield from walk(inner["States"])
