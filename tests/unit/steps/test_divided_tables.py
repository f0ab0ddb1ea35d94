"""A table in parts: merged, split and joined again it is what it would be in one file."""

import io
import json
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import pytest

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
from functions.core.errors import (
    InfiniteValuesError,
    InvalidDatasetError,
    InvalidSettingsError,
    TooFewFraudsError,
    UndecidedError,
    UnreadableRecordError,
)
from functions.core.parts.part_summary import PartSummary
from functions.core.roles.data_profile import DataProfile
from functions.core.training.thinning import thin
from functions.merge_parts import step as merge_parts
from functions.preprocess_data import step as preprocess_data
from functions.run.dependencies import Dependencies
from functions.settings import RunSettings
from functions.split_part import step as split_part
from tests.carded import HOURLY, payments
from tests.runs import Run, World
from tests.tables import frame

SPLITS: tuple[SplitName, ...] = ("train", "validation", "test")
FOLDER = "s3://runs/divided"
READING: dict[str, Any] = {
    "source": {"name": "one.csv", "delimiter": ",", "encoding": "utf-8", "compressed": False, "notes": ["Read."]},
    "target": {
        "name": "is_fraud",
        "labels": {"0": 0, "1": 1},
        "positive_label": "1",
        "explanation": "The target is told.",
    },
    "roles": [],
}


class Divided:
    """The run of a table whose parts have been read; each state's step runs when its result is first asked for."""

    def __init__(self, table: LabelledTable, ends: list[int], settings: RunSettings, run: Run, **reading: Any) -> None:  # noqa: ANN401
        self.settings, self._run = settings, run
        self.world = World()
        self.services = Dependencies(self.world.files)
        bounds = [*zip([0, *ends], [*ends, len(table.y)], strict=True)]
        self.parts = PartsToRead(uri=f"{FOLDER}/parts.json", reading_uri=f"{FOLDER}/reading.json", count=len(bounds))
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
        assert self.dataset
        return [
            split_part.run(
                SplitPartInput(execution=self._run.execution, settings=self.settings, parts=self.parts, number=number),
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
def test_parts_are_thinned_as_the_whole_splits_would_be(ends: list[int]) -> None:
    run = Run(frame(900), legitimate_share=0.25)
    parts = divided(run, ends)
    assert (parts.splits.legitimate_share, parts.splits.thinning) == (0.25, run.splits.thinning)
    assert parts.splits.counts == divided(run, [], legitimate_share=1).splits.counts
    whole = divided(run, [], legitimate_share=1)
    equal(parts.table("test"), whole.table("test"))
    for name in ("train", "validation"):
        table = whole.table(name)
        kept = thin(table.X, table.y, share=0.25, seed=run.settings.seed)
        assert kept is not None
        thinned = parts.table(name)
        assert thinned.weights is not None
        assert thinned.weights.tolist() == kept.weights.tolist()
        pd.testing.assert_frame_equal(thinned.X, table.at(kept.places).X)
        written = [part.written[name] for part in parts.split]
        assert sum(each.rows for each in written) == len(thinned.y) < len(table.y)
        assert sum(each.frauds for each in written) == table.frauds


def test_a_share_that_keeps_no_legitimate_row_is_refused() -> None:
    with pytest.raises(InvalidSettingsError, match=r"^legitimate_share = 1e-09 keeps none of \d+ legitimate rows"):
        assert divided(Run(frame(600)), [300], legitimate_share=1e-9).splits


def relabelled(run: Run, frauds: int) -> LabelledTable:
    table = loaded(run)
    y = pd.Series(np.arange(len(table.y)) < frauds, name=table.target).astype("int8")
    return replace(table, y=y)


def test_checks_of_all_rows_have_the_sentences_of_a_table_in_one_file() -> None:
    run = Run(frame(600))
    few = divided(run, [300], relabelled(run, 9))
    with pytest.raises(TooFewFraudsError, match=r"^one\.csv has 9 frauds in 600 rows \('1' in 'is_fraud' is fraud\)"):
        assert few.dataset
    many = relabelled(run, 301)
    with pytest.raises(
        UndecidedError, match=r"^More than half of the rows of one\.csv would be fraud if '1' in 'is_fr"
    ):
        assert divided(run, [300], many).dataset
    assert divided(run, [300], many, positive_label="1").dataset.frauds == 301
    table = loaded(run)
    endless = replace(table, X=table.X.assign(a=np.where(np.arange(600) == 7, np.inf, table.X["a"])))
    with pytest.raises(InfiniteValuesError, match=r"^one\.csv has infinite values in column 'a' \(1\); correct them"):
        assert divided(run, [300], endless).dataset
    constant = replace(table, X=table.X[["a"]].assign(a=1.0), kinds={"a": "numeric"}, roles={"a": "number"})
    roles = [
        {"name": "a", "role": "number", "used": True, "reason": ""},
        {"name": "is_fraud", "role": "target", "used": False, "reason": ""},
    ]
    with pytest.raises(InvalidDatasetError, match=r"^one\.csv has no column to train on: its columns are 'a' \(const"):
        assert Divided(constant, [300], run.settings, run, roles=roles).dataset


def test_frauds_without_an_amount_are_told_as_for_a_table_in_one_file() -> None:
    run = Run(frame(600))
    table = loaded(run)
    table = replace(table, X=table.X.assign(amount=table.X["amount"].abs()))
    settings = {"cost_missed_fraud_column": "amount"}
    assert divided(run, [300], table, **settings).dataset
    wrong = replace(table, X=table.X.assign(amount=-1.0))
    with pytest.raises(
        InvalidSettingsError,
        match=rf"^A missed fraud is to cost what column 'amount' says, but it is missing, negative or infinite in "
        rf"{table.frauds} of {table.frauds} frauds: correct these rows, or leave",
    ):
        assert divided(run, [300], wrong, **settings).dataset


def test_histories_are_left_out_with_a_note_or_refused_where_they_were_asked_for() -> None:
    run = Run(payments(900), histories=HOURLY)
    cards = [name for name, role in loaded(run).roles.items() if role == "entity"]
    note = next(each for each in divided(run, [300]).dataset.notes if each.startswith("No history of"))
    assert all(f"'{name}'" in note for name in cards)
    assert "read in parts" in note
    assert not any("history" in each for each in divided(run, [300], histories=None).dataset.notes)
    assert run.settings.histories is not None
    named = run.settings.histories.model_copy(update={"entities": tuple(cards[:1])})
    with pytest.raises(InvalidSettingsError, match=rf"^The settings ask for histories of '{cards[0]}', and a table"):
        assert divided(run, [300], histories=named).dataset


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
    assert io.BytesIO(parts.world.store.objects[parts.dataset.uri]).read(1) == b"{"
