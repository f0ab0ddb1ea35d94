"""A large upload: read, split and merged in parts, with the figures of one that is read whole."""

import io
import json
from typing import Any

import pandas as pd
import pytest

from functions.contracts import PipelineOutput
from functions.core.parts import entity_buckets
from functions.load_data import dividing
from tests.carded import HOURLY, payments
from tests.pipeline.machine import Pipeline, csv, succeeded
from tests.pipeline.test_paths import GOOD, HISTORIES, PARTS
from tests.tables import frame


def large(pipeline: Pipeline, rows: pd.DataFrame) -> PipelineOutput:
    """Run a table in parts of a few hundred rows."""
    body = csv(rows)
    return succeeded(pipeline, pipeline.upload(body, large_upload_bytes=len(body) // 2))


def document(pipeline: Pipeline, uri: str) -> Any:  # noqa: ANN401 - JSON is anything
    return json.loads(pipeline.read(uri))


@pytest.fixture
def rows() -> pd.DataFrame:
    return frame(1200)


def test_it_is_split_and_judged_as_if_it_had_been_read_whole(pipeline: Pipeline, rows: pd.DataFrame) -> None:
    whole = succeeded(pipeline, pipeline.upload(csv(rows)))
    parts = large(pipeline, rows)
    assert parts.parts is not None
    assert parts.parts.count > 2
    assert parts.splits.counts == whole.splits.counts
    assert parts.evaluation.metrics == whole.evaluation.metrics
    assert parts.evaluation.threshold == whole.evaluation.threshold
    assert parts.results.model.algorithm == whole.results.model.algorithm


def test_files_that_a_manifest_names_are_one_table(pipeline: Pipeline, rows: pd.DataFrame) -> None:
    whole = large(pipeline, rows)
    for number, start in enumerate(range(0, len(rows), 400)):
        buffer = io.BytesIO()
        rows.iloc[start : start + 400].to_parquet(buffer, index=False)
        pipeline.upload(buffer.getvalue(), f"march.parts/{number}.parquet")
    execution = pipeline.run(pipeline.upload(b'{"prefix": "march.parts/"}', "march.manifest.json"))
    assert set(pipeline.visited(execution["executionArn"])) == GOOD | PARTS
    many = PipelineOutput.model_validate_json(execution["output"])
    assert many.upload.name == "march.manifest.json"
    assert many.dataset.digest == whole.dataset.digest
    assert many.evaluation.metrics == whole.evaluation.metrics


def test_a_file_in_a_folder_of_parts_starts_no_run_of_its_own(pipeline: Pipeline, rows: pd.DataFrame) -> None:
    request = pipeline.upload(csv(rows), "march.parts/1.csv")
    execution = pipeline.run({**request, "id": "event"})
    assert execution["status"] == "SUCCEEDED"
    told = json.loads(execution["output"])["duplicate"]
    assert "the manifest that names it does" in told["Cause"]
    # Whoever asks for it by name gets it.
    assert succeeded(pipeline, request).dataset.rows == len(rows)


def test_a_run_that_fails_behind_its_parts_is_redriven_without_reading_them_again(
    pipeline: Pipeline, rows: pd.DataFrame
) -> None:
    body = csv(rows)
    pipeline.fail_once("SplitPart", ValueError("enough"))
    upload = pipeline.upload(body, large_upload_bytes=len(body) // 2)
    failed = pipeline.run(upload)
    assert failed["status"] == "FAILED"
    name = failed["executionArn"].rpartition(":")[2]
    summaries = pipeline.s3.list_objects_v2(Bucket="runs", Prefix=f"{name}/parts/")["Contents"]
    done = succeeded(pipeline, {**upload, "redrive": name})
    again = pipeline.s3.list_objects_v2(Bucket="runs", Prefix=f"{name}/parts/")["Contents"]
    times = {each["Key"]: each["LastModified"] for each in again}
    assert done.evaluation.metrics
    assert all(times[each["Key"]] == each["LastModified"] for each in summaries if "0000" in each["Key"])


def test_cards_have_the_histories_that_they_have_in_a_small_upload_also_in_a_redriven_run(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entity_buckets, "BUCKET_ROWS", 500)
    body, histories = csv(payments(1_200)), HOURLY.model_dump(mode="json")
    whole = succeeded(pipeline, pipeline.upload(body, histories=histories))
    pipeline.fail_once("SplitPart", ValueError("enough"))
    upload = pipeline.upload(body, large_upload_bytes=len(body) // 2, histories=histories)
    name = pipeline.run(upload)["executionArn"].rpartition(":")[2]

    def made() -> dict[str, Any]:
        found = pipeline.s3.list_objects_v2(Bucket="runs", Prefix=f"{name}/histories/0")["Contents"]
        return {each["Key"]: each["LastModified"] for each in found}

    before = made()
    assert len(before) > 6
    execution = pipeline.run({**upload, "redrive": name})
    assert set(pipeline.visited(execution["executionArn"])) == GOOD | PARTS | HISTORIES
    parts = PipelineOutput.model_validate_json(execution["output"])
    assert made() == before
    assert parts.evaluation.metrics == whole.evaluation.metrics
    assert parts.splits.events_uri is not None
    assert pipeline.read(parts.splits.events_uri) == pipeline.read(str(whole.splits.events_uri))


def test_more_files_than_there_can_be_parts_are_refused(
    pipeline: Pipeline, rows: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dividing, "MOST_PARTS", 2)
    for number in range(3):
        pipeline.upload(csv(rows), f"march.parts/{number}.csv")
    execution = pipeline.run(pipeline.upload(b'{"prefix": "march.parts/"}', "march.manifest.json"))
    said = "march.manifest.json names 3 files, and at most 2 are read; join some of them."
    assert (execution["error"], execution["cause"]) == ("InvalidDatasetError", said)


def test_the_champion_scores_parts_of_which_only_the_last_have_test_rows(
    pipeline: Pipeline, rows: pd.DataFrame
) -> None:
    assert succeeded(pipeline, pipeline.upload(csv(frame(900, seed=7)))).registration.champion
    body = csv(rows)
    parts = succeeded(pipeline, pipeline.upload(body, large_upload_bytes=len(body) // 2, split="last_rows"))
    kept = parts.results.drift.champion_in_parts
    assert parts.parts is not None
    assert kept is not None
    folder = kept.model_uri.removeprefix("s3://runs/").rpartition("/")[0]
    scored = pipeline.s3.list_objects_v2(Bucket="runs", Prefix=f"{folder}/scores/")["Contents"]
    # A part without test rows is not in the table of them.
    assert 0 < len(scored) < parts.parts.count
    whole = succeeded(pipeline, pipeline.upload(body, split="last_rows"))
    assert parts.registration.reason == whole.registration.reason


def test_the_champion_scores_its_parts_where_they_are(pipeline: Pipeline, rows: pd.DataFrame) -> None:
    champion = succeeded(pipeline, pipeline.upload(csv(frame(900, seed=7))))
    assert champion.registration.champion == champion.registration.version
    parts = large(pipeline, rows)
    assert parts.parts is not None
    kept = parts.results.drift.champion_in_parts
    assert kept is not None
    assert parts.results.drift.champion_scores is None
    folder = kept.model_uri.removeprefix("s3://runs/").rpartition("/")[0]
    scored = pipeline.s3.list_objects_v2(Bucket="runs", Prefix=f"{folder}/scores/")["Contents"]
    assert len(scored) == parts.parts.count
    whole = succeeded(pipeline, pipeline.upload(csv(rows)))
    assert whole.results.drift.champion_in_parts is None
    assert parts.registration.reason == whole.registration.reason
    assert "on the same" in parts.registration.reason
