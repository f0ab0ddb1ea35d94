"""Split one part of a table by the rule of the whole, and thin out train and validation."""

from dataclasses import replace

import numpy as np
import pandas as pd

from functions.contracts import PartSplit, SplitCounts, SplitName, SplitPartInput
from functions.core.data.split_ways import SPLITS
from functions.core.parts.row_keys import RowKeys
from functions.core.training import thinning
from functions.run.dependencies import Dependencies
from functions.run.split_parts import SplitParts, rule_uri


def inputs(event: SplitPartInput) -> list[str]:
    """Return the files that this step reads, in its order."""
    return [rule_uri(event.parts), event.parts.table_uri(event.number)]


def run(event: SplitPartInput, dependencies: Dependencies) -> PartSplit:
    """Write the part's rows of each split: of test all of them, of the others those that the run's share keeps."""
    files = SplitParts(dependencies.files.store, event.parts)
    rule = files.rule()
    table = dependencies.files.read_table(event.parts.table_uri(event.number))
    places = rule.places(event.number, RowKeys.of(table, time_column=rule.choice.time_column))
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
