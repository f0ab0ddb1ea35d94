"""The scratch directory: 512 MB of a Lambda function's disk, unless the template gives it more."""

import errno
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from functions.core.errors import StorageDeniedError

_FULL = {errno.ENOSPC, errno.EDQUOT}
_MEGABYTE = 2**20


def is_full(error: Exception) -> bool:
    """Return whether an error says that a disk is full."""
    return isinstance(error, OSError) and error.errno in _FULL


def why(error: OSError) -> str:
    """Return why the scratch directory can't be used; of a full one, its size and what to do, too."""
    reason = error.strerror or str(error)
    if not is_full(error):
        return f"{reason}."
    size = shutil.disk_usage(tempfile.gettempdir()).total / _MEGABYTE
    return (
        f"{reason}. It has {size:,.0f} MB: send less at once, or make room; on AWS, by the function's EphemeralStorage "
        "in infra/template.yaml, of which LoadDataStorage is the parameter where files are read, 10,240 MB at most."
    )


@contextmanager
def told_when_full() -> Iterator[None]:
    """Replace the error of a full disk by a sentence, wherever it was written to.

    Raises:
        StorageDeniedError: saying what to do.
    """
    try:
        yield
    except OSError as error:
        if not is_full(error):
            raise
        raise StorageDeniedError(f"The scratch directory can't be used: {why(error)}") from error
