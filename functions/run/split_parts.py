"""The files of a table that is split part by part, beside its parts: the rule, and of each part its splits.

``split_rule.npz`` is the rule. ``train/00001.parquet``, ``validation/00001.parquet`` and ``test/00001.parquet`` are the
splits of the first part, ``split/00001.json`` their counts. They are in the folder of the run that divided the upload,
so that a redriven run finds them.
"""

import numpy as np
from numpy.typing import NDArray

from functions.contracts.datasets import SplitName
from functions.contracts.divided_tables import PartSplit
from functions.contracts.divided_uploads import PartsToRead
from functions.core.data.tables import LabelledTable, write_table
from functions.core.parts.split_rule import SplitChoice, SplitRule
from functions.ports import ObjectStore
from functions.settings import RunSettings


def split_choice(settings: RunSettings) -> SplitChoice:
    """Return how the settings split a table."""
    by_time = settings.split == "time"
    return SplitChoice(settings.split, settings.seed, settings.fractions, settings.time_column if by_time else None)


def rule_uri(parts: PartsToRead) -> str:
    """Return where the rule of a table's split is."""
    return f"{_folder(parts)}/split_rule.npz"


def count_uris(parts: PartsToRead) -> list[str]:
    """Return where the counts of its parts are."""
    return [_count_uri(parts, number) for number in range(1, parts.count + 1)]


class SplitParts:
    """The files of the splits of a table in parts."""

    def __init__(self, store: ObjectStore, parts: PartsToRead) -> None:
        """Read nothing yet.

        Args:
            store: where they are.
            parts: of the table.
        """
        self._store = store
        self._parts = parts

    def write_rule(self, rule: SplitRule) -> None:
        """Start writing the rule."""
        self._store.write_in_background(rule_uri(self._parts), rule.to_bytes(), "application/octet-stream")

    def rule(self) -> SplitRule:
        """Read the rule."""
        return SplitRule.from_bytes(self._store.read(rule_uri(self._parts)))

    def table_uri(self, split: SplitName, number: int) -> str:
        """Return where the rows of a part are that are in a split."""
        return f"{_folder(self._parts)}/{split}/{number:05}.parquet"

    def write_table(self, split: SplitName, number: int, table: LabelledTable, rows: NDArray[np.intp]) -> None:
        """Start writing the rows of a part that are in a split, by their places."""
        with self._store.writing(self.table_uri(split, number), "application/vnd.apache.parquet") as sink:
            write_table(table, sink, rows)

    def write_counts(self, split: PartSplit) -> None:
        """Start writing the counts of a part."""
        body = split.model_dump_json(indent=1).encode()
        self._store.write_in_background(_count_uri(self._parts, split.number), body, "application/json")

    def counts(self) -> list[PartSplit]:
        """Read the counts of all parts, in their order."""
        return [PartSplit.model_validate_json(self._store.read(uri)) for uri in count_uris(self._parts)]


def _count_uri(parts: PartsToRead, number: int) -> str:
    return f"{_folder(parts)}/split/{number:05}.json"


def _folder(parts: PartsToRead) -> str:
    return parts.uri.rpartition("/")[0]
