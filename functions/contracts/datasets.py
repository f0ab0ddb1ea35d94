"""Data of a run: the upload, the checked data set and its splits."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from functions.contracts.base import Contract

Name = Annotated[str, Field(min_length=1)]
# An input transformer writes an empty text for what its event lacks, such as the version in an unversioned bucket.
NameIfGiven = Annotated[Name | None, BeforeValidator(lambda value: None if value == "" else value)]
RunName = Annotated[str, Field(pattern=r"^[^/._][^/]*$")]
SplitName = Literal["train", "validation", "test"]


class UploadRequest(Contract):
    """A request for an object, by a user or an event; only bucket and key are required."""

    bucket: Name
    key: Name
    version_id: NameIfGiven = None
    etag: NameIfGiven = None
    settings: dict[str, Any] | None = Field(default=None, description="of this run only; they win over all others")
    id: str | None = Field(default=None, description="the event's; LocalStack names the execution after it")
    redrive: RunName | None = Field(default=None, description="the failed run from whose failed state this one goes on")


class Upload(Contract):
    """The run's upload: one object version."""

    bucket: str
    key: str
    version_id: str | None
    etag: str
    size: int = Field(description="bytes")

    @property
    def uri(self) -> str:
        """URI of the object, for people."""
        return f"s3://{self.bucket}/{self.key}"

    @property
    def name(self) -> str:
        """Name of the file, without its folders."""
        return self.key.rsplit("/", 1)[-1]


class HistoriesToMake(Contract):
    """What is made of the histories of a table in parts; nothing where the rest of the run makes them, or it has none.

    Other files of them are beside it.
    """

    uri: str | None = Field(default=None, description="JSON, functions.core.parts.parted_histories.PartedHistories")
    numbers: list[int] = Field(default=[], description="of all items: what the machine maps over")


class Dataset(Contract):
    """The checked data; the kind of each feature is in the Parquet file's own metadata."""

    uri: str = Field(description="Parquet, or the manifest of a table in parts")
    profile_uri: str = Field(description="JSON")
    digest: str
    rows: int
    features: int
    frauds: int
    duplicate_rows: int
    target: str
    target_explanation: str
    positive_label: str | None = Field(default=None, description="what means fraud there; None in older records")
    notes: list[str] = Field(description="what was recognised or left out that a user would want to know")
    histories: HistoriesToMake = Field(default=HistoriesToMake(), description="of a table in parts")


class SplitCounts(Contract):
    """Number of rows of a split, and of frauds among them.

    ``kept`` are the rows in the split's file, where legitimate rows were left out of it: all frauds, and some others.
    """

    rows: int
    frauds: int
    kept: int | None = None

    @property
    def stored(self) -> int:
        """Number of rows in the split's file."""
        return self.rows if self.kept is None else self.kept


class Splits(Contract):
    """Train, validation and test splits, each as Parquet or as the manifest of a table in parts."""

    uris: dict[SplitName, str]
    counts: dict[SplitName, SplitCounts]
    duplicate_rows: int
    explanation: str
    legitimate_share: float = Field(default=1.0, description="of those of train and validation, in their files")
    thinning: str | None = Field(default=None, description="what is left out of train and validation; None: nothing")
    events_uri: str | None = Field(default=None, description="Parquet, of what histories are made of; None without any")
