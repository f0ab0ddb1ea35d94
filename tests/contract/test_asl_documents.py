"""The document of an execution, state by state, against the contracts."""

import json
import re
from typing import Any, get_args

import pytest

from functions import contracts
from functions.contracts.execution_document import LaterState
from functions.contracts.failures import left_out
from tests.contract.conftest import Json
from tests.contract.samples import CONTEXT, DIVIDED, RESULTS
from tests.contract.walked import branches

PAYLOAD_LIMIT = 32_000


@pytest.mark.parametrize("caught", [{"Error": "States.Timeout"}, {"Error": "Runtime.OutOfMemory", "Cause": "{}"}])
def test_a_run_goes_on_where_what_only_explains_has_failed(machine: dict[str, Any], caught: dict[str, str]) -> None:
    def fail(name: str) -> Json:
        [instead] = [states for states in branches(machine["States"]) if name in states]
        state = instead[instead[name]["Catch"][0]["Next"]]
        return put(state.get("ResultPath", "$"), fill(state["Parameters"], {"error": caught}), {})

    explanation = contracts.Explanation.model_validate(fail("ExplainModel"))
    drift = contracts.Drift.model_validate(fail("DetectDrift")["results"]["drift"])
    dataset = RESULTS["LoadData"].dataset  # type: ignore[attr-defined]
    for sentence in left_out(drift, explanation, None, dataset):
        assert caught["Error"] in sentence
    assert len(left_out(drift, explanation, None, dataset)) == 2


def look_up(path: str, document: Json) -> Json:
    """Resolve a reference path: ``$.a.b``, ``$[0]``, ``$$.Execution.Id``."""
    value: Json
    value, rest = (CONTEXT, path[2:]) if path.startswith("$$") else (document, path[1:])
    for field, index in re.findall(r"\.(\w+)|\[(\d+)\]", rest):
        value = value[field] if field else value[int(index)]
    return value


def fill(template: dict[str, Any], document: Json) -> dict[str, Any]:
    """Do what ``Parameters`` and ``ResultSelector`` do."""
    filled: dict[str, Any] = {}
    for key, value in template.items():
        if key.endswith(".$"):
            filled[key[:-2]] = look_up(value, document)
        else:
            filled[key] = fill(value, document) if isinstance(value, dict) else value
    return filled


def put(path: str | None, result: Json, document: Json) -> Json:
    """Do what ``ResultPath`` does, which makes what is missing on the way; ours name fields, ``$``, or nothing."""
    if path is None:
        return document
    if path == "$":
        return result
    field, _, rest = path.removeprefix("$.").partition(".")
    return {**document, field: put(f"$.{rest}" if rest else "$", result, document.get(field, {}) if rest else {})}


def step(name: str, state: dict[str, Any], document: Json) -> Json:
    """Check a state's document against its contract, and return the next document."""
    match state["Type"]:
        case "Parallel":
            answers = [chain(branch["StartAt"], branch["States"], document)[0] for branch in state["Branches"]]
            return put(state["ResultPath"], fill(state["ResultSelector"], answers), document)
        case "Map":
            answers = [_item(state, item, document) for item in look_up(state["ItemsPath"], document)]
            assert look_up(state["MaxConcurrencyPath"], document) >= 1
            return put(state["ResultPath"], answers, document)
    payload = json.dumps(fill(state["Parameters"], document) if "Parameters" in state else document)
    assert len(payload.encode()) < PAYLOAD_LIMIT + 5_000  # the numbers of a large upload's parts
    getattr(contracts, f"{name}Input").model_validate_json(payload)
    after = put(state["ResultPath"], RESULTS[name].model_dump(mode="json"), document)
    return look_up(state.get("OutputPath", "$"), after)


def _item(state: dict[str, Any], item: Json, document: Json) -> Json:
    processor = state["ItemProcessor"]
    selector = {key: value for key, value in state["ItemSelector"].items() if value != "$$.Map.Item.Value"}
    (own,) = set(state["ItemSelector"]) - set(selector)
    given = {**fill(selector, document), own.removesuffix(".$"): item}
    return chain(processor["StartAt"], processor["States"], given)[0]


