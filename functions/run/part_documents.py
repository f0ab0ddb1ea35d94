"""The documents by which a large upload is read: its parts, and how they are read."""

from pydantic import BaseModel, ValidationError

from functions.contracts.records import first_fault
from functions.core.errors import UnreadableRecordError
from functions.run.dependencies import RunFiles


def read_document[D: BaseModel](model: type[D], files: RunFiles, uri: str) -> D:
    """Read a document of a run.

    Raises:
        UnreadableRecordError: when this release can't read it.
    """
    try:
        return model.model_validate_json(files.read(uri))
    except ValidationError as error:
        raise UnreadableRecordError(f"{uri} is of another release ({first_fault(error)}).") from error
