"""Split the checked data; what is learnt from it (imputation, scaling, encoding) is the model's, and learnt later."""

from functions.contracts import PreprocessDataInput, SplitCounts, Splits
from functions.core.data import splitting
from functions.core.data.tables import LabelledTable, from_parquet, to_parquet
from functions.run.dependencies import Dependencies
from functions.settings import RunSettings


def inputs(event: PreprocessDataInput) -> list[str]:
    """Return the files that this step reads, in its order."""
    return [event.dataset.uri]


def run(event: PreprocessDataInput, dependencies: Dependencies) -> Splits:
    """Split into train, validation and test, and write each."""
    table = from_parquet(dependencies.files.read(event.dataset.uri))
    splits = _split(table, event.settings)
    uris: dict[str, str] = {}
    counts: dict[str, SplitCounts] = {}
    for name in splitting.SPLITS:
        part = table.take(splits.rows(name))  # one at a time: together they are the table once more
        uris[name] = dependencies.files.write_parquet(event.execution, f"{name}.parquet", to_parquet(part))
        counts[name] = SplitCounts(rows=len(part.y), frauds=part.frauds)
    return Splits(
        uris=uris,
        counts=counts,
        duplicate_rows=splits.duplicate_rows,
        explanation=splits.explanation,
    )


def _split(table: LabelledTable, settings: RunSettings) -> splitting.SplitAssignment:
    if settings.split == "time" and settings.time_column is not None:
        return splitting.split_by_time(table.X, table.y, time_column=settings.time_column, fractions=settings.fractions)
    if settings.split == "last_rows":
        return splitting.split_last_rows(table.X, table.y, seed=settings.seed, fractions=settings.fractions)
    return splitting.assign_splits(table.X, table.y, seed=settings.seed, fractions=settings.fractions)