def _there(path: str, document: Json) -> bool:
    try:
        look_up(path, document)
    except KeyError:
        return False
    return True


def _holds(rule: dict[str, Any], document: Json) -> bool:
    """Return whether a rule holds; a path that leads nowhere is an error, unless the rule asks for that."""
    if "And" in rule or "Or" in rule:
        return all(_holds(each, document) for each in rule.get("And", ())) and (
            "Or" not in rule or any(_holds(each, document) for each in rule["Or"])
        )
    if "IsPresent" in rule:
        return _there(rule["Variable"], document) == rule["IsPresent"]
    value = look_up(rule["Variable"], document)
    (operator,) = set(rule) - {"Variable", "Next"}
    match operator:
        case "IsNull":
            return (value is None) == rule[operator]
        case "IsNumeric":
            return (type(value) in {int, float}) == rule[operator]
        case "NumericGreaterThanEqualsPath":
            return bool(value >= look_up(rule[operator], document))
    return bool(value == rule[operator])


def choose(state: dict[str, Any], document: Json) -> str:
    """Return which state a choice leads to."""
    return str(next((rule["Next"] for rule in state["Choices"] if _holds(rule, document)), state["Default"]))


def chain(start: str, states: dict[str, Any], document: Json) -> tuple[Json, list[str]]:
    """Walk states to their end: the last document, and which were visited."""
    name, visited = start, []
    while states[name]["Type"] != "Succeed":
        visited.append(name)
        if states[name]["Type"] == "Choice":
            name = choose(states[name], document)
            continue
        document = step(name, states[name], document)
        if states[name].get("End"):
            break
        name = states[name]["Next"]
    return document, visited


def test_each_output_fits_the_next_input_up_to_the_end(machine: dict[str, Any]) -> None:
    document, visited = chain(machine["StartAt"], machine["States"], CONTEXT["Execution"]["Input"])
    assert len(visited) == 7
    assert len(json.dumps(document).encode()) < PAYLOAD_LIMIT
    contracts.PipelineOutput.model_validate(document)


def test_a_large_upload_takes_the_road_of_parts_to_the_same_end(
    machine: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(RESULTS, "LoadData", DIVIDED)
    document, visited = chain(machine["StartAt"], machine["States"], CONTEXT["Execution"]["Input"])
    assert visited[:5] == ["LoadData", "GoOn", "ReadParts", "MergeParts", "MakeHistories"]
    assert visited[5:7] == ["SplitParts", "PreprocessData"]
    assert len(json.dumps(document).encode()) < PAYLOAD_LIMIT + len(
        json.dumps([*DIVIDED.parts.numbers, *range(1, 181)])
    )
    contracts.PipelineOutput.model_validate(document)


@pytest.mark.parametrize("name", get_args(LaterState))
def test_a_redriven_run_goes_on_with_each_state_that_there_is(machine: dict[str, Any], name: str) -> None:
    assert choose(machine["States"]["GoOn"], {"goes_on_with": name}) == name


@pytest.mark.parametrize("raw", [{"bucket": "uploads", "key": "a.csv"}, {}, {"anything": ["else"]}, "a.csv", [1], None])
def test_a_failure_is_recorded_whatever_the_input_was(tasks: dict[str, Any], raw: Json) -> None:
    document = {"error": {"Error": "TargetError", "Cause": "{}"}}
    payload = fill(tasks["RecordFailure"]["Parameters"], document)
    contracts.RecordFailureInput.model_validate({**payload, "input": raw})


def test_a_failed_execution_shows_the_error_of_the_step(machine: dict[str, Any], tasks: dict[str, Any]) -> None:
    document = {"error": {"Error": "TargetError", "Cause": "{}"}}
    after = step("RecordFailure", tasks["RecordFailure"], document)
    shown = machine["States"]["PipelineFailed"]
    assert look_up(shown["ErrorPath"], after) == "TargetError"
    assert look_up(shown["CausePath"], after) == "No."
    unrecorded = machine["States"]["FailureNotRecorded"]
    assert look_up(unrecorded["ErrorPath"], document) == "TargetError"
    assert "CausePath" not in unrecorded  # a timeout has no cause, and a path to nothing would hide its error
