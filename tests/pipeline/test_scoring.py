"""The scoring machine, walked by moto with the real handlers: a file becomes scores, or a sentence."""

import io
import json
from dataclasses import dataclass
from typing import Any

import pandas as pd
import pytest

from functions.contracts.records import ended_key
from functions.contracts.scored_batches import ScoringOutput
from functions.core.errors import StorageUnavailableError
from functions.core.training.persistence import load_model
from functions.run.failing import REASON_TAG, STATUS_TAG
from functions.telemetry import batch_metrics
from tests.pipeline.machine import SCORING_DEFINITION, Pipeline, csv
from tests.pipeline.permissions import Recorder, forbidden
from tests.tables import frame

FAILED_TO_CHECK = ["CheckBatch", "NothingChecked", "RecordScoringFailure", "BatchFailed"]


@dataclass(frozen=True)
class Scoring:
    """The pipeline, with the scoring machine's buckets and a champion made of ``frame(900)``."""

    pipeline: Pipeline

    def upload(self, body: bytes, key: str = "today.csv", **settings: object) -> dict[str, str]:
        metadata = {"fraudflow-settings": json.dumps(settings)} if settings else {}
        self.pipeline.s3.put_object(Bucket="to-score", Key=key, Body=body, Metadata=metadata)
        return {"bucket": "to-score", "key": key}

    def run(self, payload: object) -> dict[str, Any]:
        return self.pipeline.run(payload, SCORING_DEFINITION)

    def scored(self, payload: object) -> ScoringOutput:
        execution = self.run(payload)
        assert execution["status"] == "SUCCEEDED", execution
        return ScoringOutput.model_validate_json(execution["output"])

    def read(self, uri: str) -> bytes:
        key = uri.removeprefix("s3://scores/")
        return bytes(self.pipeline.s3.get_object(Bucket="scores", Key=key)["Body"].read())

    def refused(self, payload: object) -> tuple[str, str]:
        """Return the error and the sentence of an execution that must fail as a file that can't be scored does."""
        execution = self.run(payload)
        assert self.pipeline.visited(execution["executionArn"]) == FAILED_TO_CHECK
        assert execution["status"] == "FAILED"
        return execution["error"], execution["cause"]


@pytest.fixture
def scoring(reigned: Pipeline, monkeypatch: pytest.MonkeyPatch) -> Scoring:
    monkeypatch.setenv("FRAUDFLOW_RUNS_BUCKET", "scores")
    monkeypatch.setenv("FRAUDFLOW_MODEL_NAME", "fraud-detector")
    for bucket in ("to-score", "scores"):
        reigned.s3.create_bucket(Bucket=bucket)
    return Scoring(reigned)


def rows(count: int = 300) -> pd.DataFrame:
    """Return rows as a bank would send them: with a name of each, and without a label."""
    unlabelled = frame(count, seed=3).drop(columns="is_fraud")
    return unlabelled.assign(transaction_id=[f"T{place:05}" for place in range(count)])


def test_a_file_is_scored_as_the_registered_model_scores_it(scoring: Scoring) -> None:
    given = rows()
    output = scoring.scored(scoring.upload(csv(given), key_column="transaction_id"))

    scores = pd.read_csv(io.BytesIO(scoring.read(output.scores.csv_uri)))
    champion = scoring.pipeline.tracking.champion("fraud-detector")
    assert champion is not None
    model = load_model(scoring.pipeline.tracking.model_bytes(champion) or b"")
    expected = model.predict_proba(pd.read_csv(io.BytesIO(csv(given))))[:, 1]
    assert scores["score"].to_numpy() == pytest.approx(expected, abs=1e-12)
    assert list(scores["key"]) == list(given["transaction_id"])
    assert list(scores["row"]) == list(range(2, 302))
    alarms = scores["decision"] == "alarm"
    assert list(alarms) == list(expected >= output.model.threshold)
    assert (output.scored.rows, output.scored.alarms) == (300, alarms.sum())
    assert set(scores["version"]) == {1}
    parquet = pd.read_parquet(io.BytesIO(scoring.read(output.scores.parquet_uri)))
    assert list(parquet["score"]) == list(scores["score"])
    assert set(scores["reasons"].notna()[~alarms]) == {False}


