"""A large upload that is read part by part: which parts there are, and what became of one of them."""

from typing import Any, Literal

from pydantic import Field, model_validator

from functions.contracts.base import Contract, Execution
from functions.contracts.datasets import Upload
from functions.core.parts.upload_manifest import FOLDER_SUFFIX as PARTS_FOLDER
from functions.core.parts.upload_manifest import SUFFIX as MANIFEST
from functions.settings import Algorithm, RunSettings

__all__ = ["MANIFEST", "PARTS_FOLDER", "DividedUpload", "PartRead", "PartsToRead", "ReadPartInput"]


class PartsToRead(Contract):
    """The parts of an upload; what is made of them is in the folder of the run that divided it, when redriven too."""

    uri: str = Field(description="JSON, functions.core.parts.upload_parts.UploadParts")
    reading_uri: str = Field(description="JSON, functions.core.parts.part_reading.PartReading")
    count: int = Field(ge=1, description="of the parts, which are numbered from 1")
    numbers: list[int] = Field(default=[], description="of all parts: what the machine maps over")

    @model_validator(mode="before")
    @classmethod
    def _numbered(cls, given: Any) -> Any:  # noqa: ANN401 - whatever is to be validated
        """Number the parts."""
        match given:
            case {"count": int(count)} if "numbers" not in given:
                return {**given, "numbers": list(range(1, count + 1))}
        return given

    @property
    def folder(self) -> str:
        """Where the parts are that have been read."""
        return f"{self.uri.rpartition('/')[0]}/parts/"

    def table_uri(self, number: int) -> str:
        """Return where a part's typed table is, or would be."""
        return f"{self.folder}{number:05}.parquet"

    def summary_uri(self, number: int) -> str:
        """Return where a part's summary is, or would be: it is written last."""
        return f"{self.folder}{number:05}.summary"


class DividedUpload(Contract):
    """LoadData's result where the upload is large: the data set is there when its parts have been read and merged."""

    execution: Execution
    upload: Upload
    settings: RunSettings
    candidates: list[Algorithm] = Field(description="what TrainModel is invoked for, one invocation each")
    parts: PartsToRead
    goes_on_with: Literal["ReadParts"] = "ReadParts"


class ReadPartInput(Contract):
    """ReadPart: one part."""

    execution: Execution
    settings: RunSettings
    parts: PartsToRead
    number: int = Field(ge=1)


class PartRead(Contract):
    """A part that was read."""

    number: int
    rows: int
    frauds: int
