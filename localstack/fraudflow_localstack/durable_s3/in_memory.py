"""LocalStack's S3 in memory, saved to the ledger and restored from it."""

import logging
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from localstack.services.s3.models import S3Bucket, S3DeleteMarker, S3Multipart, S3Object, S3Part
from localstack.services.s3.utils import get_unique_key_id

from fraudflow_localstack.durable_s3.ledger import BucketRow, Changes, Ledger, PartRow, UploadRow, VersionRow
from fraudflow_localstack.durable_s3.ledger_documents import from_text, to_text
from fraudflow_localstack.patches import s3_memory
from fraudflow_localstack.patches.s3_memory import find_bucket

LOG = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Touched:
    """The part of a bucket that a request may have changed."""

    bucket: str
    keys: tuple[str, ...] = ()
    upload: str | None = None
    part: str | None = None
    configuration: bool = False
    all_keys: bool = False


def save(touched: Touched, changes: Changes) -> None:
    """Write what is in memory to the ledger."""
    bucket = find_bucket(touched.bucket)
    if bucket is None:
        changes.delete_bucket(touched.bucket)
        return
    if touched.configuration:
        changes.put_bucket(_bucket_row(bucket))
    for key in s3_memory.key_names(bucket) if touched.all_keys else touched.keys:
        changes.put_key(bucket.name, key, [_version_row(bucket, item) for item in s3_memory.versions(bucket, key)])
    if touched.upload:
        _save_upload(bucket, touched.upload, touched.part, changes)


@contextmanager
def _skipping(what: str) -> Iterator[None]:
    """Skip what can't be read: one damaged row must not hide the others. Its data stays on the disk."""
    try:
        yield
    except (ValueError, LookupError, TypeError) as error:
        LOG.error("The ledger of S3 can't be read for %s, which is skipped: %s", what, error)  # noqa: TRY400 - no bug of ours


def _save_upload(bucket: S3Bucket, upload_id: str, number: str | None, changes: Changes) -> None:
    upload = bucket.multiparts.get(upload_id)
    if upload is None:
        changes.delete_upload(bucket.name, upload_id)
        return
    document = to_text({"upload": s3_memory.attributes(upload), "object": s3_memory.attributes(upload.object)})
    changes.put_upload(bucket.name, UploadRow(upload_id, upload.object.key, document))
    part = upload.parts.get(number) if number else None
    if part is not None:
        changes.put_part(bucket.name, upload_id, PartRow(str(number), part.blob, to_text(s3_memory.attributes(part))))


def load(ledger: Ledger) -> None:
    """Load the whole ledger into memory, which is empty."""
    for row in ledger.buckets():
        bucket = restore_bucket(row)
        for key, rows in ledger.keys(row.name).items():
            with _skipping(f"the object {key} in {row.name}"):
                restore_key(bucket, key, rows)
        for upload in ledger.uploads(row.name):
            with _skipping(f"the unfinished upload of {upload.key} to {row.name}"):
                restore_upload(bucket, upload, ledger.parts(row.name, upload.id))


def revert(touched: Touched, ledger: Ledger) -> None:
    """Restore from the ledger what a change could not save: the change has not happened."""
    row = ledger.bucket(touched.bucket)
    bucket = find_bucket(touched.bucket)
    if row is None:
        if bucket is not None:
            s3_memory.remove_bucket(bucket)
        return
    if bucket is None or touched.configuration:
        bucket = restore_bucket(row)
    keys = ledger.keys(row.name) if touched.all_keys else {key: ledger.versions(row.name, key) for key in touched.keys}
    for key, rows in keys.items():
        restore_key(bucket, key, rows)
    if touched.upload:
        bucket.multiparts.pop(touched.upload, None)
        for upload in ledger.uploads(row.name):
            if upload.id == touched.upload:
                restore_upload(bucket, upload, ledger.parts(row.name, upload.id))