def test_a_file_with_labels_says_how_many_frauds_there_were(scoring: Scoring) -> None:
    labelled = frame(200, seed=4)
    output = scoring.scored(scoring.upload(csv(labelled)))
    assert output.file.label == "is_fraud"
    assert (output.scored.labelled, output.scored.frauds) == (200, labelled["is_fraud"].sum())


def test_a_batch_is_measured_beside_its_scores(scoring: Scoring) -> None:
    output = scoring.scored(scoring.upload(csv(frame(800, seed=4))))
    traffic = output.traffic
    assert (traffic.verdict, traffic.error) == ("stable", None)
    assert traffic.expected is not None
    assert traffic.realised is not None
    assert traffic.realised["frauds"] == output.scored.frauds
    assert traffic.report_uri is not None
    page = scoring.read(traffic.report_uri).decode()
    assert f"Scores of {output.upload.name}" in page
    assert json.loads(scoring.read(traffic.summary_uri or ""))["rows"] == 800
    [batch] = [grouping for _, grouping in scoring.pipeline.monitoring.pushed if grouping.get("source") == "batches"]
    assert batch["model"] == "fraud-detector"


def test_scores_are_there_where_measuring_fails(scoring: Scoring) -> None:
    scoring.pipeline.fail_once("MeasureTraffic", ValueError("No."))
    output = scoring.scored(scoring.upload(csv(rows(20))))
    assert (output.traffic.verdict, output.traffic.expected) == ("not_measured", None)
    assert output.traffic.error is not None
    assert output.traffic.error.Error == "ValueError"
    assert scoring.read(output.scores.csv_uri)


def test_a_parquet_file_has_the_scores_of_the_same_csv(scoring: Scoring) -> None:
    given = rows(50)
    buffer = io.BytesIO()
    given.to_parquet(buffer, index=False)
    outputs = [
        scoring.scored(scoring.upload(body, key))
        for body, key in ((csv(given), "a.csv"), (buffer.getvalue(), "a.parquet"))
    ]
    [of_csv, of_parquet] = [pd.read_parquet(io.BytesIO(scoring.read(each.scores.parquet_uri))) for each in outputs]
    assert list(of_csv["score"]) == list(of_parquet["score"])
    assert [each.file.format for each in outputs] == ["csv", "parquet"]


