"""Forgetting an entity in a home, with an S3 played by moto."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import pytest
from moto import mock_aws

from functions.core.data.pseudonyms import pseudonym
from functions.decisions.decision_parts import to_parquet
from functions.decisions.forgetting import Forgetting
from functions.history_store.remembered_entities import RememberedEntities
from infra.errors import RemovalError
from infra.runs.bucket_objects import BucketObjects
from infra.runs.entity_removal import EntityRemoval
from tests.decided import decided
from tests.fakes import PSEUDONYM_KEY

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client


@pytest.fixture
def s3() -> Iterator["S3Client"]:
    with mock_aws():
        yield boto3.client("s3", region_name="us-east-1")


@pytest.fixture
def removal(s3: "S3Client", tmp_path: Path) -> EntityRemoval:
    remembered = RememberedEntities(tmp_path / "histories.sqlite")
    forgetting = Forgetting(tmp_path / "decisions.sqlite", BucketObjects(s3), "decisions", remembered)
    return EntityRemoval(forgetting, PSEUDONYM_KEY)


def test_a_card_is_found_by_the_homes_key_and_removed(s3: "S3Client", removal: EntityRemoval) -> None:
    of_card = {"card": pseudonym("4111", PSEUDONYM_KEY.encode())}
    s3.create_bucket(Bucket="decisions")
    for name, rows in {
        "both": [decided("a", features=of_card), decided("b")],
        "alone": [decided("c", features=of_card)],
        "other": [decided("d")],
    }.items():
        s3.put_object(Bucket="decisions", Key=f"date=2026-03-01/{name}.parquet", Body=to_parquet(rows))
    assert removal.find("4112").transactions == frozenset()
    assert removal.remove("4111").transactions == {"a", "c"}
    listed = s3.list_objects_v2(Bucket="decisions")["Contents"]
    assert [item["Key"] for item in listed] == ["date=2026-03-01/both.parquet", "date=2026-03-01/other.parquet"]
    assert removal.find("4111").transactions == frozenset()


def test_a_stack_without_the_bucket_keeps_nothing(removal: EntityRemoval) -> None:
    assert removal.find("4111").parts == []


def test_a_damaged_part_is_a_sentence_without_the_card(s3: "S3Client", removal: EntityRemoval) -> None:
    s3.create_bucket(Bucket="decisions")
    s3.put_object(Bucket="decisions", Key="date=2026-03-01/x.parquet", Body=b"4111")
    with pytest.raises(RemovalError, match=r"x\.parquet can't be read") as raised:
        removal.remove("4111")
    assert "4111" not in str(raised.value)


def test_histories_that_are_damaged_are_a_sentence(removal: EntityRemoval, tmp_path: Path) -> None:
    (tmp_path / "histories.sqlite").write_bytes(b"no database, and long enough to be looked at" * 50)
    with pytest.raises(RemovalError, match=r"histories\.sqlite is damaged"):
        removal.find("4111")
    assert not (tmp_path / "histories.sqlite.damaged").exists()
