"""LocalStack's index of all AWS services, kept with the installation.

LocalStack finds it in its container images, or builds it: three processor seconds and 350 MB at each start of a stack
that has directories of its own.
``python -m fraudflow_localstack.patches.service_catalog`` builds it once.

The index is a pickle (by dill), which LocalStack loads. It lies in the installation, where whoever may write
could change the code itself.
"""

import subprocess
import sys
from pathlib import Path

from localstack import config
from localstack.aws import spec

# Its name tells the versions of LocalStack and botocore apart.
PATH = Path(sys.prefix, "share", "localstack", spec._get_catalog_filename())


def build() -> None:
    """Build the index, unless it is there."""
    if not PATH.exists():
        PATH.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        unfinished = PATH.with_suffix(".unfinished")
        spec.build_service_index_cache(str(unfinished))
        unfinished.chmod(0o644)
        unfinished.replace(PATH)


def use() -> None:
    """Point LocalStack to the index; a missing one is built in a process of its own, for the memory that it takes."""
    if not PATH.exists():
        subprocess.run([sys.executable, "-m", __name__], check=False)  # noqa: S603 - ourselves
    config.dirs.static_libs = str(PATH.parent)


if __name__ == "__main__":
    build()
