"""LocalStack's S3 in memory, kept in the ledger and made again from it."""

import logging
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from localstack.constants import AWS_REGION_US_EAST_1
from localstack.services.s3.constants import DEFAULT_BUCKET_ENCRYPTION, DEFAULT_PUBLIC_BLOCK_ACCESS
from localstack.services.s3.models import (
    KeyStore,
    S3Bucket,
    S3DeleteMarker,
    S3Multipart,
    S3Object,
    S3Part,
    S3Store,
    VersionedKeyStore,
    s3_stores,
)
from localstack.services.s3.utils import get_unique_key_id

from fraudflow_localstack.durable_s3.documents import from_text, to_text
from fraudflow_localstack.durable_s3.ledger import BucketRow, Changes, Ledger, PartRow, UploadRow, VersionRow

LOG = logging.getLogger(__name__)

# What has rows or a column of its own.
_APART = frozenset({"objects", "multiparts", "blob", "object", "parts"})

# What a bucket has until somebody sets it. LocalStack asks whether it is this very object, not one that equals it.
_DEFAULTS: Mapping[str, Any] = {
    "encryption_rule": DEFAULT_BUCKET_ENCRYPTION,
    "public_access_block": DEFAULT_PUBLIC_BLOCK_ACCESS,
}


@dataclass(frozen=True, kw_only=True)
class Touched:
    """What a request may have changed in a bucket."""

    bucket: str
    keys: tuple[str, ...] = ()
    upload: str | None = None
    part: str | None = None
    configuration: bool = False
    all_keys: bool = False


def find_bucket(name: str) -> S3Bucket | None:
    """Find a bucket of whichever account."""
    any_store = s3_stores["0" * 12][AWS_REGION_US_EAST_1]
    owner = any_store.global_bucket_map.get(name)
    return s3_stores[owner][AWS_REGION_US_EAST_1].buckets.get(name) if owner else None


def save(touched: Touched, changes: Changes) -> None:
    """Bring the ledger to what is in memory."""
    bucket = find_bucket(touched.bucket)
    if bucket is None:
        changes.delete_bucket(touched.bucket)
        return
    if touched.configuration:
        changes.put_bucket(_bucket_row(bucket))
    for key in _keys(bucket) if touched.all_keys else touched.keys:
        changes.put_key(bucket.name, key, [_version_row(bucket, item) for item in _versions(bucket, key)])
    if touched.upload:
        _save_upload(bucket, touched.upload, touched.part, changes)


@contextmanager
def _skipping(what: str) -> Iterator[None]:
    """Go on without what can't be read: one damaged row must not take the others away. Its data stays on the disk."""
    try:
        yield
    except (ValueError, LookupError, TypeError) as error:
        LOG.error("S3's ledger can't be read of %s, which is left out: %s", what, error)  # noqa: TRY400 - no bug of ours


def _save_upload(bucket: S3Bucket, upload_id: str, number: str | None, changes: Changes) -> None:
    upload = bucket.multiparts.get(upload_id)
    if upload is None:
        changes.delete_upload(bucket.name, upload_id)
        return
    document = to_text({"upload": _attributes(upload), "object": _attributes(upload.object)})
    changes.put_upload(bucket.name, UploadRow(upload_id, upload.object.key, document))
    part = upload.parts.get(number) if number else None
    if part is not None:
        changes.put_part(bucket.name, upload_id, PartRow(str(number), part.blob, to_text(_attributes(part))))


def load(ledger: Ledger) -> None:
    """Put all that the ledger has into memory, which is empty."""
    for row in ledger.buckets():
        bucket = restore_bucket(row)
        for key, rows in ledger.keys(row.name).items():
            with _skipping(f"the object {key} in {row.name}"):
                restore_key(bucket, key, rows)
        for upload in ledger.uploads(row.name):
            with _skipping(f"the unfinished upload of {upload.key} to {row.name}"):
                restore_upload(bucket, upload, ledger.parts(row.name, upload.id))


def revert(touched: Touched, ledger: Ledger) -> None:
    """Bring what is in memory to what the ledger has: a change could not be kept, so it has not happened."""
    row = ledger.bucket(touched.bucket)
    bucket = find_bucket(touched.bucket)
    if row is None:
        if bucket is not None:
            _store(bucket).buckets.pop(touched.bucket, None)
            _store(bucket).global_bucket_map.pop(touched.bucket, None)
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
    """Name the data of what a request may have changed, as memory has it."""
    bucket = find_bucket(touched.bucket)
    if bucket is None:
        return set()
    items = [item for key in touched.keys for item in _versions(bucket, key) if isinstance(item, S3Object)]
    upload = bucket.multiparts.get(touched.upload)
    parts = [part for number, part in upload.parts.items() if number == touched.part] if upload else []
    return {item.blob for item in [*items, *parts]}


