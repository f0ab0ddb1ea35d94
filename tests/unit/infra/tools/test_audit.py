"""An audit that was not made is never taken for one that found nothing."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from infra.tools import audit
from infra.tools.audit import AuditError, judge, main, read_exceptions, vulnerabilities

CLEAN = {"name": "numpy", "version": "2.0", "vulns": []}
BAD = {
    "name": "urllib3",
    "version": "1.0",
    "vulns": [{"id": "PYSEC-1", "aliases": ["GHSA-1", "CVE-1"], "fix_versions": ["1.1", "2.0"]}],
}
SKIPPED = {"name": "x", "skip_reason": "Dependency not found on PyPI and could not be audited: x (1.0)"}


def report(*packages: object) -> dict[str, Any]:
    return {"dependencies": list(packages), "fixes": []}


def program(folder: Path, stdout: str, stderr: str) -> str:
    """Make a pip-audit that always says the same."""
    path = folder / "pip-audit"
    said = f"import sys; sys.stdout.write({stdout!r}); sys.stderr.write({stderr!r})"
    path.write_text(f"#!{sys.executable}\n{said}\n")
    path.chmod(0o700)
    return str(path)


def test_a_vulnerability_is_told_with_its_fix() -> None:
    found = list(vulnerabilities(report(CLEAN, BAD)))
    assert judge(found, {}) == ["urllib3 1.0 has PYSEC-1, which is fixed in 1.1, 2.0."]
    assert judge([*found, *found], {}) == judge(found, {})


@pytest.mark.parametrize("name", ["PYSEC-1", "GHSA-1", "CVE-1"])
def test_one_that_is_accepted_under_any_of_its_names_is_not(name: str) -> None:
    assert judge(list(vulnerabilities(report(BAD))), {name: "why"}) == []


def test_an_exception_that_is_needed_no_more_is_told() -> None:
    assert judge([], {"GHSA-1": "why"}) == ["GHSA-1 is in audit-exceptions.txt, but of no package: remove it."]


def test_an_exception_needs_a_reason() -> None:
    assert read_exceptions("# about\n\nGHSA-1  # why\n") == {"GHSA-1": "why"}
    with pytest.raises(AuditError, match="line 2: GHSA-2 has no reason"):
        read_exceptions("GHSA-1 # why\nGHSA-2 #\n")


def test_the_exceptions_of_the_repository_have_theirs() -> None:
    read_exceptions(audit.EXCEPTIONS.read_text("utf-8"))


@pytest.mark.parametrize(
    ("stdout", "stderr", "ends", "says"),
    [
        (json.dumps(report(CLEAN)), "", 0, "No package has"),
        (json.dumps(report(CLEAN, BAD)), "", 1, "urllib3 1.0 has PYSEC-1"),
        (json.dumps(report(CLEAN, SKIPPED)), "", 2, "were not audited. 1 of 2 packages"),
        ("", "Traceback\nConnectionError: no such host\n", 2, "no answer: ConnectionError: no such host"),
        ("", "", 2, "no reason was given"),
    ],
)
def test_how_it_ends(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], stdout: str, stderr: str, ends: int, says: str
) -> None:
    assert main(program(tmp_path, stdout, stderr), "requirements.txt") == ends
    told = capsys.readouterr()
    assert says in told.out + told.err
