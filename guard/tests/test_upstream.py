"""A server starts on the sources that its patches were written for, and on no others."""

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from fraudflow_guard.upstream import Patch, UpstreamError, check, digest_of

SOURCE = "raise SystemExit('imported')\n"


@pytest.fixture
def patch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Patch:
    """A patch of a package that must not be imported to be checked."""
    package = tmp_path / "other_package"
    package.mkdir()
    (package / "__init__.py").write_text(SOURCE)
    (package / "inner.py").write_text(SOURCE)
    monkeypatch.syspath_prepend(str(tmp_path))
    digest_of.cache_clear()
    digest = hashlib.sha256(SOURCE.encode()).hexdigest()
    return Patch("other_package.inner:Thing.do", "upstream", "1.2", "It waits.", "5 ms", digest)


def test_the_source_of_a_patch_is_recognised_without_its_import(patch: Patch) -> None:
    check([patch, replace(patch, symbol="other_package:Thing")])


@pytest.mark.parametrize("change", ["another", "gone"])
def test_another_source_is_refused_in_one_sentence(patch: Patch, tmp_path: Path, change: str) -> None:
    file = tmp_path / "other_package" / "inner.py"
    if change == "gone":
        file.unlink()
    else:
        file.write_text(f"{SOURCE}# changed\n")

    with pytest.raises(UpstreamError) as refused:
        check([patch])

    assert str(refused.value) == (
        "other_package.inner is not the source of upstream 1.2 that the patch of other_package.inner:Thing.do "
        "was written for: run `make install` for the pinned packages, or see docs/decisions/0026 for others."
    )


def test_a_package_that_is_missing_has_no_source() -> None:
    assert digest_of("no_such_package_at_all.module") is None
