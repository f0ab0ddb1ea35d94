"""botocore's descriptions of the AWS services, read once for all of LocalStack.

Each of LocalStack's some sixteen sessions of botocore reads its own: the list of endpoints is 7 MB of memory in each,
EC2's description 11 MB.
"""

from functools import cache
from typing import Any

from botocore.loaders import JSONFileLoader

_read_file = JSONFileLoader.load_file


def share() -> None:
    """Let all sessions have the same descriptions: they are files of the installation, and nobody writes to them."""
    JSONFileLoader.load_file = _shared


def _shared(_: JSONFileLoader, path: str) -> Any:  # noqa: ANN401 - JSON is anything
    return _read(path)


@cache
def _read(path: str) -> Any:  # noqa: ANN401 - as above
    return _read_file(JSONFileLoader(), path)
