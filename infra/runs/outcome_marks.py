"""Marks of how runs have ended: empty objects, by whose names a health check counts runs without reading records."""

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from functions.contracts import UnreadableRecordError
from functions.contracts.records import (
    COUNTED,
    ENDED,
    STATUSES,
    UNRECORDED,
    Ended,
    counted,
    counted_key,
    ended_key,
    read_record,
)
from infra.runs.archive import listed, recorded

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client
    from types_boto3_stepfunctions import SFNClient

_AT_ONCE = 8


class OutcomeMarks:
    """The marks of one runs bucket."""

    def __init__(self, s3: "S3Client", bucket: str) -> None:
        self._s3 = s3
        self._bucket = bucket

    def by_run(self) -> dict[str, str]:
        """Return the status of each marked run, by its name."""
        return counted(item["Key"] for item in listed(self._s3, self._bucket, COUNTED))

    def mark_stopped(self, machines: "SFNClient", machine: str) -> int:
        """Mark the runs that were stopped by hand or timed out, which record no end; return how many."""
        stopped: list[tuple[str, str]] = []
        for status in UNRECORDED:
            pages = machines.get_paginator("list_executions").paginate(stateMachineArn=machine, statusFilter=status)
            stopped += [(status, item["name"]) for page in pages for item in page["executions"]]
        marked = self.by_run()
        new = [mark for mark in stopped if mark[1] not in marked]
        for mark in new:
            self._s3.put_object(Bucket=self._bucket, Key=counted_key(*mark), Body=b"")
        return len(new)

    def count_ended(self) -> int:
        """Mark the ends that earlier releases recorded without a mark, so that they are counted; return how many."""
        marked = self.by_run()
        unmarked = [record.name for record in recorded(self._s3, self._bucket, ENDED) if record.name not in marked]
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            return sum(pool.map(self._mark, unmarked))

    def _mark(self, name: str) -> bool:
        """Mark the outcome of a run, unless its record can't be read; return whether it was marked."""
        key = ended_key(name)
        try:
            body = self._s3.get_object(Bucket=self._bucket, Key=key)["Body"].read()
            outcome = read_record(Ended, body, key).outcome
        except UnreadableRecordError:
            return False
        except ClientError as error:
            if error.response["Error"]["Code"] != "NoSuchKey":  # somebody has removed it meanwhile
                raise
            return False
        self._s3.put_object(Bucket=self._bucket, Key=counted_key(STATUSES[outcome], name), Body=b"")
        return True
