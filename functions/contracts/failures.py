"""Error messages for failed states: one sentence with the reason and what to do."""

import json
from collections.abc import Mapping
from typing import Any

from functions.contracts.base import StateError
from functions.contracts.datasets import Dataset
from functions.contracts.drift_results import Drift
from functions.contracts.state_results import Explanation, MetricsLog

# A table with fewer rows for each column is wide: it is its columns that take the time and the memory.
_ROWS_A_COLUMN = 10
_TIMEOUTS = {"States.Timeout", "Sandbox.Timedout"}


def explain(error: StateError, dataset: object = None, *, trains: bool = True) -> tuple[str, str]:
    """Return the error's type and its message; Lambda wraps them as JSON in the cause.

    Args:
        error: as Step Functions caught it.
        dataset: LoadData's data set, if it got that far, as in the execution's document.
        trains: whether the execution trains candidates, of which there could be fewer.
    """
    try:
        cause: Any = json.loads(error.Cause)
    except json.JSONDecodeError:
        cause = None
    if isinstance(cause, dict) and "errorMessage" in cause:
        kind, message = str(cause.get("errorType") or error.Error), str(cause["errorMessage"])
    else:
        kind, message = error.Error, error.Cause
    if _is_out_of_memory(kind, message):
        return kind, (
            "A function was stopped because it used more memory than it is given: give it more (FRAUDFLOW_DATA_MEMORY "
            f"on this machine, the template's DataMemory on AWS), or upload {_less(dataset)}."
        )
    if _is_timeout(kind, message):
        fewer = " or train fewer candidates (FRAUDFLOW_CANDIDATES)" if trains else ""
        return kind, (
            "A state took longer than it may: run it again when the machine has less to do (on AWS, with more of the "
            f"template's DataMemory, as more of a processor comes with it), or upload {_less(dataset)}{fewer}."
        )
    return kind, message or "The state gave no reason."


def _is_out_of_memory(kind: str, message: str) -> bool:
    """Return whether a function ran out of memory: Lambda reports an error type of its own, or a signal."""
    return kind in {"Runtime.OutOfMemory", "MemoryError"} or (
        kind == "Runtime.ExitError" and message.endswith("signal: killed")
    )


def _is_timeout(kind: str, message: str) -> bool:
    """Return whether the state or the function timed out; only some runtimes report a type of its own."""
    return kind in _TIMEOUTS or "Task timed out after" in message


def _less(dataset: object) -> str:
    """Return which part of a table of that shape to reduce."""
    known = dataset if isinstance(dataset, Mapping) else {}
    rows, columns = known.get("rows"), known.get("features")
    if not isinstance(rows, int) or not isinstance(columns, int):
        return "fewer rows or columns"
    shape = f"it has {rows:,} rows and {columns:,} columns"
    return f"fewer {'columns' if rows < _ROWS_A_COLUMN * columns else 'rows'} ({shape})"


def left_out(drift: Drift, explanation: Explanation, log: MetricsLog | None, dataset: Dataset) -> list[str]:
    """Return a sentence for each explanation or plot that a run lacks."""
    said = [not_explained(explanation, dataset), not_measured(drift, dataset), log.left_out if log else None]
    return [sentence for sentence in said if sentence]


def not_explained(explanation: Explanation, dataset: Dataset) -> str | None:
    """Return a sentence on missing feature importances; None where all are there."""
    if explanation.error is None:
        return explanation.left_out
    return f"Feature importances are missing, as ExplainModel failed: {_why(explanation.error, dataset)}"


def not_measured(drift: Drift, dataset: Dataset) -> str | None:
    """Return the reason why there is no drift verdict, where DetectDrift has failed."""
    if drift.error is None:
        return None
    return f"Drift was not measured, as DetectDrift failed: {_why(drift.error, dataset)}"


def _why(error: StateError, dataset: Dataset) -> str:
    kind, message = explain(error, dataset.model_dump(include={"rows", "features"}))
    return f"{kind}: {message}"
