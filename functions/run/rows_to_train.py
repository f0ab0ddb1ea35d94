"""The rows that a run trains and validates on, as TrainModel and SelectModel read them."""

from dataclasses import dataclass

from functions.contracts import Splits
from functions.core.data.frames import Frame
from functions.core.data.stored_frame import StoredFrame
from functions.core.data.tables import LabelledTable
from functions.core.training.crossfit import Folds
from functions.run import from_settings
from functions.run.dependencies import RunFiles
from functions.settings import RunSettings


@dataclass(frozen=True, slots=True)
class RowsToTrain:
    """Train's rows, validation's, and both as one table; the features of many stay in their files."""

    training: LabelledTable[Frame]
    validation: LabelledTable[Frame]
    joined: LabelledTable[Frame]

    def folds(self, settings: RunSettings) -> Folds:
        """Cut the rows into folds: the same ones in every state, so that candidates are compared on the same rows."""
        return from_settings.folds(settings, self.training, self.validation, self.joined)


def uris_of(splits: Splits) -> list[str]:
    """Return the files of the rows, in their order; never the test split's."""
    return [splits.uris["train"], splits.uris["validation"]]


def read_rows_to_train(files: RunFiles, splits: Splits) -> RowsToTrain:
    """Read the rows, and keep those in memory once."""
    uris, rows = uris_of(splits), splits.counts["train"].stored
    joined = files.open_table(*uris)
    if isinstance(joined.X, StoredFrame):
        training, validation = (files.open_table(uri) for uri in uris)
        return RowsToTrain(training, validation, joined)
    return RowsToTrain(joined.part(0, rows), joined.part(rows, None), joined)
