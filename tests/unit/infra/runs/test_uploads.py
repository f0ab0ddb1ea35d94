"""Files and folders as ``fraudflow run`` uploads them."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from moto import mock_aws

from functions.settings import SETTINGS_METADATA, RunSettings
from infra.errors import UploadError
from infra.runs import uploads
from tests.recorded import Pipeline


@pytest.fixture
def pipeline(monkeypatch: pytest.MonkeyPatch) -> Iterator[Pipeline]:
    with mock_aws():
        made = Pipeline()
        monkeypatch.setattr(uploads, "_s3", lambda _: made.s3)
        yield made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "march cards"
    (made / "below").mkdir(parents=True)
    for name in ("b.csv", "a.CSV", "_SUCCESS", "below/c.csv"):
        (made / name).write_bytes(b"a,b\n1,2\n")
    return made


def test_a_folder_becomes_its_files_and_then_a_manifest_with_the_settings(pipeline: Pipeline, folder: Path) -> None:
    told: list[int] = []
    assert uploads.check_table(folder) == 16
    accepted = uploads.upload(folder, pipeline.deployed(), RunSettings(threshold="f1"), told.append)
    assert sum(told) == 16
    keys = [each["Key"] for each in pipeline.s3.list_objects_v2(Bucket="uploads")["Contents"]]
    assert keys == ["march cards.manifest.json", "march cards.parts/a.CSV", "march cards.parts/b.csv"]
    assert accepted.key == "march cards.manifest.json"
    manifest = pipeline.s3.get_object(Bucket="uploads", Key=accepted.key, VersionId=accepted.version_id)
    assert json.loads(manifest["Body"].read()) == {"files": keys[1:]}
    assert json.loads(manifest["Metadata"][SETTINGS_METADATA])["threshold"] == "f1"


def test_a_file_that_is_too_large_for_one_request_goes_in_several(
    pipeline: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "LARGEST", 6 * 2**20)
    monkeypatch.setattr(uploads, "_PART_BYTES", 5 * 2**20)
    path = tmp_path / "large.csv"
    path.write_bytes(b"a,b\n" + b"1,2\n" * 2_000_000)
    with pytest.raises(UploadError, match="larger than 5 GiB; divide it"):
        uploads.check(path)
    assert uploads.check_table(path) == path.stat().st_size
    accepted = uploads.upload(path, pipeline.deployed(), RunSettings(), lambda _: None)
    found = pipeline.s3.head_object(Bucket="uploads", Key="large.csv", VersionId=accepted.version_id)
    assert found["ContentLength"] == path.stat().st_size
    assert found["ETag"].strip('"').endswith("-2")


def test_a_folder_without_tables_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UploadError, match=r"has no files whose names end in \.csv, \.csv\.gz or \.parquet"):
        uploads.check_table(tmp_path)
    with pytest.raises(UploadError, match="is a directory"):
        uploads.check(tmp_path)
