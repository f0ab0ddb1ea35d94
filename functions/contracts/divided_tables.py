"""A checked table in parts: what merges them, and what splits each."""

from pydantic import Field

from functions.contracts.base import Contract, Execution
from functions.contracts.datasets import HistoriesToMake, SplitCounts, SplitName, Upload
from functions.contracts.divided_uploads import PartsToRead
from functions.contracts.drift_results import Drift
from functions.contracts.state_results import TrainedModel
from functions.settings import RunSettings


class MergePartsInput(Contract):
    """MergeParts: all parts, when each has been read."""

    execution: Execution
    upload: Upload
    settings: RunSettings
    parts: PartsToRead


class MakeHistoryInput(Contract):
    """MakeHistory: one bucket of one entity column, when the plan of the histories is known."""

    execution: Execution
    parts: PartsToRead
    histories: HistoriesToMake
    number: int = Field(ge=1)


class HistoryMade(Contract):
    """An item of histories that was made."""

    number: int


class SplitPartInput(Contract):
    """SplitPart: one part, when the rule of the split is known."""

    execution: Execution
    settings: RunSettings
    parts: PartsToRead
    histories_uri: str | None = Field(default=None, description="of the table; None where it has none")
    number: int = Field(ge=1)


class PartSplit(Contract):
    """A part that was split."""

    number: int
    counts: dict[SplitName, SplitCounts]


class ScoreTestPartInput(Contract):
    """ScoreTestPart: the test rows of one part."""

    execution: Execution
    parts: PartsToRead
    model: TrainedModel
    drift: Drift
    number: int = Field(ge=1)


class PartScored(Contract):
    """A part whose test rows were scored."""

    number: int
    rows: int