def test_a_large_file_takes_several_invocations_and_no_part_is_scored_twice(
    scoring: Scoring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("functions.check_batch.step.PART_BYTES", 4000)
    monkeypatch.setattr("functions.runtime.timeout.seconds_left", lambda: 0.0)
    pipeline = scoring.pipeline
    given = rows()
    upload = scoring.upload(csv(given))
    pipeline.faults["ScoreParts"] = [lambda _: None, _broken_off]

    output = scoring.scored(upload)

    assert output.file.parts > 3
    invoked = pipeline.invoked.count("ScoreParts")
    assert invoked == output.file.parts + 1  # each time one, and once again for the one that broke off
    scores = pd.read_parquet(io.BytesIO(scoring.read(output.scores.parquet_uri)))
    assert list(scores["row"]) == list(range(2, 302))
    written = [
        each["Key"] for each in pipeline.s3.list_objects_v2(Bucket="scores")["Contents"] if "/parts/" in each["Key"]
    ]
    assert len(written) == 2 * output.file.parts


def _broken_off(_: dict[str, Any]) -> None:
    raise StorageUnavailableError("S3 is not available.")


def test_a_batch_is_scored_by_the_version_that_was_the_champion_when_it_began(scoring: Scoring) -> None:
    tracking = scoring.pipeline.tracking

    def moved(_: dict[str, Any]) -> None:
        tracking.aliases["fraud-detector", "champion"] = "2"

    scoring.pipeline.faults["ScoreParts"] = [moved]
    output = scoring.scored(scoring.upload(csv(rows(50))))
    assert (output.model.version, output.model.alias) == ("1", "champion")
    assert set(pd.read_csv(io.BytesIO(scoring.read(output.scores.csv_uri)))["version"]) == {1}


def test_a_missing_column_is_named_and_the_failure_is_seen_everywhere(scoring: Scoring) -> None:
    execution = scoring.run(scoring.upload(csv(rows().drop(columns=["b", "channel"]))))
    [name] = [execution["name"]]
    assert execution["error"] == "MissingColumnsError"
    assert execution["cause"].startswith("today.csv has no column 'b', 'channel', which version 1 of 'fraud-detector'")
    tags = scoring.pipeline.s3.get_object_tagging(Bucket="to-score", Key="today.csv")["TagSet"]
    assert {each["Key"]: each["Value"] for each in tags}[STATUS_TAG] == "failed"
    assert {each["Key"]: each["Value"] for each in tags}[REASON_TAG].startswith("today.csv has no column")
    record = json.loads(scoring.read(f"s3://scores/{ended_key(name)}"))
    assert (record["outcome"], record["cause"]) == ("failed", execution["cause"])
    assert json.loads(scoring.read(f"s3://scores/{name}/failure.json"))["error"]["message"] == execution["cause"]
    [(samples, grouping)] = scoring.pipeline.monitoring.pushed
    assert [sample.metric for sample in samples] == [batch_metrics.LAST_FAILURE]
    assert grouping == {"outcome": "failed", "error": "MissingColumnsError", "source": "batches", "model": ""}


def test_a_value_that_can_not_be_read_is_named_by_its_row_and_not_quoted(scoring: Scoring) -> None:
    wrong = rows(40).astype({"a": object})
    wrong.loc[30, "a"] = "4111111111111111x"
    execution = scoring.run(scoring.upload(csv(wrong)))
    assert execution["status"] == "FAILED"
    assert "'a'" in execution["cause"]
    assert "row 32" in execution["cause"]
    assert "4111" not in json.dumps(execution, default=str)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"version": "7"}, "The model 'fraud-detector' has no version 7: "),
        ({"alias": "canary"}, "The model 'fraud-detector' has no version with the alias 'canary': "),
        ({"model": "other"}, "The model 'other' has no champion yet: "),
    ],
)
def test_a_version_that_is_not_there_is_said(scoring: Scoring, settings: dict[str, str], said: str) -> None:
    error, cause = scoring.refused(scoring.upload(csv(rows(20)), **settings))
    assert error == "NoSuchVersionError"
    assert cause.startswith(said)


@pytest.mark.parametrize(
    ("payload", "said"),
    [
        ("today.csv", "The execution's input is 'today.csv' (a text), and must be an object such as"),
        ({"bucket": "to-score", "key": "gone.csv"}, "There is no object 'gone.csv' in the bucket 'to-score'"),
    ],
)
def test_a_wrong_input_is_a_sentence(scoring: Scoring, payload: object, said: str) -> None:
    _, cause = scoring.refused(payload)
    assert cause.startswith(said)


def test_settings_that_are_not_known_are_refused(scoring: Scoring) -> None:
    error, cause = scoring.refused(scoring.upload(csv(rows(20)), versoin="1"))
    assert (error, cause) == (
        "InvalidSettingsError",
        "today.csv carries wrong settings: versoin is not a setting; version is the nearest one.",
    )


def test_an_event_that_comes_twice_is_scored_once(scoring: Scoring) -> None:
    event = {**scoring.upload(csv(rows(20))), "id": "an-event"}
    scoring.scored(event)
    again = scoring.run(event)
    assert scoring.pipeline.visited(again["executionArn"]) == ["CheckBatch", "AnotherExecutionHasIt"]
    assert again["status"] == "SUCCEEDED"


def test_its_functions_may_do_what_they_do(scoring: Scoring, monkeypatch: pytest.MonkeyPatch) -> None:
    recorder = Recorder(monkeypatch, scoring.pipeline)
    scoring.scored({**scoring.upload(csv(rows())), "id": "event"})
    assert scoring.run(scoring.upload(b"a,b\n1,2\n", "other.csv"))["status"] == "FAILED"
    assert scoring.run({"bucket": "to-score", "key": "none.csv"})["status"] == "FAILED"
    assert {"ScoreParts", "MeasureTraffic", "PublishScores", "RecordScoringFailure"} <= set(recorder.calls)
    assert not forbidden(recorder)
