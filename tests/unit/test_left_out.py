"""Why a state failed, by the shape of the table, and what a run says that it lacks."""

import json

import pytest

from functions.contracts import Drift, Explanation, MetricsLog, StateError
from functions.contracts.failures import explain, left_out
from tests.contract.samples import RESULTS


def caught(kind: str, message: str) -> StateError:
    """Return an error of a function as Step Functions hands it on."""
    return StateError(Error=kind, Cause=json.dumps({"errorType": kind, "errorMessage": message}))


@pytest.mark.parametrize(
    ("rows", "features", "less"),
    [
        (2_000, 2_000, "fewer columns (it has 2,000 rows and 2,000 columns)"),
        (1_500, 434, "fewer columns (it has 1,500 rows and 434 columns)"),
        (2_848_070, 30, "fewer rows (it has 2,848,070 rows and 30 columns)"),
        (None, None, "fewer rows or columns"),
    ],
)
@pytest.mark.parametrize(
    "error",
    [
        caught("Runtime.OutOfMemory", "RequestId: 1 Error: Runtime exited with error: signal: killed"),
        caught("Runtime.ExitError", "RequestId: 1 Error: Runtime exited with error: signal: killed"),
        caught("Sandbox.Timedout", "RequestId: 1 Error: Task timed out after 300.00 seconds"),
        caught("Lambda.Unknown", "2026-11-28 Task timed out after 300.00 seconds"),
        StateError(Error="States.Timeout"),
    ],
)
def test_what_to_leave_out_follows_from_the_shape_of_the_table(
    error: StateError, rows: int | None, features: int | None, less: str
) -> None:
    kind, sentence = explain(error, {"rows": rows, "features": features})
    assert kind == error.Error
    assert less in sentence
    assert ("FRAUDFLOW_DATA_MEMORY" in sentence) is ("memory" in sentence)
    assert ("FRAUDFLOW_CANDIDATES" in sentence) is ("longer than it may" in sentence)


def test_an_execution_that_trains_nothing_is_not_told_to_train_less() -> None:
    _, sentence = explain(caught("Sandbox.Timedout", "Task timed out after 900.00 seconds"), trains=False)
    assert sentence == (
        "A state took longer than it may: run it again when the machine has less to do (on AWS, with more of the "
        "template's DataMemory, as more of a processor comes with it), or upload fewer rows or columns."
    )


def test_an_error_of_ours_is_told_as_it_is() -> None:
    assert explain(caught("TargetError", "No target."), None) == ("TargetError", "No target.")
    assert explain(StateError(Error="States.Runtime")) == ("States.Runtime", "The state gave no reason.")


def test_a_run_that_lacks_nothing_says_nothing_and_one_that_does_names_each() -> None:
    dataset = RESULTS["LoadData"].dataset  # type: ignore[attr-defined]
    whole = Drift(verdict="stable", explanation="Nothing moved."), Explanation(uri="s3://runs/one/importances.json")
    assert left_out(*whole, MetricsLog(metrics=1, nested_runs=0), dataset) == []
    assert left_out(*whole, None, dataset) == []
    drift = Drift(verdict="not_measured", explanation="No.", error=caught("KeyError", "a"))
    explanation = Explanation(uri="s3://runs/one/importances.json", left_out="Of 9 features 3 were shuffled.")
    log = MetricsLog(metrics=1, nested_runs=0, left_out="Pictures that could not be drawn: one.")
    assert left_out(drift, explanation, log, dataset) == [
        "Of 9 features 3 were shuffled.",
        "Drift was not measured, as DetectDrift failed: KeyError: a",
        "Pictures that could not be drawn: one.",
    ]
