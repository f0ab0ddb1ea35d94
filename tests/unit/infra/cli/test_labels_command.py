"""``fraudflow labels`` against fakes: what is sent, what is summed up, exit codes."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from functions.contracts import Execution, Upload
from functions.contracts.label_files import FeedbackOutput, LabelsFile, LabelsJoined
from infra.home.state import Deployed
from tests.unit.infra.cli.fakes import Fakes

type Invoke = Callable[..., Result]


def output(**other: int) -> FeedbackOutput:
    counts = dict.fromkeys(("unmatched", "repeated", "contradicted", "revoked", "outdated"), 0)
    joined = LabelsJoined(
        transactions=1_200,
        matched=1_198,
        frauds=39,
        days_median=21.5,
        days_longest=64.0,
        report_uri="s3://loop/one/labels.json",
        **counts | other,
    )
    return FeedbackOutput(
        execution=Execution(arn="arn:one", name="one", started_at="2026-01-01T00:00:00Z"),
        upload=Upload(bucket="labels", key="a.csv", version_id="v1", etag="e", size=9),
        labels=LabelsFile(part_uri="s3://loop/labels/p", received_at=1, rows=1_300, frauds=40, notes=["A note."]),
        joined=joined,
    )


@pytest.fixture
def joined(fakes: Fakes) -> Fakes:
    fakes.executions.execution = fakes.executions.execution.model_copy(
        update={"output": output(unmatched=2, revoked=1).model_dump_json()}
    )
    return fakes


def test_labels_are_sent_and_summed_up(joined: Fakes, invoke: Invoke, csv: Path) -> None:
    result = invoke("labels", csv)
    assert (result.exit_code, joined.uploaded) == (0, ["a.csv"])
    for text in (
        "1,300, of 1,200 transactions: 39 fraud, 1,161 legitimate",
        "1,198, known 21.5 days later in the median, 64.0 at most",
        "2 have no decision yet",
        "1 was fraud, and is legitimate now",
        "A note.",
        "s3://loop/one/labels.json",
    ):
        assert text in result.output
    assert "contradicted" not in result.output.lower()


@pytest.mark.usefixtures("joined")
def test_the_same_as_json(invoke: Invoke, csv: Path) -> None:
    document = json.loads(invoke("labels", csv, "--json").stdout)
    assert (document["status"], document["rows"], document["joined"]["unmatched"]) == ("SUCCEEDED", 1_300, 2)
    assert "error" not in document


def test_a_file_that_failed_says_why(fakes: Fakes, invoke: Invoke, csv: Path) -> None:
    fakes.executions.execution = fakes.executions.execution.model_copy(
        update={"status": "FAILED", "output": None, "error": "InvalidLabelsError", "cause": "a.csv has no label."}
    )
    result = invoke("labels", csv)
    assert result.exit_code == 1
    assert "a.csv has no label." in result.output


def test_a_stack_of_an_earlier_release_takes_no_labels(fakes: Fakes, invoke: Invoke, csv: Path) -> None:
    outputs = {name: value for name, value in fakes.deployed.outputs.items() if name != "FeedbackMachineArn"}
    fakes.deployed = Deployed(settings=fakes.settings, outputs=outputs)
    result = invoke("labels", csv)
    assert result.exit_code != 0
    assert "`fraudflow deploy`" in result.output
