"""Check the templates by Checkov, but for written exceptions: ``python -m infra.tools.checkov CHECKOV``.

A finding without an exception fails, and so does an exception of which nothing is found any more.
"""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[2]
TEMPLATES = tuple(
    str(path.relative_to(ROOT)) for kind in ("json", "yaml") for path in sorted((ROOT / "infra").glob(f"*.{kind}"))
)
EXCEPTIONS = ROOT / "infra" / "checkov-exceptions.txt"
_FOUND, _UNKNOWN = 1, 2


class CheckovError(Exception):
    """Raised when the templates could not be checked."""


class FailedCheck(NamedTuple):
    """A check that a resource of a template fails."""

    check: str
    resource: str
    sentence: str


class AcceptedCheck(NamedTuple):
    """A check and the resources, by the pattern of their name, that may fail it."""

    check: str
    pattern: str

    def covers(self, finding: FailedCheck) -> bool:
        """Return whether a finding is one of those."""
        return finding.check == self.check and fnmatchcase(finding.resource, self.pattern)


def read_exceptions(text: str) -> list[AcceptedCheck]:
    """Read lines of ``CHECK PATTERN...  # reason``; a line that begins with # is a comment.

    Raises:
        CheckovError: naming a line without a pattern or a reason.
    """
    accepted = []
    for number, line in enumerate(text.splitlines(), start=1):
        names, _, reason = (part.strip() for part in line.partition("#"))
        if not names:
            continue
        check, *patterns = names.split()
        if not patterns or not reason:
            raise CheckovError(f"{EXCEPTIONS.name}, line {number}: write CHECK RESOURCE...  # reason.")
        accepted += [AcceptedCheck(check, pattern) for pattern in patterns]
    return accepted


def findings(report: Mapping[str, Any], template: str) -> Iterator[FailedCheck]:
    """Read Checkov's report on a template.

    Raises:
        CheckovError: when it could not read the template, or found no resource in it.
    """
    summary = report.get("summary", report)
    if summary.get("parsing_errors") or not summary.get("resource_count"):
        raise CheckovError(f"Checkov could not read {template}.")
    for each in report["results"]["failed_checks"]:
        resource = each["resource"].rpartition(".")[2]
        yield FailedCheck(
            each["check_id"], resource, f"{template}: {resource}: {each['check_id']}: {each['check_name']}."
        )


def judge(found: Sequence[FailedCheck], accepted: Sequence[AcceptedCheck]) -> list[str]:
    """Return what is found and not accepted, and what is accepted and not found."""
    news = [each.sentence for each in found if not any(one.covers(each) for one in accepted)]
    gone = [one for one in accepted if not any(one.covers(each) for each in found)]
    return [
        *news,
        *(f"{one.check} {one.pattern} is in {EXCEPTIONS.name}, but nothing fails it: remove it." for one in gone),
    ]


def ask(program: str, template: str) -> list[FailedCheck]:
    """Run Checkov on a template; it fetches nothing.

    Raises:
        CheckovError: when there is no answer.
    """
    options = ("--framework", "cloudformation", "--output", "json", "--compact", "--quiet", "--skip-download")
    command = [program, "--file", template, *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)  # noqa: S603 - of the Makefile
    try:
        return list(findings(json.loads(done.stdout), template))
    except ValueError as error:
        reason = (done.stderr.strip().splitlines() or ["no reason was given"])[-1]
        raise CheckovError(f"Checkov has no answer: {reason}") from error


def main(program: str) -> int:
    """Check the templates; return 0 for nothing new, 1 for a finding, 2 for no answer."""
    try:
        accepted = read_exceptions(EXCEPTIONS.read_text("utf-8"))
        complaints = judge([each for template in TEMPLATES for each in ask(program, template)], accepted)
    except CheckovError as error:
        sys.stderr.write(f"The templates were not checked. {error}\n")
        return _UNKNOWN
    lines = complaints or ["The templates fail no check of Checkov's but those that are accepted."]
    sys.stdout.write("".join(f"{each}\n" for each in lines))
    return _FOUND if complaints else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
