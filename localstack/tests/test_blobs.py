"""Blobs are readable as long as they are named, and their names are ours alone."""

import os
import re
from pathlib import Path

import pytest

from fraudflow_localstack.durable_s3.blobs import BlobGoneError, Blobs


def test_a_blob_is_kept_readable_swept_and_never_found_under_a_name_that_was_removed(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path / "blobs")
    name, descriptor = blobs.create()
    with open(descriptor, "wb") as file:  # noqa: PTH123 - a descriptor has no path
        file.write(b"data")
        file.flush()
        blobs.keep(descriptor)
    leftover, descriptor = blobs.create()
    with open(descriptor, "wb"):  # noqa: PTH123
        pass

    assert blobs.sweep({name}) == 1
    assert blobs.size(leftover) is None
    with blobs.open(name) as reader:
        blobs.remove(name)
        assert reader.read() == b"data"
    with pytest.raises(BlobGoneError):
        blobs.open(name)
    blobs.remove(name)


def test_a_blobs_name_is_ours_alone(tmp_path: Path) -> None:
    """What an object's key says can't lead out of the folder: nobody is asked for a name."""
    blobs = Blobs(tmp_path / "blobs")
    names = set()
    for _ in range(20):
        name, descriptor = blobs.create()
        os.close(descriptor)
        names.add(name)
    assert len(names) == 20
    assert all(re.fullmatch(r"[0-9a-f]{32}", name) for name in names)
    assert {path.name for path in (tmp_path / "blobs").iterdir()} == names
    assert [path.name for path in tmp_path.iterdir()] == ["blobs"]
