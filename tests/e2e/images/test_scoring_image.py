"""The scoring service's image: its steps in a root of its own, and the service asked over HTTP."""

import http.client
from pathlib import Path

import pytest

from tests.contract.composed import DOCKERFILES, SERVICES
from tests.e2e.conftest import free_port, poll

from .container import Container

# Of what the image adds to its base; the workflow has the limit of the whole.
OWN_MEGABYTES = 1_000
TOKEN = "0123456789abcdef"  # noqa: S105 - no password of anything
pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(3600)]


@pytest.fixture(scope="module")
def image(debian: Container) -> Container:
    built = Container(debian.root)
    built.build(DOCKERFILES["scoring"])
    return built


def status(port: int, path: str, **headers: str) -> int | None:
    """Return the status that the service answers with; None while it does not."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path, headers=headers)
        return connection.getresponse().status
    except OSError:
        return None
    finally:
        connection.close()


def test_the_image_of_the_scoring_service_answers_as_a_user_without_rights_and_waits_for_a_champion(
    image: Container, tmp_path: Path
) -> None:
    assert image.user == SERVICES["scoring"]["user"] != "root"
    port, nobody = free_port(), free_port()
    given = {
        "FRAUDFLOW_SCORING_PORT": str(port),
        "FRAUDFLOW_SCORING_TOKEN": TOKEN,
        "FRAUDFLOW_MLFLOW_TRACKING_URI": f"http://127.0.0.1:{nobody}",
        "FRAUDFLOW_PSEUDONYM_KEY": "0" * 64,
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    log = tmp_path / "service.log"
    with image.running(log, *image.command, **given) as process:

        def is_alive() -> bool | None:
            assert process.poll() is None, log.read_text()
            return status(port, "/healthz") == 200 or None

        poll(is_alive, seconds=120, what="an answer of the service")
        assert status(port, "/readyz") == 503
        assert status(port, "/v1/model") == 401
        # Decisions are kept where that user alone reads them.
        assert image.path("/var/lib/scoring/decisions.sqlite").stat().st_uid == 1000
        assert image.path("/var/lib/scoring").stat().st_mode & 0o077 == 0


def test_the_image_of_the_scoring_service_keeps_to_its_size(image: Container) -> None:
    folder = image.path("/opt/scoring")
    size = sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    print(f"/opt/scoring holds {size / 1e6:.0f} MB")  # noqa: T201 - what docs/deployment.md states
    assert size < OWN_MEGABYTES * 1_000_000
    assert [path for path in folder.rglob("tests") if path.is_dir()] == []
    assert not image.path("/root/.cache").exists()
