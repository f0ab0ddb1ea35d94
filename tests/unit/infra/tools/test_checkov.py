"""What Checkov finds of a template, against the written exceptions."""

from pathlib import Path
from typing import Any

import pytest

from infra.tools import checkov
from infra.tools.checkov import AcceptedCheck, FailedCheck

PUBLIC = FailedCheck("CKV_AWS_1", "UploadsBucket", "t.yaml: UploadsBucket: CKV_AWS_1: Is private.")


def report(*failed: tuple[str, str], **summary: int) -> dict[str, Any]:
    checks = [{"check_id": check, "check_name": "Is private", "resource": resource} for check, resource in failed]
    return {"summary": {"parsing_errors": 0, "resource_count": 9, **summary}, "results": {"failed_checks": checks}}


def test_a_finding_names_template_resource_and_check() -> None:
    found = checkov.findings(report(("CKV_AWS_1", "AWS::S3::Bucket.UploadsBucket")), "t.yaml")
    assert list(found) == [PUBLIC]


@pytest.mark.parametrize("summary", [{"parsing_errors": 1}, {"resource_count": 0}])
def test_a_template_that_checkov_can_not_read_is_not_checked(summary: dict[str, int]) -> None:
    with pytest.raises(checkov.CheckovError, match=r"could not read t\.yaml"):
        list(checkov.findings(report(**summary), "t.yaml"))


def test_a_report_on_nothing_is_no_answer() -> None:
    with pytest.raises(checkov.CheckovError, match="could not read"):
        list(checkov.findings({"passed": 0, "failed": 0, "parsing_errors": 0, "resource_count": 0}, "t.yaml"))


def test_exceptions_are_of_checks_and_resources_and_have_reasons() -> None:
    text = "# Comment.\n\nCKV_AWS_1 Uploads* RunsBucket  # nobody reads it\n"
    assert checkov.read_exceptions(text) == [
        AcceptedCheck("CKV_AWS_1", "Uploads*"),
        AcceptedCheck("CKV_AWS_1", "RunsBucket"),
    ]


@pytest.mark.parametrize("line", ["CKV_AWS_1 UploadsBucket", "CKV_AWS_1  # of everything"])
def test_an_exception_without_a_reason_or_of_everything_is_refused(line: str) -> None:
    with pytest.raises(checkov.CheckovError, match="line 2"):
        checkov.read_exceptions(f"\n{line}\n")


def test_new_findings_and_exceptions_that_nothing_fails_are_complaints() -> None:
    assert checkov.judge([PUBLIC], [AcceptedCheck("CKV_AWS_1", "*Bucket")]) == []
    assert checkov.judge([PUBLIC], [AcceptedCheck("CKV_AWS_2", "*Bucket")]) == [
        PUBLIC.sentence,
        "CKV_AWS_2 *Bucket is in checkov-exceptions.txt, but nothing fails it: remove it.",
    ]


def test_a_checkov_that_says_nothing_is_no_answer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    program = tmp_path / "checkov"
    program.write_text("#!/bin/sh\necho broken >&2\n")
    program.chmod(0o755)
    assert checkov.main(str(program)) == 2
    assert capsys.readouterr().err == "The templates were not checked. Checkov has no answer: broken\n"


def test_the_exceptions_can_be_read_and_all_templates_are_checked() -> None:
    assert checkov.read_exceptions(checkov.EXCEPTIONS.read_text("utf-8"))
    assert {"infra/template.yaml", "infra/delivery.yaml", "infra/alarms.json"} <= set(checkov.TEMPLATES)
