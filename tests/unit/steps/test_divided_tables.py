"""A table in parts: merged, split and joined again it is what it would be in one file."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from functions.contracts import (
    MergePartsInput,
    PreprocessDataInput,
    SplitPartInput,
)
from functions.core.data.tables import from_parquet, to_parquet
from functions.core.errors import (
    InvalidSettingsError,
    UnreadableRecordError,
)
from functions.core.roles.data_profile import DataProfile
from functions.core.training import thinning
from functions.core.training.thinning import thinned
from functions.merge_parts import step as merge_parts
from functions.preprocess_data import step as preprocess_data
from functions.split_part import step as split_part
from tests.divided import FOLDER, SPLITS, divided, equal, loaded
from tests.runs import Run
from tests.tables import frame


def repeating(rows: int) -> pd.DataFrame:
    """Make rows of which some repeat, and come in the order of a clock."""
    table = frame(rows)
    table = pd.concat([table, table.head(rows // 5)], ignore_index=True)
    return table.assign(at=np.arange(len(table)) // 3 + 1.5)[["at", *frame(1).columns]]


@pytest.mark.parametrize("split", ["stratified", "time", "last_rows"])
@pytest.mark.parametrize("ends", [[], [1, 1, 400, 599, 700]])
def test_splits_of_parts_are_those_of_the_whole_table(split: str, ends: list[int]) -> None:
    run = Run(repeating(600), split=split, time_column="at" if split == "time" else None)
    parts = divided(run, ends)
    splits = parts.splits
    assert splits.counts == run.splits.counts
    assert (splits.duplicate_rows, splits.explanation) == (run.splits.duplicate_rows, run.splits.explanation)
    assert (splits.legitimate_share, splits.thinning, splits.events_uri) == (1, None, None)
    for name in SPLITS:
        assert splits.uris[name] == f"s3://runs/one/{name}.parts.json"
        equal(parts.table(name), from_parquet(run.read(f"{name}.parquet")))


def test_the_data_set_and_its_profile_are_those_of_the_whole_table() -> None:
    run = Run(repeating(600))
    parts, whole = divided(run, [100, 500]), run.loaded.dataset
    dataset = parts.dataset
    assert (dataset.rows, dataset.frauds, dataset.features) == (whole.rows, whole.frauds, whole.features)
    assert (dataset.duplicate_rows, dataset.target) == (whole.duplicate_rows, whole.target)
    assert (dataset.positive_label, dataset.target_explanation) == ("1", "The target is told.")
    assert dataset.notes == ["Read."]
    equal(parts.world.files.read_table(dataset.uri), loaded(run))
    expected = DataProfile.model_validate(run.world.files.read_json(whole.profile_uri))
    assert parts.profile.notes == ("Read.",)
    for name, column in parts.profile.columns.items():
        other = expected.columns[name].model_dump()
        found = column.model_dump()
        for key, value in found.items():
            assert value == (pytest.approx(other[key], rel=1e-12) if key in {"mean", "std"} else other[key]), key
    same = {"rows", "frauds", "fraud_rate", "duplicate_rows", "features", "target", "labels", "positive_label"}
    assert parts.profile.model_dump(include=same) == expected.model_dump(include=same)


def test_the_digest_is_of_the_rows_however_they_are_divided_and_tells_of_an_earlier_run() -> None:
    run = Run(frame(600))
    one, other = divided(run, [10, 400]), divided(run, [])
    assert one.dataset.digest == other.dataset.digest
    changed = loaded(run)
    changed = replace(changed, X=changed.X.assign(a=changed.X["a"] + 1e-9))
    assert divided(run, [10], changed).dataset.digest != one.dataset.digest
    later = divided(Run(frame(600), name="later"), [300])
    records = {uri: body for uri, body in one.world.store.objects.items() if uri.startswith("s3://runs/_")}
    later.world.store.objects.update(records)
    assert "The data is the same, row for row, as that of s3://uploads/one.csv (run one)." in later.dataset.notes


@pytest.mark.parametrize("ends", [[], [50, 480]])
def test_parts_are_thinned_as_the_whole_is(ends: list[int]) -> None:
    run = Run(frame(900), legitimate_share=0.25)
    parts = divided(run, ends)
    assert (parts.splits.legitimate_share, parts.splits.thinning) == (0.25, run.splits.thinning)
    assert parts.splits.counts == run.splits.counts
    for name in SPLITS:
        equal(parts.table(name), from_parquet(run.read(f"{name}.parquet")))
    whole = divided(run, [], legitimate_share=1).table("train")
    equal(parts.table("train"), thinned(whole, share=0.25, seed=run.settings.seed))


def test_auto_goes_by_what_the_whole_table_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(thinning, "LEAST_KEPT", 100)
    monkeypatch.setattr(thinning, "LEAST_PER_FRAUD", 0)
    run = Run(frame(900))
    assert run.splits.legitimate_share < 1
    assert divided(run, [50, 480]).splits.legitimate_share == run.splits.legitimate_share


def test_a_share_that_keeps_no_legitimate_row_is_refused() -> None:
    with pytest.raises(InvalidSettingsError, match=r"^legitimate_share = 1e-09 keeps none of \d+ legitimate rows"):
        assert divided(Run(frame(600)), [300], legitimate_share=1e-9).splits


def test_parts_that_do_not_belong_together_are_refused() -> None:
    run = Run(frame(600))
    swapped = divided(run, [300])
    objects, parts = swapped.world.store.objects, swapped.parts
    objects[parts.summary_uri(1)] = objects[parts.summary_uri(2)]
    with pytest.raises(UnreadableRecordError, match=r"00001\.summary is no summary of part 1"):
        assert swapped.dataset
    lost = divided(run, [300])
    assert lost.dataset
    lost.world.store.objects[parts.table_uri(2)] = to_parquet(loaded(run).part(300, 500))
    with pytest.raises(UnreadableRecordError, match="split into other numbers of rows than the whole"):
        assert lost.splits


def test_the_steps_ask_ahead_for_what_they_read_first() -> None:
    run = Run(frame(600))
    parts = divided(run, [300])
    event = SplitPartInput(execution=run.execution, settings=run.settings, parts=parts.parts, number=2)
    assert split_part.inputs(event) == [f"{FOLDER}/split_rule.npz", f"{FOLDER}/parts/00002.parquet"]
    merging = MergePartsInput(
        execution=run.execution, upload=run.loaded.upload, settings=run.settings, parts=parts.parts
    )
    assert merge_parts.inputs(merging) == [f"{FOLDER}/reading.json", f"{FOLDER}/parts/00001.summary"]
    splitting = PreprocessDataInput(
        execution=run.execution, settings=run.settings, dataset=parts.dataset, parts=parts.parts
    )
    assert preprocess_data.inputs(splitting) == [
        f"{FOLDER}/split_rule.npz",
        f"{FOLDER}/split/00001.json",
        f"{FOLDER}/split/00002.json",
    ]
    small = splitting.model_copy(update={"parts": None})
    assert preprocess_data.inputs(small) == [parts.dataset.uri]
