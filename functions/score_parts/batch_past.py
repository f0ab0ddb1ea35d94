"""What the entities of a batch did before each of its rows: by the version's training data, and by the batch itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np

from functions.core.histories.batch_columns import BatchColumns
from functions.core.histories.events import EntityEvents, joined_parts, read_events
from functions.core.histories.events_file import from_parquet
from functions.core.histories.history_plan import HistoryPlan
from functions.core.scoring.batch_files import BatchPlan, BatchRows
from functions.core.scoring.input_reading import UnscorableRowsError, read_frame
from functions.core.scoring.scorer import Scorer


@contextmanager
def batch_past(
    batch: BatchRows, read: BatchPlan, scorer: Scorer, key: bytes, events: bytes | None
) -> Iterator[BatchColumns | None]:
    """Compute the history columns of all rows of a batch; None for a model that has none.

    The rows of all parts are known to each other, in whichever order they stand in the file; each sees those strictly
    before it. The same file and the same events give the same numbers, whichever part goes on with them.

    Args:
        batch: the open file, which is read once in the columns that histories are made of.
        read: how it is divided.
        scorer: the compiled model.
        key: of the hashes that stand for entities.
        events: those of the version's training data, as ``events_file`` writes them; None where they are gone.

    Raises:
        UnscorableRowsError: a value can't be read; the message names its column and row.
        StorageDeniedError: the scratch directory has no room for the columns.
    """
    plan = scorer.histories
    if plan is None:
        yield None
        return
    own = _own_events(batch, read, scorer, plan, key)
    known = own.take(slice(0)) if events is None else from_parquet(events)[1]
    with BatchColumns.compute(plan, known, own) as columns:
        yield columns


def _own_events(batch: BatchRows, read: BatchPlan, scorer: Scorer, plan: HistoryPlan, key: bytes) -> EntityEvents:
    sources = [column for column in scorer.asked if column.name in plan.sources]
    names = tuple(column.name for column in sources)
    needed = replace(read, columns=names, texts=tuple(name for name in read.texts if name in names))
    parts, first_row = list[EntityEvents](), read.first_row
    for part, frame in enumerate(batch.frames(needed, 0, first_row)):
        try:
            rows = read_frame(frame, sources, key, first_row=first_row)
        except UnscorableRowsError:
            # For the faults of its other columns, too.
            read_frame(next(batch.frames(read, part, first_row)), scorer.asked, key, first_row=first_row)
            raise
        parts.append(read_events(plan, rows.columns, np.zeros(rows.count, dtype=np.uint64)))
        first_row += rows.count
    return joined_parts(parts)
