"""The states of a table in parts, on the fakes, from parts that have been read."""

import json
from functools import cached_property
from typing import Any

import pandas as pd

from functions.contracts import (
    Dataset,
    MergePartsInput,
    PartSplit,
    PartsToRead,
    PreprocessDataInput,
    SplitName,
    SplitPartInput,
    Splits,
)
from functions.core.data.tables import LabelledTable, from_parquet, to_parquet
from functions.core.parts.part_summary import PartSummary
from functions.core.roles.data_profile import DataProfile
from functions.merge_parts import step as merge_parts
from functions.preprocess_data import step as preprocess_data
from functions.run.dependencies import Dependencies
from functions.settings import RunSettings
from functions.split_part import step as split_part
from tests.runs import Run, World

SPLITS: tuple[SplitName, ...] = ("train", "validation", "test")
FOLDER = "s3://runs/divided"
READING: dict[str, Any] = {
    "source": {
        "name": "one.csv",
        "format": "csv",
        "delimiter": ",",
        "encoding": "utf-8",
        "compressed": False,
        "decimal": ".",
        "header": ["is_fraud"],
        "notes": ["Read."],
    },
    "sample": {"rows": 1, "of_about": 1, "whole": True},
    "target": {
        "name": "is_fraud",
        "format": {"kind": "numeric"},
        "raw": "number",
        "drop_unlabelled": False,
        "labels": {"0": 0, "1": 1},
        "positive_label": "1",
        "explanation": "The target is told.",
    },
    "features": [],
    "roles": [],
    "left_out": {},
}


class Divided:
    """The run of a table whose parts have been read; each state's step runs when its result is first asked for."""

    def __init__(self, table: LabelledTable, ends: list[int], settings: RunSettings, run: Run, **reading: Any) -> None:  # noqa: ANN401
        self.settings, self._run = settings, run
        self.world = World()
        self.services = Dependencies(self.world.files)
        bounds = [*zip([0, *ends], [*ends, len(table.y)], strict=True)]
        named = {"uri": f"{FOLDER}/parts.json", "reading_uri": f"{FOLDER}/reading.json", "count": len(bounds)}
        self.parts = PartsToRead.model_validate(named)
        objects = self.world.store.objects
        objects[self.parts.reading_uri] = json.dumps({**READING, **reading}).encode()
        by_time = settings.time_column if settings.split == "time" else None
        for number, (start, end) in enumerate(bounds, 1):
            part = table.part(start, end)
            objects[self.parts.table_uri(number)] = to_parquet(part)
            objects[self.parts.summary_uri(number)] = PartSummary.of(part, number, time_column=by_time).to_bytes()

    @cached_property
    def dataset(self) -> Dataset:
        event = MergePartsInput(
            execution=self._run.execution, upload=self._run.loaded.upload, settings=self.settings, parts=self.parts
        )
        return merge_parts.run(event, self.services)

    @cached_property
    def split(self) -> list[PartSplit]:
        return [
            split_part.run(
                SplitPartInput(
                    execution=self._run.execution,
                    settings=self.settings,
                    parts=self.parts,
                    histories_uri=self.dataset.histories.uri,
                    number=number,
                ),
                self.services,
            )
            for number in range(1, self.parts.count + 1)
        ]

    @cached_property
    def splits(self) -> Splits:
        assert self.split
        event = PreprocessDataInput(
            execution=self._run.execution, settings=self.settings, dataset=self.dataset, parts=self.parts
        )
        return preprocess_data.run(event, self.services)

    @property
    def profile(self) -> DataProfile:
        return DataProfile.model_validate(self.world.files.read_json(self.dataset.profile_uri))

    def table(self, name: SplitName) -> LabelledTable:
        return self.world.files.read_table(self.splits.uris[name])


def loaded(run: Run) -> LabelledTable:
    assert run.loaded
    return from_parquet(run.read("dataset.parquet"))


def divided(run: Run, ends: list[int], table: LabelledTable | None = None, **changed: Any) -> Divided:  # noqa: ANN401
    return Divided(loaded(run) if table is None else table, ends, run.settings.model_copy(update=changed), run)


def equal(one: LabelledTable, other: LabelledTable) -> None:
    pd.testing.assert_frame_equal(one.X, other.X)
    pd.testing.assert_series_equal(one.y, other.y)
    assert one.kinds == other.kinds
    assert (one.weights is None) == (other.weights is None)
    if one.weights is not None and other.weights is not None:
        assert one.weights.tolist() == other.weights.tolist()
