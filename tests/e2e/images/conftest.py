"""The Debian root that stands in for the images that ours start from: none can be pulled where these tests run."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.contract.monitoring import ROOT

from .container import CERTIFICATES, Container

# The Runtime API of the executor on LocalStack, which needs no LocalStack.
sys.path.insert(0, str(ROOT / "localstack"))
SUITE = "trixie"  # the first with Python 3.13
PACKAGES = "ca-certificates,python3,python3-pip,python3-venv"


@pytest.fixture(scope="package")
def debian(tmp_path_factory: pytest.TempPathFactory) -> Container:
    """Return the root that all Dockerfiles' steps are carried out in."""
    return make_root(tmp_path_factory)


@pytest.fixture(scope="session")
def untouched_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a root in which nothing was carried out."""
    return make_root(tmp_path_factory).root


def make_root(tmp_path_factory: pytest.TempPathFactory) -> Container:
    """Make a root, with this machine's name servers and certificates."""
    for name in ("debootstrap", "unshare"):
        if shutil.which(name) is None:
            pytest.skip(f"{name} is not on PATH: install Debian's package debootstrap.")
    if os.geteuid() != 0:
        pytest.skip("debootstrap needs root.")
    root = tmp_path_factory.mktemp("images") / "root"
    made = subprocess.run(
        ["debootstrap", "--variant=minbase", f"--include={PACKAGES}", SUITE, str(root)],
        check=False,
        capture_output=True,
        text=True,
    )
    assert made.returncode == 0, made.stdout[-3000:]
    for path in (Path("/etc/resolv.conf"), Path("/etc/hosts"), CERTIFICATES):
        shutil.copy(path, root / str(path).lstrip("/"))
    (root / "tmp").chmod(0o1777)
    for parent in root.parents:
        if parent.stat().st_uid == 0 and parent != Path("/tmp"):  # noqa: S108 - others' way to the root
            parent.chmod(parent.stat().st_mode | 0o011)
    return Container(root)
