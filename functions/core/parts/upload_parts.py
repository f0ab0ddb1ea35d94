"""The parts of an upload, as ``parts.json`` lists them: which bytes or rows of which version of which file."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO, Literal

from pydantic import BaseModel, ConfigDict, Field


class _Document(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class FileLayout(_Document):
    """How one file is laid out; of a Parquet file only its format is told."""

    format: Literal["csv", "parquet"]
    divisible: bool = Field(default=True, description="whether a range of its bytes can be read by itself")
    start: int = Field(default=0, description="where its first row below the header begins, in bytes")
    line_end: Literal["\n", "\r"] = Field(default="\n", description="the last byte of each line's end")
    above: int = Field(default=0, description="lines above the header's row")
    first_row: int = Field(default=2, description="the number that messages have for the first row")
    regular: bool = Field(default=True, description="whether its first rows have as many fields as the header")


class UploadFile(_Document):
    """One file of an upload, in exactly one version."""

    bucket: str
    key: str
    version_id: str | None
    etag: str
    size: int
    layout: FileLayout

    @property
    def name(self) -> str:
        """Name of the file, without its folders."""
        return self.key.rpartition("/")[2]


class UploadPart(_Document):
    """A part: bytes ``start`` to ``end`` of a CSV, or rows of a Parquet file; of what can't be divided, all of it."""

    file: int = Field(description="place among the files")
    start: int
    end: int


class UploadParts(_Document):
    """The files and the parts of an upload, in the order of its rows; parts are numbered from 1."""

    schema_version: Literal[1] = 1
    files: tuple[UploadFile, ...]
    parts: tuple[UploadPart, ...]

    def part(self, number: int) -> tuple[UploadPart, UploadFile]:
        """Return a part by its number, with its file."""
        part = self.parts[number - 1]
        return part, self.files[part.file]


@dataclass(frozen=True)
class PartSource:
    """A file that parts are read from: ``open`` opens one version of it, of so many bytes, for ranged reads."""

    name: str
    size: int
    open: Callable[[], BinaryIO]
