"""Split one part of a table by the rule of the whole, and thin out train and validation."""

from dataclasses import replace

import numpy as np
import pandas as pd

from functions.contracts import PartSplit, SplitCounts, SplitName, SplitPartInput
from functions.core.data.split_ways import SPLITS
from functions.core.data.tables import LabelledTable
from functions.core.histories.table_histories import with_columns
from functions.core.parts.row_keys import RowKeys
from functions.core.training import thinning
from functions.run.dependencies import Dependencies
from functions.run.part_histories import PartHistories
from functions.run.split_parts import SplitParts, rule_uri


def inputs(event: SplitPartInput) -> list[str]:
    """Return the files that this step reads, in its order."""
    return [rule_uri(event.parts), event.parts.table_uri(event.number)]


def run(event: SplitPartInput, dependencies: Dependencies) -> PartSplit:
    """Write the part's rows of each split: of test all of them, of the others those that the run's share keeps."""
    files = SplitParts(dependencies.files.store, event.parts)
    rule = files.rule()
    table = dependencies.files.read_table(event.parts.table_uri(event.number))
    # By what the file holds: histories change no split.
    places = rule.places(event.number, RowKeys.of(table, time_column=rule.choice.time_column))
    table = _with_histories(table, event, dependencies)
    weights = thinning.row_weights(table, share=rule.legitimate_share, seed=event.settings.seed)
    labels = table.y.to_numpy()
    counts: dict[SplitName, SplitCounts] = {}
    for place, name in enumerate(SPLITS):
        rows = np.flatnonzero(places == place)
        counts[name] = SplitCounts(rows=len(rows), frauds=int(labels[rows].sum()))
        written = table
        if weights is not None and name != "test":
            written, rows = replace(table, weights=pd.Series(weights, table.y.index)), rows[weights[rows] > 0]
            counts[name] = counts[name].model_copy(update={"kept": len(rows)})
        files.write_table(name, event.number, written, rows)
    split = PartSplit(number=event.number, counts=counts)
    files.write_counts(split)
    return split


def _with_histories(table: LabelledTable, event: SplitPartInput, dependencies: Dependencies) -> LabelledTable:
    """Return the part with its history columns; as it is where the table has none."""
    if event.histories_uri is None:
        return table
    files = PartHistories(dependencies.files.store, event.parts)
    divided = files.read_plan()
    return with_columns(table, files.usual_plan(divided), files.columns_of(event.number, len(table.y), divided))
