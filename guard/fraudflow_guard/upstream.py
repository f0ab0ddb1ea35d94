"""Sources of other packages that ours patch, and the check that they are those that the patches were written for.

A patch replaces, or reaches into, what its package promises nobody. So each is declared, with a digest of the file that
it rests on, and a server does not start on another file: it would start, and go wrong later.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path


class UpstreamError(Exception):
    """Raised when a source is not the one that a patch was written for; the message is one sentence."""


@dataclass(frozen=True)
class Patch:
    """A declared reach into another package.

    Args:
        symbol: what is replaced, extended or read, as ``module:qualified.name``.
        package: the distribution that it comes from.
        version: the version that the patch was written for.
        why: what is wrong or missing without it.
        gain: what it buys, measured where that can be.
        digest: SHA-256 of the file that defines the symbol.
    """

    symbol: str
    package: str
    version: str
    why: str
    gain: str
    digest: str

    @property
    def module(self) -> str:
        """The module that defines the symbol."""
        return self.symbol.partition(":")[0]


def check(patches: Iterable[Patch]) -> None:
    """Check the sources of all patches, without importing them.

    Raises:
        UpstreamError: when a file is missing, or another than the one that a patch was written for.
    """
    for patch in patches:
        if digest_of(patch.module) != patch.digest:
            raise UpstreamError(
                f"{patch.module} is not the source of {patch.package} {patch.version} that the patch of {patch.symbol} "
                "was written for: run `make install` for the pinned packages, or see docs/decisions/0026 for others."
            )


@cache
def digest_of(module: str) -> str | None:
    """Return the SHA-256 of a module's file, or None when there is no such file; only its package is looked up."""
    top, *below = module.split(".")
    spec = find_spec(top)
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        path = Path(folder, *below)
        for file in (path.with_suffix(".py"), path / "__init__.py"):
            if file.is_file():
                return hashlib.sha256(file.read_bytes()).hexdigest()
    return None
