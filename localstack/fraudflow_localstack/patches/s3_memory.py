"""LocalStack's S3 in memory, as far as its API does not show it: attributes, keys and versions."""

from collections.abc import Iterable, Mapping
from typing import Any

from localstack.constants import AWS_REGION_US_EAST_1
from localstack.services.s3.constants import DEFAULT_BUCKET_ENCRYPTION, DEFAULT_PUBLIC_BLOCK_ACCESS
from localstack.services.s3.models import (
    KeyStore,
    S3Bucket,
    S3DeleteMarker,
    S3Object,
    S3Store,
    VersionedKeyStore,
    s3_stores,
)

# What a bucket has until somebody sets it. LocalStack asks whether it is this very object, not one that equals it.
DEFAULTS: Mapping[str, Any] = {
    "encryption_rule": DEFAULT_BUCKET_ENCRYPTION,
    "public_access_block": DEFAULT_PUBLIC_BLOCK_ACCESS,
}

# These have rows or a column of their own in the ledger.
_APART = frozenset({"objects", "multiparts", "blob", "object", "parts"})


def find_bucket(name: str) -> S3Bucket | None:
    """Return a bucket of any account, or None."""
    any_store = s3_stores["0" * 12][AWS_REGION_US_EAST_1]
    owner = any_store.global_bucket_map.get(name)
    return s3_stores[owner][AWS_REGION_US_EAST_1].buckets.get(name) if owner else None


def add_bucket(name: str, account: str, region: str, owner: Any) -> S3Bucket:  # noqa: ANN401 - LocalStack's dictionary
    """Add an empty bucket and return it."""
    bucket = S3Bucket(name, account, region, owner=owner)
    store = _store(bucket)
    store.buckets[name] = bucket
    store.global_bucket_map[name] = account
    return bucket


def remove_bucket(bucket: S3Bucket) -> None:
    """Remove a bucket with all it holds."""
    store = _store(bucket)
    store.buckets.pop(bucket.name, None)
    store.global_bucket_map.pop(bucket.name, None)


def attributes(item: object) -> Mapping[str, Any]:
    """Return the plain attributes of a bucket, a version, an upload or a part."""
    return {name: value for name, value in vars(item).items() if name not in _APART}


def set_attributes(item: object, values: Mapping[str, Any]) -> None:
    """Set attributes that ``attributes`` has returned."""
    vars(item).update(values)


def fit_key_store(bucket: S3Bucket) -> None:
    """Replace a bucket's store of keys by an empty one when its versioning needs the other kind."""
    if bool(bucket.versioning_status) != isinstance(bucket.objects, VersionedKeyStore):
        bucket.objects = VersionedKeyStore() if bucket.versioning_status else KeyStore()


def key_names(bucket: S3Bucket) -> list[str]:
    """Return the keys of a bucket, those included whose current version is a delete marker."""
    return list(bucket.objects._store)


def versions(bucket: S3Bucket, key: str) -> list[S3Object | S3DeleteMarker]:
    """Return the versions of a key, oldest first."""
    if isinstance(bucket.objects, VersionedKeyStore):
        return list(bucket.objects._store.get(key, {}).values())
    item = bucket.objects.get(key)
    return [item] if item is not None else []


def replace_versions(bucket: S3Bucket, key: str, items: Iterable[tuple[str, S3Object | S3DeleteMarker]]) -> None:
    """Replace the versions of a key by ``items``, oldest first; without items, remove the key.

    Setting them one by one through LocalStack would change which version is current.
    """
    bucket.objects._store.pop(key, None)
    for version, item in items:
        if isinstance(bucket.objects, VersionedKeyStore):
            bucket.objects._store[key][version] = item
        else:
            bucket.objects.set(key, item)


def tags(bucket: S3Bucket, resource: str) -> Mapping[str, str]:
    """Return the tags of a bucket or of one of its versions."""
    found: Mapping[str, str] = _store(bucket).tags.get_tags(resource)
    return found


def replace_tags(bucket: S3Bucket, resource: str, values: Mapping[str, str]) -> None:
    """Replace the tags of a bucket or of one of its versions."""
    store = _store(bucket)
    store.tags.delete_all_tags(resource)
    if values:
        store.tags.update_tags(resource, dict(values))


def _store(bucket: S3Bucket) -> S3Store:
    return s3_stores[bucket.bucket_account_id][bucket.bucket_region]
