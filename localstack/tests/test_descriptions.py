"""All sessions of botocore share one reading of what it ships."""

from collections.abc import Iterator

import botocore.session
import pytest
from botocore.loaders import JSONFileLoader

from fraudflow_localstack import descriptions


@pytest.fixture
def _shared() -> Iterator[None]:
    before = JSONFileLoader.load_file
    descriptions.share()
    yield
    JSONFileLoader.load_file = before


def loaded(name: str) -> object:
    return botocore.session.Session().get_component("data_loader").load_data(name)


@pytest.mark.usefixtures("_shared")
def test_sessions_have_the_same_descriptions() -> None:
    assert loaded("endpoints") is loaded("endpoints")


@pytest.mark.usefixtures("_shared")
def test_they_are_what_botocore_reads() -> None:
    model = botocore.session.Session().get_service_model("s3").metadata
    shared = loaded("endpoints")
    JSONFileLoader.load_file = descriptions._read_file  # noqa: SLF001 - botocore's own
    assert loaded("endpoints") is not loaded("endpoints")
    assert shared == loaded("endpoints")
    assert model == botocore.session.Session().get_service_model("s3").metadata


@pytest.mark.usefixtures("_shared")
def test_what_is_not_there_is_not_found() -> None:
    with pytest.raises(Exception, match="Unable to load data for: no-such-file"):
        loaded("no-such-file")
