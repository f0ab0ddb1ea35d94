"""Many artifacts at a time, and one that may not be there."""

import threading
from pathlib import Path
from typing import Any

import pytest
from mlflow.entities import FileInfo

from functions.adapters import mlflow_artifacts
from functions.adapters.mlflow_artifacts import download, transfer


class Repository:
    """Artifacts by path; ``broken`` ones can't be read or written."""

    def __init__(self, *, broken: str = "") -> None:
        self.held: dict[str, bytes] = {}
        self.broken = broken
        self.listed = 0

    def log_artifact(self, local_file: str, artifact_path: str | None = None) -> None:
        path = f"{artifact_path}/{Path(local_file).name}" if artifact_path else Path(local_file).name
        self._refuse(path)
        self.held[path] = Path(local_file).read_bytes()

    def download_artifacts(self, path: str, folder: str) -> str:
        self._refuse(path)
        file = Path(folder, Path(path).name)
        file.write_bytes(self.held[path])
        return str(file)

    def list_artifacts(self) -> list[FileInfo]:
        self.listed += 1
        return [FileInfo(path, False, len(body)) for path, body in self.held.items()]  # noqa: FBT003 - MLflow's signature

    def _refuse(self, path: str) -> None:
        if path == self.broken:
            raise ConnectionError(f"{path} broke off")


def test_all_that_was_sent_has_arrived_under_its_path(tmp_path: Path) -> None:
    repository: Any = Repository()
    (tmp_path / "code").mkdir()
    (tmp_path / "model").write_bytes(b"m")
    (tmp_path / "code" / "core.py").write_bytes(b"c")
    with transfer() as sending:
        sending.send_folder(repository, tmp_path)
        sending.send_bytes(repository, "figures/cost.svg", b"<svg/>")
        sending.send_bytes(repository, "report.html", b"<p>")
        sending.wait()
        assert repository.held == {
            "model": b"m",
            "code/core.py": b"c",
            "figures/cost.svg": b"<svg/>",
            "report.html": b"<p>",
        }


def test_sending_does_not_wait() -> None:
    repository: Any = Repository()
    may_go_on = threading.Event()
    with transfer() as sending:
        sending.run(lambda: may_go_on.wait(10) and None)  # type: ignore[arg-type]
        sending.send_bytes(repository, "a.json", b"{}")
        may_go_on.set()
        sending.wait()
    assert repository.held == {"a.json": b"{}"}


def test_what_did_not_arrive_is_raised() -> None:
    repository: Any = Repository(broken="b.json")
    with transfer() as sending:
        for name in "abc":
            sending.send_bytes(repository, f"{name}.json", b"{}")
        with pytest.raises(ConnectionError, match=r"b\.json"):
            sending.wait()


@pytest.fixture
def shelf(monkeypatch: pytest.MonkeyPatch) -> Repository:
    repository = Repository()
    repository.held["reference.json"] = b"{}"
    monkeypatch.setattr(mlflow_artifacts, "get_artifact_repository", lambda *_, **__: repository)
    return repository


def test_what_is_there_is_read_without_being_listed(shelf: Repository) -> None:
    assert download("x", "reference.json", tracking_uri="http://mlflow") == b"{}"
    assert shelf.listed == 0


def test_what_is_not_there_is_none(shelf: Repository) -> None:
    assert download("x", "reference_sample.parquet", tracking_uri="http://mlflow") is None
    assert shelf.listed == 1


def test_what_is_there_and_can_not_be_read_is_no_none(shelf: Repository) -> None:
    shelf.broken = "reference.json"
    with pytest.raises(ConnectionError):
        download("x", "reference.json", tracking_uri="http://mlflow")
