"""LocalStack's index of all AWS services, kept with the installation.

LocalStack finds it in its container images, or builds it: three processor seconds and 350 MB at each start of a stack
whose directories are its own. ``python -m fraudflow_localstack.catalog`` builds it once.
"""

import subprocess
import sys
from pathlib import Path

from localstack import config
from localstack.aws import spec

# Its name tells the versions of LocalStack and botocore apart.
PATH = Path(sys.prefix, "share", "localstack", spec._get_catalog_filename())  # noqa: SLF001 - LocalStack looks for it


def build() -> None:
    """Build the index, unless it is there."""
    if not PATH.exists():
        PATH.parent.mkdir(parents=True, exist_ok=True)
        unfinished = PATH.with_suffix(".unfinished")
        spec.build_service_index_cache(str(unfinished))
        unfinished.replace(PATH)


def use() -> None:
    """Make this LocalStack find the index; one that is missing is built by a process that takes its memory along."""
    if not PATH.exists():
        subprocess.run([sys.executable, "-m", __name__], check=False)  # noqa: S603 - ourselves
    config.dirs.static_libs = str(PATH.parent)


if __name__ == "__main__":
    build()
