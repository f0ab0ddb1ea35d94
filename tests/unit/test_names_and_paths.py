"""Names that come from outside become no paths: of an upload, an execution, a model, a candidate."""

import errno
import os
import re
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from functions.contracts import Execution, LoadDataInput, Upload, UploadRequest
from functions.core.errors import StorageDeniedError
from functions.load_data import step
from functions.run.dependencies import LoadDataDependencies, RunFiles
from functions.run.downloads import downloaded, without_quotes
from functions.settings import RunSettings
from infra.runs.uploads import key_for
from tests.fakes import PSEUDONYM_KEY, FakeObjectStore
from tests.tables import frame

KEYS = ["../../etc/x.csv", "/etc/x.csv", "..", "a/../../x.csv", "C:\\x.csv", "x\x00.csv", "~/.ssh/x.csv", "é" * 900]
ELSEWHERE = ["", ".", "..", "../x", "a/b", "/etc/passwd", "_claims", ".hidden"]


class Watched(FakeObjectStore):
    """Remembers which files it was told to write."""

    def __init__(self) -> None:
        super().__init__()
        self.paths: list[Path] = []

    def download(self, upload: Upload, path: Path) -> None:
        self.paths.append(path)
        super().download(upload, path)


class Full(FakeObjectStore):
    """Writes to a disk that is full."""

    def download(self, _: Upload, path: Path) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))


def load(store: FakeObjectStore, key: str) -> None:
    request = store.put("uploads", key, frame(200).to_csv(index=False).encode())
    execution = Execution(arn="arn:one", name="one", started_at="2026-01-01T00:00:00Z")
    services = LoadDataDependencies(
        files=RunFiles(store=store, bucket="runs"), settings=RunSettings(), pseudonym_key=PSEUDONYM_KEY.encode()
    )
    step.run(LoadDataInput(execution=execution, upload=request), services)


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "a" / "b" / "scratch"
    folder.mkdir(parents=True)
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.mark.parametrize("key", KEYS)
def test_an_upload_of_any_key_stays_in_the_scratch_directory_and_leaves_nothing(key: str, scratch: Path) -> None:
    store = Watched()
    load(store, key)
    [path] = store.paths
    assert path.name == "upload"
    assert path.resolve().parent.parent == scratch.resolve()
    assert list(scratch.iterdir()) == []
    assert [each.name for each in scratch.parents[1].rglob("*") if each.is_file()] == []
    written = {uri for uri in store.objects if not uri.startswith("s3://uploads/")}
    assert all(uri.startswith(("s3://runs/one/", "s3://runs/_")) for uri in written)
    assert not [uri for uri in written if ".." in uri]


def test_a_full_scratch_directory_is_a_sentence(scratch: Path) -> None:
    with pytest.raises(StorageDeniedError, match=r"^s3://uploads/x\.csv .* scratch directory: No space left") as caught:
        load(Full(), "x.csv")
    assert str(scratch) not in str(caught.value)
    assert re.search(r"It has [\d,]+ MB: send less at once.*LoadDataStorage.* 10,240 MB at most\.$", str(caught.value))


def test_what_unpacks_to_more_than_the_disk_has_is_no_fault_of_the_code(scratch: Path) -> None:
    store = FakeObjectStore()
    store.put("uploads", "x.csv", b"a,b\n1,2\n")
    upload = store.find(UploadRequest(bucket="uploads", key="x.csv"))
    with (
        pytest.raises(StorageDeniedError, match=r"^s3://uploads/x\.csv .*No space left on device\. It has") as caught,
        downloaded(store, upload),
        without_quotes("x.csv"),
    ):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(scratch))
    assert str(scratch) not in str(caught.value)


def test_a_scratch_directory_that_is_gone_is_a_sentence(scratch: Path) -> None:
    scratch.rmdir()
    with pytest.raises(StorageDeniedError, match="scratch directory: No such file or directory"):
        load(FakeObjectStore(), "x.csv")


@pytest.mark.parametrize("name", ELSEWHERE)
def test_an_execution_can_not_be_named_after_a_place(name: str) -> None:
    with pytest.raises(ValidationError):
        Execution(arn="arn", name=name, started_at="2026-01-01T00:00:00Z")


@pytest.mark.parametrize("name", [*ELSEWHERE, "a'b", "a\nb", "a b"])
def test_neither_can_a_model_or_a_candidate(name: str) -> None:
    with pytest.raises(ValidationError, match="model_name"):
        RunSettings(model_name=name)
    with pytest.raises(ValidationError, match="candidates"):
        RunSettings.model_validate({"candidates": [name]})


@given(st.lists(st.sampled_from(["..", ".", "etc", "x y", "x", "é"]), min_size=1))
def test_a_file_is_uploaded_under_its_own_name_wherever_it_is(parts: list[str]) -> None:
    key = key_for(Path("/", *parts, "t.csv"))
    assert key == "t.csv"
    assert "/" not in key_for(Path(*parts))
