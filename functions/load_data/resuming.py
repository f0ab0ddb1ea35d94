"""Take up the work of a run that failed, from the state in which it did: what it has loaded and trained is there."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from functions.contracts import DividedUpload, LoadDataInput, ResumedOutput
from functions.contracts.records import FailedState, first_fault, read_record
from functions.core.errors import UnreadableRecordError
from functions.run import recording
from functions.run.dependencies import RunFiles

# Which state follows the one that writes a key of the document.
_FOLLOWS = {
    "registration": "PublishResults",
    "examined": "RegisterModel",
    "results": "ExamineModel",
    "splits": "TrainAndDetectDrift",
}


def take_up(event: LoadDataInput, files: RunFiles, failed: str) -> ResumedOutput | DividedUpload:
    """Return the document of a failed run as its failed state was given it, now as this execution's.

    Args:
        event: what the redriven run was started with.
        files: of the runs.
        failed: the name of the run that failed.

    Raises:
        UnreadableRecordError: when this release can't go on from it.
    """
    uri = files.uri(event.execution.model_copy(update={"name": failed}), recording.STATE)
    kept = read_record(FailedState, files.read(uri), uri)
    try:
        if "dataset" not in kept.state:
            return _divided(event, kept.state)
        now = {"execution": event.execution.model_dump(), "goes_on_with": _goes_on_with(kept.state)}
        return ResumedOutput.model_validate({**kept.state, **now})
    except ValidationError as error:
        raise UnreadableRecordError(
            f"{uri} is of another release ({first_fault(error)}), so that the run {failed} can only be run again from "
            "its start."
        ) from error


def _goes_on_with(state: Mapping[str, Any]) -> str:
    # Parts that are there are not read again.
    first = "ReadParts" if state.get("parts") else "PreprocessData"
    return next((name for key, name in _FOLLOWS.items() if key in state), first)


def _divided(event: LoadDataInput, state: Mapping[str, Any]) -> DividedUpload:
    """Return what a run had divided whose parts are not merged yet."""
    kept = {name: state[name] for name in DividedUpload.model_fields if name in state}
    return DividedUpload.model_validate({**kept, "execution": event.execution.model_dump()})
