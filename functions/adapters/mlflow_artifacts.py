"""Parallel transfer of artifacts: each is a request to MLflow and one of MLflow's to S3."""

import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from mlflow.store.artifact.artifact_repo import ArtifactRepository
from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

# MLflow's server takes ten requests at a time, and has other clients.
_AT_ONCE = 3


class Transfer:
    """Background uploads to MLflow: threads wait for the responses while the caller computes."""

    def __init__(self, pool: ThreadPoolExecutor, scratch: Path) -> None:
        self._pool = pool
        self._scratch = scratch
        self._started: list[Future[None]] = []

    def run(self, work: Callable[[], None]) -> None:
        """Run a function in the background, concurrently with the artifacts."""
        self._started.append(self._pool.submit(work))

    def send(self, repository: ArtifactRepository, file: Path, path: str) -> None:
        """Upload a file in the background; its name is the last part of ``path``."""
        folder = path.rpartition("/")[0]
        self.run(lambda: repository.log_artifact(str(file), folder or None))

    def send_bytes(self, repository: ArtifactRepository, path: str, body: bytes) -> None:
        """Upload bytes in the background, by way of a temporary file."""
        file = self._scratch / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(body)
        self.send(repository, file, path)

    def send_folder(self, repository: ArtifactRepository, folder: Path) -> None:
        """Upload all files of a folder in the background."""
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                self.send(repository, file, file.relative_to(folder).as_posix())

    def wait(self) -> None:
        """Wait until all uploads are done; raise the first error."""
        for future in self._started:
            future.result()


@contextmanager
def transfer() -> Iterator[Transfer]:
    """Open a transfer; the end of the block waits for its uploads, then removes its files and threads."""
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(_AT_ONCE) as pool:
        yield Transfer(pool, Path(folder))


def download(location: str, path: str, *, tracking_uri: str) -> bytes | None:
    """Read the artifact at ``path`` below a location; None when it is not there.

    Its existence is checked only after a failed read, as most artifacts exist.
    """
    repository = get_artifact_repository(location, tracking_uri=tracking_uri)
    with tempfile.TemporaryDirectory() as folder:
        try:
            return Path(repository.download_artifacts(path, folder)).read_bytes()
        except Exception:
            if path in {item.path for item in repository.list_artifacts()}:
                raise
            return None
