"""Add histories to the checked data and split it; what is fitted (imputation, scaling, encoding) is the model's."""

from dataclasses import replace

import numpy as np
import pandas as pd

from functions.contracts import PreprocessDataInput, SplitCounts, Splits
from functions.core.data import splitting
from functions.core.data.splitting import SplitName
from functions.core.data.tables import LabelledTable
from functions.core.histories.events_file import to_parquet as events_to_parquet
from functions.core.histories.table_histories import with_histories
from functions.core.training import thinning
from functions.preprocess_data.parts_road import joined_splits, split_inputs
from functions.run import from_settings, thinning_plan
from functions.run.dependencies import Dependencies
from functions.run.history_events import EVENTS
from functions.settings import RunSettings


def inputs(event: PreprocessDataInput) -> list[str]:
    """Return the files that this step reads, in its order."""
    return [event.dataset.uri] if event.parts is None else split_inputs(event.parts)


def run(event: PreprocessDataInput, dependencies: Dependencies) -> Splits:
    """Split into train, validation and test, and write each; of a table in parts, each part has done so itself.

    Rows are split by what they hold in the file: histories change no split. They are of the whole table, since what
    came before a test row is known when it is scored. Of train and validation those legitimate rows are written that
    the run's share keeps, with their weights; of test all rows.
    """
    if event.parts is not None:
        return joined_splits(event, event.parts, dependencies.files)
    table = dependencies.files.read_table(event.dataset.uri)
    splits = _split(table, event.settings)
    table, events_uri = _with_histories(table, event, dependencies)
    places = {name: np.flatnonzero(splits.rows(name)) for name in splitting.SPLITS}
    labels = table.y.to_numpy()
    counts = {name: SplitCounts(rows=len(rows), frauds=int(labels[rows].sum())) for name, rows in places.items()}
    repeated = splits.duplicate_rows / len(table.y)
    columns = len(table.X.columns)
    size = thinning_plan.training_size(counts, event.settings, repeated=repeated, columns=columns)
    share = thinning.share_of(event.settings.legitimate_share, size)
    weights = thinning.row_weights(table, share=share, seed=event.settings.seed)
    uris: dict[SplitName, str] = {}
    for name, rows in places.items():
        written, stored = table, rows
        if weights is not None and name != "test":
            written, stored = replace(table, weights=pd.Series(weights, table.y.index)), rows[weights[rows] > 0]
            counts[name] = thinning_plan.kept_of(counts[name], len(stored), share=share)
        uris[name] = dependencies.files.write_table(event.execution, f"{name}.parquet", written, stored)
    return Splits(
        uris=uris,
        counts=counts,
        duplicate_rows=splits.duplicate_rows,
        explanation=splits.explanation,
        legitimate_share=share,
        thinning=thinning_plan.sentence(share, counts),
        events_uri=events_uri,
    )


def _with_histories(
    table: LabelledTable, event: PreprocessDataInput, dependencies: Dependencies
) -> tuple[LabelledTable, str | None]:
    """Return the table with its history columns, and where their events are; as it is where the run has none."""
    plan = from_settings.histories(event.settings, table.X, table.roles).plan
    if plan is None:
        return table, None
    told, events = with_histories(table, plan)
    return told, dependencies.files.write_parquet(event.execution, EVENTS, events_to_parquet(plan, events))


def _split(table: LabelledTable, settings: RunSettings) -> splitting.SplitAssignment:
    if settings.split == "time" and settings.time_column is not None:
        return splitting.split_by_time(table.X, table.y, time_column=settings.time_column, fractions=settings.fractions)
    if settings.split == "last_rows":
        return splitting.split_last_rows(table.X, table.y, seed=settings.seed, fractions=settings.fractions)
    return splitting.assign_splits(table.X, table.y, seed=settings.seed, fractions=settings.fractions)
