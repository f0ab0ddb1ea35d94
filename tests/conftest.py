"""Fixtures of all suites: dummy credentials, and no sockets below the end-to-end tests."""

import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import botocore.session
import pytest
from hypothesis import settings
from pytest_socket import disable_socket, enable_socket

SOCKETLESS = {"unit", "contract", "pipeline"}
DUMMY = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
}

# No test is timed: a loaded machine is no fault. By hand, more is tried: --hypothesis-profile thorough.
settings.register_profile("fraudflow", deadline=None, max_examples=50)
settings.register_profile("thorough", deadline=None, max_examples=1_000)
settings.load_profile("fraudflow")


@pytest.fixture(autouse=True)
def _no_sockets(request: pytest.FixtureRequest) -> Iterator[None]:
    if not _is_socketless(request):
        yield
        return
    # asyncio and multiprocessing wake themselves through Unix sockets.
    disable_socket(allow_unix_socket=True)
    yield
    enable_socket()


@pytest.fixture(autouse=True)
def _aws_environment_comes_back() -> Iterator[None]:
    """Undo what a test's own clients do to the environment: all that follow would ask another server."""
    before = _aws_environment()
    yield
    for name in _aws_environment().keys() - before.keys():
        del os.environ[name]
    os.environ.update(before)


@pytest.fixture
def mlflow_comes_back() -> Iterator[None]:
    """Undo what a test's own connections tell MLflow, which keeps it in the environment and in the module."""
    import mlflow  # noqa: PLC0415 - most tests need none

    saved, uri, registry = dict(os.environ), mlflow.get_tracking_uri(), mlflow.get_registry_uri()
    yield
    mlflow.set_tracking_uri(uri)
    mlflow.set_registry_uri(registry)
    os.environ.clear()
    os.environ.update(saved)


def _is_socketless(request: pytest.FixtureRequest) -> bool:
    return Path(request.path).relative_to(Path(__file__).parent).parts[0] in SOCKETLESS


def _aws_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name.startswith("AWS_")}


@pytest.fixture(autouse=True, scope="session")
def _no_real_aws() -> Iterator[None]:
    """Keep the developer's own account out of reach of every test."""
    saved = dict(os.environ)
    for name in [name for name in os.environ if name.startswith(("AWS_", "FRAUDFLOW_"))]:
        del os.environ[name]
    os.environ.update(DUMMY)
    yield
    os.environ.clear()
    os.environ.update(saved)


@pytest.fixture(autouse=True, scope="session")
def _services_are_described_once() -> Iterator[None]:
    """Share botocore's loader, as a session for each client reads megabytes of JSON for each."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(botocore.session, "create_loader", cache(botocore.session.create_loader))
        yield
