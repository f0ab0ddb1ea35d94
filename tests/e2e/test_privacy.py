"""Card numbers, names, mails and ids of an upload, and the key that hashes them, are in nothing that a stack keeps."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from tests.e2e.conftest import EmbeddedStack
from tests.planted import found, people

# A false alarm costs so much that a model of a few rows is worth having, and becomes the champion.
WORTH = {"FRAUDFLOW_COST_FALSE_ALARM": "20", "FRAUDFLOW_MODEL_NAME": "privacy"}


def write(path: Path, table: pd.DataFrame) -> Path:
    table.to_csv(path, index=False)
    return path


@pytest.fixture(scope="module")
def began() -> datetime:
    """Return a moment before these runs: what other tests have left, gigabytes of it, is not theirs."""
    return datetime.now(UTC) - timedelta(seconds=2)


@pytest.fixture(scope="module")
def said(stack: EmbeddedStack, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Run a month, another one that meets a champion, and a file that is wrong; return what was printed of them."""
    folder = tmp_path_factory.mktemp("people")
    months = [stack.run(write(folder / f"{month}.csv", people(4_000, seed=month)), **WORTH) for month in (5, 6)]
    assert [each["status"] for each in months] == ["SUCCEEDED", "SUCCEEDED"], months
    wrong = people(500).astype(object)
    wrong.loc[300, ["amount", "trans_time"]] = ["Wilhelmine Ostrander", "4539007700791917"]
    wrong.loc[301, "is_fraud"] = 4539007700791917
    failed = stack.run(write(folder / "wrong.csv", wrong), **WORTH)
    assert failed["status"] == "FAILED"
    names = [each["execution_arn"].rpartition(":")[2] for each in (*months, failed)]
    words = [["status"], ["runs", "--json"], ["settings"], ["env"], ["doctor"], *(["show", name] for name in names)]
    words += [["logs", name] for name in names]
    printed = {" ".join(each): stack.fraudflow(*each).stdout.encode() for each in words}
    return printed | {f"run {name}": json.dumps(run).encode() for name, run in zip(names, months, strict=False)}


def in_buckets(stack: EmbeddedStack, since: datetime) -> Iterator[tuple[str, bytes]]:
    """Yield every object that was written since then but the uploads, and the tags of these."""
    s3 = stack.client("s3")
    for bucket in (each["Name"] for each in s3.list_buckets()["Buckets"]):
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
            for key in (each["Key"] for each in page.get("Contents", []) if each["LastModified"] >= since):
                if bucket == "uploads":
                    yield f"tags of {key}", json.dumps(s3.get_object_tagging(Bucket=bucket, Key=key)["TagSet"]).encode()
                else:
                    yield f"s3://{bucket}/{key}", s3.get_object(Bucket=bucket, Key=key)["Body"].read()


def in_home(stack: EmbeddedStack, since: datetime) -> Iterator[tuple[str, bytes]]:
    """Yield every file of the home that was written since then.

    Left out are the bytes of S3's objects, which buckets show, and the key itself.
    """
    for path in sorted(stack.home.rglob("*")):
        apart = path.is_relative_to(stack.home / "s3" / "blobs") or path.name == "pseudonym.key"
        if path.is_symlink() or not path.is_file() or apart:
            continue
        if path.stat().st_mtime >= since.timestamp():
            yield str(path.relative_to(stack.home)), path.read_bytes()


def in_logs(stack: EmbeddedStack, since: datetime) -> Iterator[tuple[str, bytes]]:
    """Yield what functions and the state machine have logged since then, which holds the history of each execution."""
    logs = stack.client("logs")
    for page in logs.get_paginator("describe_log_groups").paginate():
        for name in (each["logGroupName"] for each in page["logGroups"]):
            asked = {"logGroupName": name, "startTime": int(since.timestamp() * 1_000)}
            events = [each["events"] for each in logs.get_paginator("filter_log_events").paginate(**asked)]
            yield name, json.dumps(events).encode()


@pytest.fixture(scope="module")
def left(began: datetime, stack: EmbeddedStack, said: dict[str, bytes]) -> dict[str, bytes]:
    return {**said, **dict(in_buckets(stack, began)), **dict(in_home(stack, began)), **dict(in_logs(stack, began))}


def test_nothing_of_cards_and_people_is_kept_beside_the_upload(left: dict[str, bytes]) -> None:
    for kept in ("mlflow.db", "reference_sample.parquet", "input_example.json", "model.skops", "report.html"):
        assert any(name.endswith(kept) for name in left), sorted(left)
    assert any(b"h:" in body for name, body in left.items() if name.endswith("input_example.json"))
    assert found(left) == {}


def test_the_key_is_in_its_file_and_in_the_environment_of_what_hashes_alone(
    stack: EmbeddedStack, left: dict[str, bytes]
) -> None:
    file = stack.home / "pseudonym.key"
    assert file.stat().st_mode & 0o777 == 0o600
    key = file.read_text()
    assert re.fullmatch("[0-9a-f]{64}", key)
    assert [name for name, body in left.items() if key.encode() in body] == []
    pages = stack.client("lambda").get_paginator("list_functions").paginate()
    functions = [each for page in pages for each in page["Functions"]]
    having = [each["FunctionName"] for each in functions if key in json.dumps(each["Environment"])]
    hashing = ("load-data", "read-part", "score-parts", "score-transaction")
    assert sorted(having) == [f"fraudflow-{name}" for name in hashing]
