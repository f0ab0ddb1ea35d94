"""The one pickle that LocalStack loads lies in its installation, where only the owner may change it."""

import stat
import subprocess
from pathlib import Path

VENV = Path(__file__).parents[1] / ".venv"
PROGRAM = """
from fraudflow_localstack.patches import service_catalog
service_catalog.build()
service_catalog.use()
from localstack import config
print(service_catalog.PATH)
print(config.dirs.static_libs)
"""


def test_the_index_lies_in_the_installation_and_only_its_owner_may_change_it() -> None:
    done = subprocess.run([VENV / "bin" / "python", "-c", PROGRAM], capture_output=True, text=True, check=True)
    path, folder = map(Path, done.stdout.split())
    assert path.parent == folder
    assert path.is_relative_to(VENV)
    for each in (path, folder):
        assert each.stat().st_mode & (stat.S_IWGRP | stat.S_IWOTH) == 0
        assert each.stat().st_uid == VENV.stat().st_uid
