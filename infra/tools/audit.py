"""Check our pinned packages for known vulnerabilities: ``python -m infra.tools.audit PIP_AUDIT FILE...``.

An answer about some of them is none: pip-audit passes over what its service does not know, and so over every package
where the service can't be reached.
"""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from infra.settings import ROOT

EXCEPTIONS = ROOT / "requirements" / "audit-exceptions.txt"
_FOUND, _UNKNOWN = 1, 2


class AuditError(Exception):
    """Raised when packages could not be audited."""


class Vulnerability(NamedTuple):
    """One of a package, by all of its names."""

    names: frozenset[str]
    sentence: str


def read_exceptions(text: str) -> dict[str, str]:
    """Read lines of ``NAME  # reason``: what is known and accepted.

    Raises:
        AuditError: naming a line without a reason.
    """
    accepted = {}
    for number, line in enumerate(text.splitlines(), start=1):
        name, _, reason = (part.strip() for part in line.partition("#"))
        if name and not reason:
            raise AuditError(f"{EXCEPTIONS.name}, line {number}: {name} has no reason; write it after a #.")
        if name:
            accepted[name] = reason
    return accepted


def vulnerabilities(report: Mapping[str, Any]) -> Iterator[Vulnerability]:
    """Read pip-audit's report.

    Raises:
        AuditError: when packages were passed over.
    """
    packages = report["dependencies"]
    skipped = [each["skip_reason"] for each in packages if "skip_reason" in each]
    if skipped:
        raise AuditError(
            f"{len(skipped)} of {len(packages)} packages could not be audited, the first of them: {skipped[0]}."
        )
    for each in packages:
        for found in each["vulns"]:
            fixed = ", ".join(found["fix_versions"]) or "no version yet"
            yield Vulnerability(
                frozenset({found["id"], *found["aliases"]}),
                f"{each['name']} {each['version']} has {found['id']}, which is fixed in {fixed}.",
            )


def judge(found: Sequence[Vulnerability], accepted: Mapping[str, str]) -> list[str]:
    """Return the vulnerabilities that are not accepted, and the accepted ones that are gone."""
    present = frozenset[str]().union(*(each.names for each in found))
    news = dict.fromkeys(each.sentence for each in found if each.names.isdisjoint(accepted))
    return [
        *news,
        *(f"{name} is in {EXCEPTIONS.name}, but of no package: remove it." for name in accepted if name not in present),
    ]


def ask(program: str, file: str) -> list[Vulnerability]:
    """Run pip-audit on one file of pinned requirements; nothing is installed.

    Raises:
        AuditError: when there is no answer, or none about all of them.
    """
    options = ("--no-deps", "--disable-pip", "--format=json", "--progress-spinner=off")
    command = [program, "--requirement", file, *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - of the Makefile
    try:
        return list(vulnerabilities(json.loads(done.stdout)))
    except ValueError as error:
        reason = (done.stderr.strip().splitlines() or ["no reason was given"])[-1]
        raise AuditError(f"pip-audit has no answer: {reason}") from error


def main(program: str, *files: str) -> int:
    """Audit the files; tell 0 for nothing new, 1 for a vulnerability, 2 for no answer."""
    try:
        accepted = read_exceptions(EXCEPTIONS.read_text("utf-8"))
        complaints = judge([each for file in files for each in ask(program, file)], accepted)
    except AuditError as error:
        sys.stderr.write(f"The dependencies were not audited. {error}\n")
        return _UNKNOWN
    sys.stdout.write(
        "".join(f"{each}\n" for each in complaints or ["No package has a vulnerability that is not accepted."])
    )
    return _FOUND if complaints else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
