"""Two runs side by side, also where one has failed."""

import json

from infra.runs.execution import PipelineExecution
from infra.runs.run_comparison import ComparedValue, RunComparison, compare
from infra.runs.run_report import Run, describe
from tests.unit.infra.cli.fakes import AT, HOSTILE, OUTPUT


def run(**changes: object) -> Run:
    execution = PipelineExecution(
        arn="arn:m:one",
        name="one",
        status="SUCCEEDED",
        started=AT,
        stopped=AT,
        input={"key": "march.csv"},
        output=OUTPUT,
    )
    return describe(execution.model_copy(update=changes), [], mlflow_url="http://127.0.0.1:5000")


def value(found: list[ComparedValue], label: str) -> ComparedValue:
    return next(each for each in found if each.label == label)


def other() -> Run:
    output = json.loads(OUTPUT)
    output["settings"]["seed"] = 7
    output["dataset"]["digest"] = "1" * 64
    output["examined"]["evaluation"]["metrics"]["test_fraud_f1"] += 0.1
    return run(name="two", output=json.dumps(output), input={"key": HOSTILE})


def test_a_run_does_not_differ_from_itself() -> None:
    found = compare(run(), run())
    assert found.same_data is True
    assert found.caution is None
    for values in (found.settings, found.data, found.figures, found.money, found.model):
        assert values
        assert not any(each.differs for each in values)


def test_what_differs_is_told_with_its_intervals_and_the_difference() -> None:
    found = compare(run(), other())
    assert [each.label for each in found.settings if each.differs] == ["seed"]
    assert found.same_data is False
    assert "different data" in str(found.caution)
    f1 = value(found.figures, "F1")
    assert f1.difference == 0.1
    assert f1.texts[0].startswith("0.372 (0.")
    assert f1.texts[2] == "+0.100"
    assert value(found.data, "File").texts[1] == "[red]x[/red]\\x1b[31m\\u202e<script>"
    assert value(found.money, "Saved").texts[0].startswith("1,500")


def test_a_failed_run_is_compared_as_far_as_it_goes_with_its_sentence() -> None:
    failed = run(
        status="FAILED", output=None, error="TargetError", cause="It has no target.",
        input={"key": "march.csv", "settings": {"target": "Class"}},
    )  # fmt: skip
    found = compare(run(), failed)
    assert found.b.sentence == "It has no target."
    assert found.same_data is None
    assert value(found.figures, "F1").texts[1:] == ("\N{EN DASH}", "")
    assert value(found.settings, "target").b == "Class"
    assert RunComparison.model_validate_json(found.model_dump_json()) == found


def test_a_running_one_has_no_figures_yet_and_one_without_settings_none() -> None:
    found = compare(
        run(status="RUNNING", output=None, stopped=None, input={}), run(input={"settings": [1]}, output=None)
    )
    assert "in progress" in str(found.a.sentence)
    assert found.settings == []


def test_a_threshold_is_told_as_everywhere_else() -> None:
    """With three digits 0.0196 and 0.0204 would be the same."""
    value = ComparedValue(label="Threshold", a=0.0196, b=0.0204, kind="threshold")
    assert value.texts == ("0.0196", "0.0204", "+0.0008")
