"""Large uploads: LoadData divides them, ReadPart reads each part, and a redriven run goes on with what is there."""

import json
from typing import Any

import pandas as pd
import pytest

from functions.contracts import (
    DividedUpload,
    Execution,
    LoadDataInput,
    LoadDataOutput,
    PartRead,
    ReadPartInput,
    Upload,
    UploadRequest,
)
from functions.core.data.pseudonyms import are_pseudonyms
from functions.core.data.tables import from_parquet
from functions.core.errors import InvalidDatasetError, InvalidSettingsError, UploadClaimedError, UploadNotFoundError
from functions.core.parts.part_reading import PartReading
from functions.core.parts.part_summary import PartSummary
from functions.core.parts.upload_parts import UploadParts
from functions.load_data import step as load_data
from functions.read_part import step as read_part
from functions.run import recording
from functions.run.dependencies import ReadPartDependencies
from functions.settings import RunSettings
from tests.fakes import PSEUDONYM_KEY
from tests.runs import World
from tests.tables import frame

SMALL = 20_000


def _execution(name: str) -> Execution:
    return Execution(arn=f"arn:{name}", name=name, started_at="2026-01-01T00:00:00Z")


def _load(
    world: World,
    request: UploadRequest,
    name: str = "one",
    **settings: Any,  # noqa: ANN401
) -> LoadDataOutput | DividedUpload:
    chosen = RunSettings.model_validate({"large_upload_bytes": SMALL, **settings})
    return load_data.run(LoadDataInput(execution=_execution(name), upload=request), world.loading(chosen))


def _divided(world: World, request: UploadRequest, name: str = "one", **settings: Any) -> DividedUpload:  # noqa: ANN401
    found = _load(world, request, name, **settings)
    assert isinstance(found, DividedUpload)
    return found


def _read(world: World, divided: DividedUpload, number: int) -> PartRead:
    event = ReadPartInput(execution=divided.execution, settings=divided.settings, parts=divided.parts, number=number)
    return read_part.run(event, ReadPartDependencies(files=world.files, pseudonym_key=PSEUDONYM_KEY.encode()))


def _tables(world: World, divided: DividedUpload) -> pd.DataFrame:
    tables = [from_parquet(world.store.read(divided.parts.table_uri(number))) for number in divided.parts.numbers]
    return pd.concat([pd.concat([table.X, table.y], axis=1) for table in tables], ignore_index=True)


def _body(rows: int = 1000) -> bytes:
    table = frame(rows)
    return table.assign(card_id=[f"card {row % 40}" for row in range(rows)]).to_csv(index=False).encode()


def test_a_large_upload_is_divided_and_its_parts_are_the_table_of_a_small_one() -> None:
    world = World()
    request = world.store.put("uploads", "march.csv", _body())
    small = _load(world, request, "whole", large_upload_bytes=10**9)
    assert isinstance(small, LoadDataOutput)
    assert small.model_dump()["parts"] is None
    expected = from_parquet(world.store.read(small.dataset.uri))
    divided = _divided(world, request)
    assert (divided.goes_on_with, divided.parts.count) == ("ReadParts", 37)
    assert divided.parts.numbers == [*range(1, 38)]
    read = [_read(world, divided, number) for number in divided.parts.numbers]
    assert (sum(part.rows for part in read), sum(part.frauds for part in read)) == (1000, expected.frauds)
    pd.testing.assert_frame_equal(_tables(world, divided), pd.concat([expected.X, expected.y], axis=1))
    assert are_pseudonyms(_tables(world, divided)["card_id"])
    summary = PartSummary.from_bytes(world.store.read(divided.parts.summary_uri(3)))
    assert (summary.statistics.rows, [*summary.keys]) == (read[2].rows, [3])
    # Neither the sample nor what was decided on it names a card.
    written = {uri: body for uri, body in world.store.objects.items() if uri.startswith("s3://runs/one/")}
    assert not any(b"card 1" in body for body in written.values())


def test_what_was_decided_and_on_what_is_in_the_documents() -> None:
    world = World()
    divided = _divided(world, world.store.put("uploads", "march.csv", _body()))
    reading = PartReading.model_validate_json(world.store.read(divided.parts.reading_uri))
    assert (reading.target.name, reading.target.labels) == ("is_fraud", {"0": 0, "1": 1})
    assert {feature.name: feature.role for feature in reading.features}["card_id"] == "entity"
    assert "The rows are read in 37 parts." in reading.source.notes
    listed = UploadParts.model_validate_json(world.store.read(divided.parts.uri))
    [file] = listed.files
    assert (file.size, listed.parts[-1].end) == (len(_body()), len(_body()))


