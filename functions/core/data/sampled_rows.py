"""A sample in memory of the rows of a table that stays in its files."""

import numpy as np

from functions.core.data.frames import Frame
from functions.core.data.stored_frame import StoredFrame
from functions.core.data.tables import LabelledTable

# Cells of a sample: 2.2 million rows of 30 columns, of which no effect size that matters is uncertain any more.
SAMPLED_CELLS = 2**26
# Groups of rows that are read for a sample, evenly spread: of a table of 100 million rows, one in twelve.
READ_GROUPS = 64


def rows_in_memory(data: LabelledTable[Frame], *, seed: int) -> LabelledTable:
    """Return the rows of a table that is in memory; of one that is in files a sample, drawn without replacement.

    Rows are drawn from groups that are evenly spread over the table: what came in a short time, and so lies side by
    side, has no more weight than it has in the table.
    """
    if not isinstance(data.X, StoredFrame):
        return data.part(0, None)
    rows, columns = data.X.shape
    read = data.X.spread(READ_GROUPS)
    wanted = min(max(SAMPLED_CELLS // columns, 1), len(read))
    if wanted == rows:
        return data.part(0, None)
    chosen = np.random.default_rng(seed).choice(read, size=wanted, replace=False, shuffle=False)
    return data.at(np.sort(chosen))