def blobs(touched: Touched) -> set[str]:
    """Return the blobs in memory of what a request may have changed."""
    bucket = find_bucket(touched.bucket)
    if bucket is None:
        return set()
    items = [item for key in touched.keys for item in s3_memory.versions(bucket, key) if isinstance(item, S3Object)]
    upload = bucket.multiparts.get(touched.upload)
    parts = [part for number, part in upload.parts.items() if number == touched.part] if upload else []
    return {item.blob for item in [*items, *parts]}


def restore_bucket(row: BucketRow) -> S3Bucket:
    """Restore a bucket, or the previous configuration of one that exists."""
    document = from_text(row.document)
    bucket = find_bucket(row.name)
    if bucket is None:
        bucket = s3_memory.add_bucket(row.name, row.account, row.region, document["attributes"]["owner"])
    s3_memory.set_attributes(bucket, document["attributes"] | _defaults(document))
    s3_memory.fit_key_store(bucket)
    s3_memory.replace_tags(bucket, bucket.bucket_arn, document["tags"])
    return bucket


def restore_key(bucket: S3Bucket, key: str, rows: Iterable[VersionRow]) -> None:
    """Restore the versions of a key; without rows, remove the key."""
    s3_memory.replace_versions(bucket, key, _items(bucket, key, rows))


def _items(bucket: S3Bucket, key: str, rows: Iterable[VersionRow]) -> Iterator[tuple[str, S3Object | S3DeleteMarker]]:
    """Yield the versions of a key one by one; each has its tags when it has been taken."""
    for row in rows:
        document = from_text(row.document)
        yield row.version, _item(key, row, document)
        s3_memory.replace_tags(bucket, get_unique_key_id(bucket.name, key, row.version or None), document["tags"])


def _item(key: str, row: VersionRow, document: Mapping[str, Any]) -> S3Object | S3DeleteMarker:
    item: S3Object | S3DeleteMarker
    if row.kind == "marker":
        item = S3DeleteMarker(key, row.version)
    else:
        item = S3Object(key)
        item.blob = row.blob
    s3_memory.set_attributes(item, document["attributes"])
    return item


def restore_upload(bucket: S3Bucket, row: UploadRow, parts: Iterable[PartRow]) -> None:
    """Restore an unfinished upload with its parts."""
    document = from_text(row.document)
    upload = S3Multipart(row.key)
    s3_memory.set_attributes(upload, document["upload"])
    s3_memory.set_attributes(upload.object, document["object"])
    for part_row in parts:
        part = S3Part(int(part_row.number))
        s3_memory.set_attributes(part, from_text(part_row.document))
        part.blob = part_row.blob
        upload.parts[part_row.number] = part
    bucket.multiparts[upload.id] = upload


def _bucket_row(bucket: S3Bucket) -> BucketRow:
    document = {
        "attributes": s3_memory.attributes(bucket),
        "tags": s3_memory.tags(bucket, bucket.bucket_arn),
        "defaults": [name for name, default in s3_memory.DEFAULTS.items() if getattr(bucket, name) is default],
    }
    return BucketRow(bucket.name, bucket.bucket_account_id, bucket.bucket_region, to_text(document))


def _defaults(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return LocalStack's own objects for attributes at their defaults; the first ledgers don't list which are."""
    names = document.get("defaults")
    if names is None:
        names = [name for name, default in s3_memory.DEFAULTS.items() if document["attributes"].get(name) == default]
    return {name: default for name, default in s3_memory.DEFAULTS.items() if name in names}


def _version_row(bucket: S3Bucket, item: S3Object | S3DeleteMarker) -> VersionRow:
    tags = s3_memory.tags(bucket, get_unique_key_id(bucket.name, item.key, item.version_id))
    attributes = s3_memory.attributes(item)
    if isinstance(item, S3DeleteMarker):
        return VersionRow(item.version_id, "marker", None, to_text({"attributes": attributes, "tags": tags}))
    # An object's own parts say where the parts of its upload began; they are plain values.
    document = to_text({"attributes": {**attributes, "parts": item.parts}, "tags": tags})
    return VersionRow(item.version_id or "", "object", item.blob, document)
