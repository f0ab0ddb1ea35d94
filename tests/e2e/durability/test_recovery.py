"""Recovery of runs when every process of a stack is killed, and redelivered events."""

import io
import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pandas as pd
import pytest

from functions.contracts.scored_batches import ScoringOutput
from functions.settings import SETTINGS_METADATA
from infra.tools import synthetic
from tests.e2e.conftest import RUN_SECONDS, poll, start_stack
from tests.e2e.durability.held_gateway import gateway
from tests.e2e.durability.recovered import Recovered

# What `up` had to drive again, or could not read.
NOTHING: dict[str, list[str]] = {"interrupted": [], "forgotten": [], "skipped": [], "looks": []}


STATES = (
    "LoadData",
    "TrainModel",
    "DetectDrift",
    "OpenRun",
    "LogModel",
    "LogMetrics",
    "RegisterModel",
    "PublishResults",
    # Like TrainModel, they read and write the run's files alone: `make slow` interrupts them, too.
    *(pytest.param(name, marks=pytest.mark.slow) for name in ("PreprocessData", "SelectModel")),
    *(pytest.param(name, marks=pytest.mark.slow) for name in ("EvaluateModel", "ExplainModel")),
)


@pytest.fixture(scope="module")
def recovered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recovered]:
    folder = tmp_path_factory.mktemp("recovery")
    synthetic.write_csv(folder / "made-up.csv", 1500, fraud_rate=0.03, seed=2)
    with gateway() as held:
        stack = start_stack(folder / "home", FRAUDFLOW_PUSHGATEWAY_URL=held.url)
        try:
            yield Recovered(stack, (folder / "made-up.csv").read_bytes(), held)
        finally:
            stack.fraudflow("down")


@pytest.fixture(scope="module")
def undisturbed(recovered: Recovered) -> dict[str, Any]:
    version = recovered.upload("undisturbed")
    (ended,) = poll(lambda: recovered.ended(version), seconds=RUN_SECONDS, what="the end of the run")
    return recovered.outcome("undisturbed", ended["executionArn"], ended["output"])


@pytest.mark.parametrize("state", STATES)
def test_a_run_that_is_interrupted_ends_once_and_as_if_it_had_not_been(
    recovered: Recovered, undisturbed: dict[str, Any], state: str
) -> None:
    model, version, arn = recovered.interrupt(state)

    (ended,) = poll(lambda: recovered.ended(version), seconds=RUN_SECONDS, what="the end of the run")
    assert ended["status"] == "SUCCEEDED", (ended.get("error"), ended.get("cause"))
    if state != "LoadData":  # before it has begun there is no name to keep
        assert ended["executionArn"] == arn
    assert recovered.outcome(model, ended["executionArn"], ended["output"]) == undisturbed
    assert recovered.up()["recovered"] == NOTHING


@pytest.mark.usefixtures("undisturbed")
def test_a_batch_that_is_interrupted_is_scored_once_and_whole(recovered: Recovered) -> None:
    header, *rows = recovered.csv.splitlines(keepends=True)
    rows *= 200
    s3 = recovered.stack.client("s3")
    key = {"Bucket": "to-score", "Key": "large.csv", "Metadata": {SETTINGS_METADATA: '{"model": "undisturbed"}'}}
    version = s3.put_object(**key, Body=header + b"".join(rows))["VersionId"]
    poll(lambda: parts(s3) or None, seconds=RUN_SECONDS, what="a scored part")
    recovered.kill()

    [name] = recovered.up()["recovered"]["interrupted"]

    [ended] = poll(
        lambda: recovered.ended(version, machine="scoring"), seconds=RUN_SECONDS, what="the end of the batch"
    )
    assert (ended["name"], ended["status"]) == (name, "SUCCEEDED")
    output = ScoringOutput.model_validate_json(ended["output"])
    assert output.file.parts > 1
    assert len(parts(s3)) == output.file.parts
    body = s3.get_object(Bucket="scores", Key=f"{name}/scores.parquet")["Body"].read()
    assert pd.read_parquet(io.BytesIO(body))["row"].tolist() == list(range(2, len(rows) + 2))
    assert recovered.up()["recovered"] == NOTHING


def parts(s3: Any) -> list[str]:  # noqa: ANN401 - boto3 makes clients up
    keys = [each["Key"] for each in s3.list_objects_v2(Bucket="scores").get("Contents", [])]
    return [key for key in keys if "/parts/" in key and not key.endswith(".rows.parquet")]


def test_an_upload_whose_event_was_lost_is_run(recovered: Recovered) -> None:
    version = recovered.upload_in_silence("forgotten")
    assert recovered.executions(version) == []

    (name,) = recovered.up()["recovered"]["forgotten"]

    (ended,) = poll(lambda: recovered.ended(version), seconds=RUN_SECONDS, what="the end of the run")
    assert (ended["name"], ended["status"]) == (name, "SUCCEEDED")
    assert recovered.up()["recovered"] == NOTHING


def test_an_event_that_comes_five_times_gives_one_run_and_one_version(recovered: Recovered) -> None:
    version = recovered.upload_in_silence("repeated")
    detail = {"bucket": {"name": "uploads"}, "object": {"key": "repeated.csv", "version-id": version, "etag": "e"}}
    entry = {"Source": "aws.s3", "DetailType": "Object Created", "Detail": json.dumps(detail)}
    assert recovered.stack.client("events").put_events(Entries=[entry] * 5)["FailedEntryCount"] == 0

    ended = poll(lambda: recovered.ended(version, 5), seconds=RUN_SECONDS, what="the end of five executions")

    assert Counter(each["status"] for each in ended) == {"SUCCEEDED": 5}
    duplicates = [each for each in ended if "duplicate" in json.loads(each["output"])]
    assert len(duplicates) == 4
    assert len(recovered.registry.search_model_versions("name='repeated'")) == 1
    shown = recovered.stack.fraudflow("show", duplicates[0]["name"])
    assert shown.returncode == 0
    assert "its event was delivered again, and nothing is done twice" in " ".join(shown.stdout.split())


def what_is_told(runs: list[dict[str, Any]]) -> dict[str, list[Any]]:
    """Pick what stays: a link to a report is signed anew each time."""
    told = ("status", "dataset", "model", "metrics", "drift")
    return {
        run["execution_arn"]: [*(run.get(name) for name in told), (run.get("report_url") or "").partition("?")[0]]
        for run in runs
    }


def test_down_and_up_bring_back_uploads_runs_models_and_the_champion(
    recovered: Recovered, undisturbed: dict[str, Any]
) -> None:
    before = json.loads(recovered.stack.fraudflow("runs", "--json", "--limit", "100").stdout)
    uploads = recovered.stack.client("s3").list_object_versions(Bucket="uploads")["Versions"]
    assert recovered.stack.fraudflow("down").returncode == 0

    assert recovered.up()["recovered"] == NOTHING

    after = json.loads(recovered.stack.fraudflow("runs", "--json", "--limit", "100").stdout)
    assert what_is_told(after) == what_is_told(before)
    assert recovered.stack.client("s3").list_object_versions(Bucket="uploads")["Versions"] == uploads
    champion = recovered.registry.get_model_version_by_alias("undisturbed", "champion")
    assert champion.version == undisturbed["champion"]
    assert recovered.registry.list_artifacts(str(champion.run_id))
    assert recovered.stack.fraudflow("show", "last").returncode == 0