def test_a_manifest_is_read_in_parts_however_small_its_files_are() -> None:
    world = World()
    header, *rows = _body().splitlines(keepends=True)
    for place in range(4):
        world.store.put("uploads", f"march/{place}.csv.part", header + b"".join(rows[250 * place : 250 * (place + 1)]))
    document = json.dumps({"prefix": "march/"}).encode()
    request = world.store.put("uploads", "march.manifest.json", document)
    divided = _divided(world, request, large_upload_bytes=10**9)
    assert divided.parts.count == 4
    assert [_read(world, divided, number).rows for number in divided.parts.numbers] == [250] * 4
    reading = PartReading.model_validate_json(world.store.read(divided.parts.reading_uri))
    assert "The rows are read in 4 parts of 4 files." in reading.source.notes


def test_files_of_a_manifest_that_are_not_there_are_named() -> None:
    world = World()
    request = world.store.put("uploads", "march.manifest.json", b'{"files": ["march/0.csv.part"]}')
    with pytest.raises(InvalidDatasetError, match=r"^march\.manifest\.json names 'march/0\.csv\.part', and the bucket"):
        _divided(world, request)


def test_a_file_that_is_overwritten_while_its_parts_are_read_is_told() -> None:
    world = World()
    divided = _divided(world, world.store.put("uploads", "march.csv", _body()))
    _read(world, divided, 1)
    world.store.put("uploads", "march.csv", _body(1200))
    with pytest.raises(UploadNotFoundError, match=r"^s3://uploads/march\.csv was overwritten while it was being read"):
        _read(world, divided, 2)


def test_what_is_wrong_with_a_sample_is_said_to_be_of_a_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("functions.core.parts.part_sample._MOST_BYTES", 10_000)
    world = World()
    table = frame(1000).assign(is_fraud=0)
    request = world.store.put("uploads", "march.csv", table.to_csv(index=False).encode())
    with pytest.raises(
        InvalidDatasetError,
        match=r"single value '0'.* 1\d\d of about [\d,]+ rows were looked at\. Rows are counted among these\.$",
    ):
        _divided(world, request)


def test_settings_that_do_not_fit_are_told_before_parts_are_read() -> None:
    world = World()
    request = world.store.put("uploads", "march.csv", _body())
    with pytest.raises(InvalidSettingsError, match="amount_column"):
        _divided(world, request, amount_column="amont")


def test_an_event_of_a_large_upload_that_comes_twice_starts_one_run() -> None:
    world = World()
    request = world.store.put("uploads", "march.csv", _body()).model_copy(update={"id": "event"})
    _divided(world, request)
    with pytest.raises(UploadClaimedError):
        _divided(world, request, "two")


def _redriven(world: World, failed: DividedUpload, **more: object) -> Any:  # noqa: ANN401 - one of two documents
    recording.keep_state(world.files, failed.execution, {**failed.model_dump(), **more, "error": {}})
    return _load(world, UploadRequest(bucket="uploads", key="march.csv", redrive=failed.execution.name), "again")


def test_a_redriven_run_reads_the_parts_that_are_missing_and_then_merges_them() -> None:
    world = World()
    divided = _divided(world, world.store.put("uploads", "march.csv", _body(200)), large_upload_bytes=8000)
    assert divided.parts.count > 2
    first = _read(world, divided, 1)
    again = _redriven(world, divided)
    assert (again.goes_on_with, again.execution.name, again.parts) == ("ReadParts", "again", divided.parts)
    # What is there is not read again: its file is gone.
    del world.store.objects["s3://uploads/march.csv"]
    assert _read(world, again, 1) == first
    world.store.put("uploads", "march.csv", _body(200))
    for number in again.parts.numbers:
        _read(world, again, number)
    assert _redriven(world, divided).goes_on_with == "MergeParts"


def test_a_redriven_run_whose_parts_were_merged_splits_them() -> None:
    world = World()
    request = world.store.put("uploads", "march.csv", _body())
    whole = _load(world, request, "whole", large_upload_bytes=10**9)
    assert isinstance(whole, LoadDataOutput)
    divided = _divided(world, request)
    again = _redriven(world, divided, dataset=whole.dataset.model_dump())
    assert (again.goes_on_with, again.parts) == ("SplitParts", divided.parts)


def test_a_part_of_an_upload_is_pinned_by_version() -> None:
    world = World()
    divided = _divided(world, world.store.put("uploads", "march.csv", _body()))
    [file] = UploadParts.model_validate_json(world.store.read(divided.parts.uri)).files
    found = world.store.find(UploadRequest(bucket="uploads", key="march.csv"))
    assert Upload(**file.model_dump(exclude={"layout"})) == found
