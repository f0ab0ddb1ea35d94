"""Split one part of a table by the rule of the whole, and thin out what is trained on."""

from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from functions.contracts import PartSplit, SplitCounts, SplitName, SplitPartInput
from functions.core.data.split_ways import SPLITS
from functions.core.data.tables import LabelledTable
from functions.core.parts.row_keys import RowKeys
from functions.core.training.thinning import thin
from functions.run.dependencies import Dependencies
from functions.run.split_parts import SplitParts, rule_uri


def inputs(event: SplitPartInput) -> list[str]:
    """Return the files that this step reads, in its order."""
    return [rule_uri(event.parts), event.parts.table_uri(event.number)]


def run(event: SplitPartInput, dependencies: Dependencies) -> PartSplit:
    """Write the part's rows of each split: of test all of them, of the others as many as are trained on."""
    files = SplitParts(dependencies.files.store, event.parts)
    rule = files.rule()
    table = dependencies.files.read_table(event.parts.table_uri(event.number))
    places = rule.places(event.number, RowKeys.of(table, time_column=rule.choice.time_column))
    counts: dict[SplitName, SplitCounts] = {}
    written: dict[SplitName, SplitCounts] = {}
    for place, name in enumerate(SPLITS):
        rows = np.flatnonzero(places == place)
        counts[name] = _counts(table, rows)
        written[name] = counts[name]
        if name == "test" or rule.legitimate_share >= 1:
            files.write_table(name, event.number, table, rows)
            continue
        kept = _thinned(table.at(rows), share=rule.legitimate_share, seed=event.settings.seed)
        files.write_table(name, event.number, kept)
        written[name] = SplitCounts(rows=len(kept.y), frauds=kept.frauds)
    split = PartSplit(number=event.number, counts=counts, written=written)
    files.write_counts(split)
    return split


def _counts(table: LabelledTable, rows: NDArray[np.intp]) -> SplitCounts:
    return SplitCounts(rows=len(rows), frauds=int(table.y.to_numpy()[rows].sum()))


def _thinned(table: LabelledTable, *, share: float, seed: int) -> LabelledTable:
    kept = thin(table.X, table.y, share=share, seed=seed)
    return table if kept is None else replace(table.at(kept.places), weights=pd.Series(kept.weights))
