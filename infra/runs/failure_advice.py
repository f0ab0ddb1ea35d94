"""What to do about a run that did not succeed."""

from collections.abc import Iterable

from functions.telemetry.state_runs import StateRun
from infra.runs.execution import LOST, UNREADABLE, RunError

_UNAVAILABLE = frozenset({"StorageUnavailableError", "TrackingUnavailableError"})
_STOPPED = "Aborted"
_FIRST = "LoadData"
_GO_ON = ", or go on from where it failed: `fraudflow redrive NAME`"
_AGAIN = "`fraudflow rerun NAME`, or the button on its page"


def advice(error: RunError, states: Iterable[StateRun]) -> str:
    """Return a sentence for people: what to do after this error."""
    if error.type == LOST:
        return f"See that the stack is up (`fraudflow status`), then run it again: {_AGAIN}."
    if error.type == UNREADABLE:
        return "A later release may read the record; the run's files in S3 are as they were."
    if error.type == _STOPPED:
        return f"Run it again when you like, with the same file and settings: {_AGAIN}."
    failed = [state.name for state in states if state.status == "failed"]
    go_on = _GO_ON if failed and failed[0] != _FIRST else ""
    if error.type in _UNAVAILABLE:
        return f"See that all servers are ready (`fraudflow status`), then run it again: {_AGAIN}{go_on}."
    logs = f" The logs of {failed[0]} show what it did." if failed else ""
    return (
        "Change what the error names, in the file or the settings, and upload the file again; if it was no fault of "
        f"theirs, run it again: {_AGAIN}{go_on}.{logs}"
    )