def restore_bucket(row: BucketRow) -> S3Bucket:
    """Make a bucket, or give one that is there its former configuration."""
    document = from_text(row.document)
    bucket = find_bucket(row.name)
    if bucket is None:
        bucket = S3Bucket(row.name, row.account, row.region, owner=document["attributes"]["owner"])
        store = _store(bucket)
        store.buckets[row.name] = bucket
        store.global_bucket_map[row.name] = row.account
    vars(bucket).update(document["attributes"] | _defaults(document))
    if bool(bucket.versioning_status) != isinstance(bucket.objects, VersionedKeyStore):
        bucket.objects = VersionedKeyStore() if bucket.versioning_status else KeyStore()
    _set_tags(bucket, bucket.bucket_arn, document["tags"])
    return bucket


def restore_key(bucket: S3Bucket, key: str, rows: Iterable[VersionRow]) -> None:
    """Make a key's versions; no rows take the key away."""
    bucket.objects._store.pop(key, None)  # noqa: SLF001 - setting them one by one would change what is current
    for row in rows:
        document = from_text(row.document)
        item: S3Object | S3DeleteMarker
        if row.kind == "marker":
            item = S3DeleteMarker(key, row.version)
        else:
            item = S3Object(key)
            item.blob = row.blob
        vars(item).update(document["attributes"])
        if isinstance(bucket.objects, VersionedKeyStore):
            bucket.objects._store[key][row.version] = item  # noqa: SLF001
        else:
            bucket.objects.set(key, item)
        _set_tags(bucket, get_unique_key_id(bucket.name, key, row.version or None), document["tags"])


def restore_upload(bucket: S3Bucket, row: UploadRow, parts: Iterable[PartRow]) -> None:
    """Make an unfinished upload with its parts."""
    document = from_text(row.document)
    upload = S3Multipart(row.key)
    vars(upload).update(document["upload"])
    vars(upload.object).update(document["object"])
    for part_row in parts:
        part = S3Part(int(part_row.number))
        vars(part).update(from_text(part_row.document))
        part.blob = part_row.blob
        upload.parts[part_row.number] = part
    bucket.multiparts[upload.id] = upload


def _bucket_row(bucket: S3Bucket) -> BucketRow:
    document = {
        "attributes": _attributes(bucket),
        "tags": _store(bucket).tags.get_tags(bucket.bucket_arn),
        "defaults": [name for name, default in _DEFAULTS.items() if getattr(bucket, name) is default],
    }
    return BucketRow(bucket.name, bucket.bucket_account_id, bucket.bucket_region, to_text(document))


def _defaults(document: Mapping[str, Any]) -> dict[str, Any]:
    """Give LocalStack's own objects for what was left at its default; the first ledgers don't tell what that was."""
    names = document.get("defaults")
    if names is None:
        names = [name for name, default in _DEFAULTS.items() if document["attributes"].get(name) == default]
    return {name: default for name, default in _DEFAULTS.items() if name in names}


def _version_row(bucket: S3Bucket, item: S3Object | S3DeleteMarker) -> VersionRow:
    tags = _store(bucket).tags.get_tags(get_unique_key_id(bucket.name, item.key, item.version_id))
    attributes = _attributes(item)
    if isinstance(item, S3DeleteMarker):
        return VersionRow(item.version_id, "marker", None, to_text({"attributes": attributes, "tags": tags}))
    # An object's own parts say where the parts of its upload began; they are plain values.
    document = to_text({"attributes": {**attributes, "parts": item.parts}, "tags": tags})
    return VersionRow(item.version_id or "", "object", item.blob, document)


def _attributes(item: object) -> Mapping[str, Any]:
    return {name: value for name, value in vars(item).items() if name not in _APART}


def _keys(bucket: S3Bucket) -> list[str]:
    return list(bucket.objects._store)  # noqa: SLF001 - there is no other way to see a key that ends in a marker


def _versions(bucket: S3Bucket, key: str) -> list[S3Object | S3DeleteMarker]:
    if isinstance(bucket.objects, VersionedKeyStore):
        return list(bucket.objects._store.get(key, {}).values())  # noqa: SLF001
    item = bucket.objects.get(key)
    return [item] if item is not None else []


def _store(bucket: S3Bucket) -> S3Store:
    return s3_stores[bucket.bucket_account_id][bucket.bucket_region]


def _set_tags(bucket: S3Bucket, resource: str, tags: Mapping[str, str]) -> None:
    store = _store(bucket)
    store.tags.delete_all_tags(resource)
    if tags:
        store.tags.update_tags(resource, dict(tags))
