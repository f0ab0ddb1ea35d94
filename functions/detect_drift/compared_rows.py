"""The rows of a run's data that drift is looked for in: all of them, or a sample of those that are in files."""

from dataclasses import dataclass

from functions.core.data.frames import Frame
from functions.core.data.sampled_rows import rows_in_memory
from functions.core.data.tables import LabelledTable


@dataclass(frozen=True)
class ComparedRows:
    """Rows in memory, and a note on which they are where they are a sample."""

    table: LabelledTable
    note: str | None = None

    @classmethod
    def of(cls, data: LabelledTable[Frame], *, seed: int) -> "ComparedRows":
        """Return the rows of a table, or a sample of them."""
        table, rows = rows_in_memory(data, seed=seed), len(data.y)
        if len(table.y) == rows:
            return cls(table)
        many = f"{len(table.y):,} of the {rows:,} new rows"
        return cls(table, f"Columns were compared by {many}, drawn at random; labels by all of them.")
