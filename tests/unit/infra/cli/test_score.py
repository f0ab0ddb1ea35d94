"""``fraudflow score`` against fakes: what is uploaded with which settings, what is summed up, exit codes."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from functions.contracts import Bounds, Execution, StateError, Upload
from functions.contracts.scored_batches import (
    BatchFile,
    BatchSettings,
    BatchTraffic,
    ExpectedOutcome,
    ScoredSoFar,
    ScoresFiles,
    ScoringOutput,
    ScoringVersion,
)
from tests.unit.infra.cli.fakes import HOSTILE, FakeBatches, Fakes

type Invoke = Callable[..., Result]

EXPECTED = ExpectedOutcome(
    frauds=81.4,
    frauds_interval=Bounds(low=61, high=104),
    precision=0.812,
    precision_interval=Bounds(low=0.7, high=0.9),
    cost=1_298,
    cost_interval=Bounds(low=800, high=1_900),
)


def traffic(**other: object) -> BatchTraffic:
    given: dict[str, Any] = {
        "verdict": "stable",
        "explanation": "Drift 0.02, 0 of 30 features drifted.",
        "drift_score": 0.02,
        "expected": EXPECTED,
        "report_uri": "s3://scores/one/report.html",
    }
    return BatchTraffic.model_validate({**given, **other})


def output(measured: BatchTraffic, *, notes: tuple[str, ...] = ()) -> ScoringOutput:
    return ScoringOutput(
        execution=Execution(arn="arn:one", name="one", started_at="2026-01-01T00:00:00Z"),
        upload=Upload(bucket="to-score", key="a.csv", version_id="v1", etag="e", size=9),
        settings=BatchSettings(),
        model=ScoringVersion(
            name="fraud-detector",
            version="7",
            run_id="r",
            alias="champion",
            threshold=0.0196,
            cost_missed_fraud=100,
            cost_false_alarm=2,
        ),
        file=BatchFile(format="csv", parts=2, plan_uri="s3://scores/one/plan.json", kept_share=1, notes=list(notes)),
        scored=ScoredSoFar(next_part=2, finished=True, rows=48_201, alarms=1),
        traffic=measured,
        scores=ScoresFiles(csv_uri="s3://scores/one/scores.csv", parquet_uri="s3://scores/one/scores.parquet", bytes=9),
    )


@pytest.fixture
def scored(fakes: Fakes) -> Fakes:
    fakes.batches = FakeBatches(output(traffic()))
    return fakes


def test_a_file_is_scored_by_the_champion_of_the_stacks_model(scored: Fakes, invoke: Invoke, csv: Path) -> None:
    result = invoke("score", csv)
    assert (result.exit_code, scored.uploaded) == (0, ["a.csv"])
    assert scored.scored == BatchSettings(model=scored.settings.run.model_name)
    for text in (
        "fraud-detector version 7 (champion)",
        "48,201, of which 1 alarm at 0.0196",
        "81 frauds (61 to 104), precision 0.812",
        "mistakes cost 1,298 (800 to 1,900)",
        "stable: Drift 0.02, 0 of 30 features drifted.",
        "http://127.0.0.1/s3://scores/one/report.html",
        "s3://scores/one/scores.csv",
    ):
        assert text in result.stdout
    assert "ScoreParts" in result.stderr


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (("--model", "other", "--version", "3"), BatchSettings(model="other", version="3")),
        (("--model", "other", "--alias", "challenger"), BatchSettings(model="other", alias="challenger")),
    ],
)
def test_options_name_another_version(
    scored: Fakes, invoke: Invoke, csv: Path, options: tuple[str, ...], expected: BatchSettings
) -> None:
    assert invoke("score", csv, *options).exit_code == 0
    assert scored.scored == expected


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--version", "3", "--alias", "a"), "--version and --alias both name the version"),
        (("--version", "latest"), "--version: a version is a whole number"),
        (("--out", "missing/folder/scores.csv"), "is no directory"),
        (("--out", "."), "is a directory; name a file for the scores."),
    ],
)
def test_a_wrong_option_is_named_before_anything_is_started(
    scored: Fakes, invoke: Invoke, csv: Path, options: tuple[str, ...], said: str
) -> None:
    result = invoke("score", csv, *options)
    assert (result.exit_code, result.stdout, scored.uploaded, scored.joined_with) == (2, "", [], [])
    assert said in result.stderr


@pytest.mark.usefixtures("scored")
def test_scores_are_written_where_they_are_asked_for(invoke: Invoke, csv: Path, tmp_path: Path) -> None:
    result = invoke("score", csv, "--out", tmp_path / "scores.csv", "--json")
    report = json.loads(result.stdout)
    assert report["scores"] == str(tmp_path / "scores.csv")
    assert (report["rows"], report["alarms"], report["seconds"]) == (48_201, 1, 4.0)
    assert report["traffic"]["expected"]["frauds"] == 81.4
    assert "error" not in report
    assert (tmp_path / "scores.csv").read_text() == "row,score\n"


def test_a_batch_that_fails_exits_1_says_why_and_fetches_nothing(
    fakes: Fakes, invoke: Invoke, csv: Path, tmp_path: Path
) -> None:
    fakes.batches = FakeBatches(None, "UnscorableRowsError", "The rows have no column 'V3'.")
    result = invoke("score", csv, "--out", tmp_path / "scores.csv")
    assert result.exit_code == 1
    assert "UnscorableRowsError: The rows have no column 'V3'." in result.stdout
    assert not (tmp_path / "scores.csv").exists()


@pytest.mark.parametrize(
    ("measured", "said"),
    [
        (traffic(expected=None, not_known="What the rows are worth can't be known."), "can't be known."),
        (BatchTraffic(error=StateError(Error="States.Timeout")), "not measured: States.Timeout"),
    ],
)
def test_what_is_not_known_is_said(fakes: Fakes, invoke: Invoke, csv: Path, measured: BatchTraffic, said: str) -> None:
    fakes.batches = FakeBatches(output(measured))
    result = invoke("score", csv)
    assert result.exit_code == 0
    assert said in result.stdout


def test_a_stack_of_an_earlier_release_is_to_be_deployed_anew(fakes: Fakes, invoke: Invoke, csv: Path) -> None:
    fakes.deployed = fakes.deployed.model_copy(update={"outputs": {"UploadsBucket": "uploads"}})
    result = invoke("score", csv)
    assert (result.exit_code, fakes.uploaded) == (2, [])
    assert "`fraudflow deploy`" in result.stderr


def test_an_interrupted_batch_goes_on_and_says_where(fakes: Fakes, invoke: Invoke, csv: Path) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    fakes.batches.follow = interrupt  # type: ignore[method-assign, assignment]
    result = invoke("score", csv)
    assert result.exit_code == 130
    assert "s3://scores" in result.stderr


def test_doubts_are_said_beside_what_is_expected(fakes: Fakes, invoke: Invoke, csv: Path) -> None:
    fakes.batches = FakeBatches(output(traffic(doubts=["Labels will tell."])))
    assert "Labels will tell." in invoke("score", csv).stdout


def test_an_upload_that_another_execution_has_is_said_to_be(fakes: Fakes, invoke: Invoke, csv: Path) -> None:
    caught = {"duplicate": {"Error": "UploadClaimedError", "Cause": "It belongs to the run one."}}
    fakes.batches.execution = fakes.batches.execution.model_copy(update={"output": json.dumps(caught)})
    assert "It belongs to the run one." in invoke("score", csv).stdout


def test_labels_in_the_file_bring_the_real_metrics(fakes: Fakes, invoke: Invoke, csv: Path) -> None:
    real = {"frauds": 90.0, "frauds_missed": 12.0, "precision": 0.9, "recall": 0.867, "cost": 1_230.0}
    fakes.batches = FakeBatches(output(traffic(realised=real)))
    said = "90 frauds, 12 of them missed, precision 0.900, recall 0.867; mistakes cost 1,230"
    assert said in invoke("score", csv).stdout


def test_names_from_outside_do_not_drive_the_terminal(fakes: Fakes, invoke: Invoke, csv: Path) -> None:
    fakes.batches = FakeBatches(output(traffic(explanation=HOSTILE), notes=(HOSTILE,)))
    shown = invoke("score", csv).stdout
    assert "\x1b" not in shown
    assert "\u202e" not in shown
