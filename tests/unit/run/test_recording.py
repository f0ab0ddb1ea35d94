"""A run's beginning, its upload's claim and its end: the same answer however often they are recorded."""

import pytest

from functions.contracts import Execution, Upload, UploadRequest
from functions.contracts.records import CLAIMS, Ended, Started, claim_key, ended_key, started_key
from functions.core.errors import UploadClaimedError
from functions.run import recording
from functions.run.dependencies import RunFiles
from tests.fakes import FakeObjectStore

MARCH = Upload(bucket="uploads", key="march.csv", version_id="v1", etag="e1", size=1)


def execution(name: str) -> Execution:
    return Execution(arn=f"arn:execution:{name}", name=name, started_at="2026-01-01T00:00:00Z")


@pytest.fixture
def files() -> RunFiles:
    return RunFiles(store=FakeObjectStore(), bucket="runs")


def read(files: RunFiles, key: str) -> bytes:
    return files.read(f"s3://runs/{key}")


def test_the_first_run_has_the_upload_however_often_it_asks(files: RunFiles) -> None:
    for _ in range(3):
        recording.claim(files, execution("one"), MARCH)

    with pytest.raises(UploadClaimedError, match=r"s3://uploads/march\.csv in version v1 belongs to the run one"):
        recording.claim(files, execution("two"), MARCH)
    ended = Ended.model_validate_json(read(files, ended_key("two")))
    assert (ended.outcome, ended.error) == ("duplicate", "UploadClaimedError")


@pytest.mark.parametrize(
    "other",
    [{"version_id": "v2"}, {"key": "april.csv"}, {"bucket": "elsewhere"}],
    ids=["another version", "another key", "another bucket"],
)
def test_another_upload_has_a_run_of_its_own(files: RunFiles, other: dict[str, str]) -> None:
    recording.claim(files, execution("one"), MARCH)
    recording.claim(files, execution("two"), MARCH.model_copy(update=other))


def test_where_there_are_no_versions_the_content_tells_uploads_apart() -> None:
    keys = [claim_key("uploads", "a.csv", version, etag) for version in (None, "null") for etag in ("x", '"x"', "y")]
    assert len(set(keys)) == 2
    assert claim_key("uploads", "a.csv", "v", "x") == claim_key("uploads", "a.csv", "v", "y")
    assert all(key.startswith(CLAIMS) for key in keys)


def test_the_same_data_is_recognised_and_said_but_not_of_the_run_itself(files: RunFiles) -> None:
    copy = MARCH.model_copy(update={"key": "copy.csv"})
    assert recording.same_data(files, execution("one"), MARCH, "d1") is None
    assert recording.same_data(files, execution("one"), MARCH, "d1") is None
    assert recording.same_data(files, execution("two"), copy, "d2") is None
    assert recording.same_data(files, execution("three"), copy, "d1") == (
        "The data is the same, row for row, as that of s3://uploads/march.csv (run one)."
    )


def test_a_beginning_has_all_that_it_takes_to_begin_again(files: RunFiles) -> None:
    request = UploadRequest(bucket="uploads", key="march.csv", id="event")
    recording.start(files, execution("one"), request)
    assert Started.model_validate_json(read(files, started_key("one"))).input == request
