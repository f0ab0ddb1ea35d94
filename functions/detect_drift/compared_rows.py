"""The rows of a run's data that drift is looked for in: all of them, or a sample of those that are in files."""

from dataclasses import dataclass

import numpy as np

from functions.core.data.frames import Frame
from functions.core.data.stored_frame import StoredFrame
from functions.core.data.tables import LabelledTable

# Cells of a sample: 2.2 million rows of 30 columns, of which no effect size that matters is uncertain any more.
COMPARED_CELLS = 2**26
# Groups of rows that are read for a sample, evenly spread: of a table of 100 million rows, one in twelve.
READ_GROUPS = 64


@dataclass(frozen=True)
class ComparedRows:
    """Rows in memory, and a note on which they are where they are a sample."""

    table: LabelledTable
    note: str | None = None

    @classmethod
    def of(cls, data: LabelledTable[Frame], *, seed: int) -> "ComparedRows":
        """Return the rows of a table that is in memory; of one that is in files a sample, drawn without replacement.

        Rows are drawn from groups that are evenly spread over the table: what came in a short time, and so lies side by
        side, has no more weight than it has in the table.
        """
        if not isinstance(data.X, StoredFrame):
            return cls(data.part(0, None))
        rows, columns = data.X.shape
        read = data.X.spread(READ_GROUPS)
        wanted = min(max(COMPARED_CELLS // columns, 1), len(read))
        if wanted == rows:
            return cls(data.part(0, None))
        chosen = np.random.default_rng(seed).choice(read, size=wanted, replace=False, shuffle=False)
        note = f"Columns were compared by {wanted:,} of the {rows:,} new rows, drawn at random; labels by all of them."
        return cls(data.at(np.sort(chosen)), note)
