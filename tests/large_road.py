"""The states of a large upload, from its bytes to its splits, on the fakes."""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from functions.contracts import (
    Dataset,
    DividedUpload,
    LoadDataInput,
    MakeHistoryInput,
    MergePartsInput,
    PreprocessDataInput,
    ReadPartInput,
    SplitPartInput,
    Splits,
)
from functions.load_data import step as load_data
from functions.make_history import step as make_history
from functions.merge_parts import step as merge_parts
from functions.preprocess_data import step as preprocess_data
from functions.read_part import step as read_part
from functions.run.dependencies import Dependencies, ReadPartDependencies
from functions.split_part import step as split_part
from tests.fakes import PSEUDONYM_KEY
from tests.runs import Run, World


@dataclass(frozen=True)
class TakenInParts:
    """What came of a table in parts."""

    world: World
    loaded: DividedUpload
    dataset: Dataset
    splits: Splits


def taken_in_parts(table: pd.DataFrame, settings: dict[str, Any], *, part_bytes: int = 5_000) -> TakenInParts:
    """Take a table through the states of the large road, up to its splits."""
    world = World()
    run = Run(table, world, **settings, large_upload_bytes=8 * part_bytes)
    request = world.store.put("uploads", "one.csv", table.to_csv(index=False).encode())
    loaded = load_data.run(LoadDataInput(execution=run.execution, upload=request), world.loading(run.settings))
    assert isinstance(loaded, DividedUpload)
    assert loaded.parts.count > 1
    services = Dependencies(world.files)
    common = {"execution": run.execution, "settings": loaded.settings, "parts": loaded.parts}
    reading = ReadPartDependencies(world.files, PSEUDONYM_KEY.encode())
    for number in loaded.parts.numbers:
        read_part.run(ReadPartInput.model_validate({**common, "number": number}), reading)
    dataset = merge_parts.run(MergePartsInput.model_validate({**common, "upload": loaded.upload}), services)
    for number in dataset.histories.numbers:
        event = MakeHistoryInput(
            execution=run.execution, parts=loaded.parts, histories=dataset.histories, number=number
        )
        make_history.run(event, services)
    for number in loaded.parts.numbers:
        one = {**common, "histories_uri": dataset.histories.uri, "number": number}
        split_part.run(SplitPartInput.model_validate(one), services)
    splitting = PreprocessDataInput.model_validate({**common, "dataset": dataset})
    return TakenInParts(world, loaded, dataset, preprocess_data.run(splitting, services))
