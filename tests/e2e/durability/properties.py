"""Every property of buckets and objects, set, read and asked for."""

import datetime as dt
import hashlib
from collections.abc import Callable, Iterator
from typing import Any

from botocore.exceptions import ClientError, ParamValidationError

MB = 2**20


BUCKETS = ("plain", "given", "taken", "locked")


CUSTOMER_KEY = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": "k" * 32}


UNTIL = dt.datetime(2099, 1, 1, tzinfo=dt.UTC)


def fill(s3: Any) -> str:  # noqa: ANN401 - boto3 makes clients up
    """Make a bucket that has nothing set, one that has everything, one that everything was taken from, a locked one."""
    for name in BUCKETS[:3]:
        s3.create_bucket(Bucket=name)
    s3.create_bucket(Bucket="locked", ObjectLockEnabledForBucket=True)
    for name in ("given", "taken"):
        for _, give, _ in properties(s3):
            give(name)
    for _, _, take in reversed(list(properties(s3))):
        take("taken")
    s3.put_object_lock_configuration(
        Bucket="locked",
        ObjectLockConfiguration={
            "ObjectLockEnabled": "Enabled",
            "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 1}},
        },
    )
    for name in BUCKETS:
        objects(s3, name)
    return multipart(s3, "given", finish=False)


def properties(s3: Any) -> Iterator[tuple[str, Callable[[str], Any], Callable[[str], Any]]]:  # noqa: ANN401
    """Name every property of a bucket, with a way to give it and one to take it away."""
    own = {"ID": "x", "Status": "Enabled", "Filter": {"Prefix": "logs/"}, "Expiration": {"Days": 9}}
    cors = {"CORSRules": [{"AllowedMethods": ["GET"], "AllowedOrigins": ["https://example.org"]}]}
    inventory = {
        "Id": "x", "IsEnabled": True, "IncludedObjectVersions": "All", "Schedule": {"Frequency": "Daily"},
        "Destination": {"S3BucketDestination": {"Bucket": "arn:aws:s3:::plain", "Format": "CSV"}},
    }  # fmt: skip
    tiers = {"Id": "x", "Status": "Enabled", "Tierings": [{"Days": 90, "AccessTier": "ARCHIVE_ACCESS"}]}
    # What a bucket has anyway: to LocalStack, given is another thing than left alone.
    default = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": False}
    blocked = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)

    def put(operation: str, **told: Any) -> Callable[[str], Any]:  # noqa: ANN401
        return lambda bucket: getattr(s3, operation)(Bucket=bucket, **told)

    yield (
        "versioning",
        put("put_bucket_versioning", VersioningConfiguration={"Status": "Enabled"}),
        put("put_bucket_versioning", VersioningConfiguration={"Status": "Suspended"}),
    )
    yield (
        "encryption",
        put("put_bucket_encryption", ServerSideEncryptionConfiguration={"Rules": [default]}),
        put("delete_bucket_encryption"),
    )
    yield (
        "access",
        put("put_public_access_block", PublicAccessBlockConfiguration=blocked),
        put("delete_public_access_block"),
    )
    yield (
        "ownership",
        put("put_bucket_ownership_controls", OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]}),
        put("delete_bucket_ownership_controls"),
    )
    yield (
        "tags",
        put("put_bucket_tagging", Tagging={"TagSet": [{"Key": "a", "Value": "b"}]}),
        put("delete_bucket_tagging"),
    )
    yield (
        "lifecycle",
        put("put_bucket_lifecycle_configuration", LifecycleConfiguration={"Rules": [own]}),
        put("delete_bucket_lifecycle"),
    )
    yield "cors", put("put_bucket_cors", CORSConfiguration=cors), put("delete_bucket_cors")
    yield (
        "website",
        put("put_bucket_website", WebsiteConfiguration={"IndexDocument": {"Suffix": "plain"}}),
        put("delete_bucket_website"),
    )
    yield (
        "payer",
        put("put_bucket_request_payment", RequestPaymentConfiguration={"Payer": "Requester"}),
        put("put_bucket_request_payment", RequestPaymentConfiguration={"Payer": "BucketOwner"}),
    )
    yield (
        "acceleration",
        put("put_bucket_accelerate_configuration", AccelerateConfiguration={"Status": "Enabled"}),
        put("put_bucket_accelerate_configuration", AccelerateConfiguration={"Status": "Suspended"}),
    )
    yield (
        "events",
        put("put_bucket_notification_configuration", NotificationConfiguration={"EventBridgeConfiguration": {}}),
        put("put_bucket_notification_configuration", NotificationConfiguration={}),
    )
    yield (
        "metrics",
        put("put_bucket_metrics_configuration", Id="x", MetricsConfiguration={"Id": "x"}),
        put("delete_bucket_metrics_configuration", Id="x"),
    )
    yield (
        "analytics",
        put(
            "put_bucket_analytics_configuration", Id="x", AnalyticsConfiguration={"Id": "x", "StorageClassAnalysis": {}}
        ),
        put("delete_bucket_analytics_configuration", Id="x"),
    )
    yield (
        "inventory",
        put("put_bucket_inventory_configuration", Id="x", InventoryConfiguration=inventory),
        put("delete_bucket_inventory_configuration", Id="x"),
    )
    yield (
        "tiering",
        put("put_bucket_intelligent_tiering_configuration", Id="x", IntelligentTieringConfiguration=tiers),
        put("delete_bucket_intelligent_tiering_configuration", Id="x"),
    )
    yield (
        "policy",
        lambda bucket: s3.put_bucket_policy(Bucket=bucket, Policy=policy(bucket)),
        put("delete_bucket_policy"),
    )


def policy(bucket: str) -> str:
    return (
        '{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "s3:GetObject", '
        f'"Resource": "arn:aws:s3:::{bucket}/secret/*"}}]}}'
    )


def objects(s3: Any, bucket: str) -> None:  # noqa: ANN401
    """Put one object of each kind."""
    kinds: dict[str, dict[str, Any]] = {
        "plain": {},
        "described": {
            "Metadata": {"a": "1", "$time": "x"},
            "ContentType": "text/csv",
            "CacheControl": "no-store",
            "ContentDisposition": "attachment",
            "ContentLanguage": "de",
            "ContentEncoding": "identity",
            "Expires": UNTIL,
        },
        "tagged": {"Tagging": "a=b&c=d"},
        "summed": {"ChecksumAlgorithm": "SHA256"},
        "encrypted": {"ServerSideEncryption": "AES256"},
        "customer": CUSTOMER_KEY,
        "archived": {"StorageClass": "GLACIER"},
        "elsewhere": {"WebsiteRedirectLocation": "/plain"},
        "logs/expiring": {},
    }
    if bucket in {"taken", "locked"}:  # what depends on the bucket
        kinds = {key: kinds[key] for key in ("plain", "tagged", "archived", "logs/expiring")}
    for key, told in kinds.items():
        s3.put_object(Bucket=bucket, Key=key, Body=key.encode() * 100, **told)
    if bucket == "locked":
        s3.put_object(Bucket=bucket, Key="held", Body=b"x", ObjectLockLegalHoldStatus="ON")
        s3.put_object(
            Bucket=bucket, Key="kept", Body=b"x", ObjectLockMode="COMPLIANCE", ObjectLockRetainUntilDate=UNTIL
        )
    if bucket == "given":
        s3.put_object(Bucket=bucket, Key="public", Body=b"x", ACL="public-read")
    s3.restore_object(Bucket=bucket, Key="archived", RestoreRequest={"Days": 5})
    s3.put_object(Bucket=bucket, Key="gone", Body=b"x")
    s3.delete_object(Bucket=bucket, Key="gone")
    if bucket in {"plain", "given"}:
        multipart(s3, bucket, finish=True)


def multipart(s3: Any, bucket: str, *, finish: bool) -> str:  # noqa: ANN401
    where = {"Bucket": bucket, "Key": "parts" if finish else "unfinished"}
    upload = s3.create_multipart_upload(**where, ChecksumAlgorithm="SHA256", Tagging="a=b", Metadata={"m": "1"})
    parts = []
    for number in (1, 2):
        sent = s3.upload_part(
            **where, UploadId=upload["UploadId"], PartNumber=number, Body=bytes([number]) * 5 * MB,
            ChecksumAlgorithm="SHA256",
        )  # fmt: skip
        parts.append({"PartNumber": number, "ETag": sent["ETag"], "ChecksumSHA256": sent["ChecksumSHA256"]})
    if finish:
        s3.complete_multipart_upload(**where, UploadId=upload["UploadId"], MultipartUpload={"Parts": parts})
    return str(upload["UploadId"])


def tell(s3: Any, operation: str, **told: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return the response to a call, an error included."""
    try:
        answer = getattr(s3, operation)(**told)
    except ParamValidationError:
        return {}
    except ClientError as error:
        return {"status": error.response["ResponseMetadata"]["HTTPStatusCode"], "error": error.response["Error"]}
    body = answer.pop("Body", None)
    kept = {name: value for name, value in answer.items() if name != "ResponseMetadata"}
    return kept | ({"data": hashlib.sha256(body.read()).hexdigest()} if body else {})


def read(s3: Any, upload: str) -> dict[str, Any]:  # noqa: ANN401
    """Ask everything that can be asked without changing anything: each operation of the API, of each thing there is."""
    model = s3.meta.service_model
    told: dict[str, Any] = {"buckets": s3.list_buckets()["Buckets"]}
    snake = {model.operation_model(name).name: method for method, name in s3.meta.method_to_api_mapping.items()}
    for name, method in sorted(snake.items()):
        if not name.startswith(("Get", "Head", "List")) or name == "ListBuckets":
            continue
        operation = model.operation_model(name)
        needed = set(operation.input_shape.required_members) if operation.input_shape else set()
        for where in _things(s3, needed, upload):
            told[f"{name} {sorted(where.items())}"] = tell(s3, method, **where)
    return told


def _things(s3: Any, needed: set[str], upload: str) -> Iterator[dict[str, Any]]:  # noqa: ANN401
    """Name what an operation that needs these arguments can be asked about."""
    if not needed <= {"Bucket", "Key", "Id", "UploadId", "ObjectAttributes"} or "Bucket" not in needed:
        return
    fixed: dict[str, Any] = {
        "Id": "x",
        "ObjectAttributes": ["ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize"],
    }
    more = {name: fixed[name] for name in needed & fixed.keys()}
    if "UploadId" in needed:
        yield {"Bucket": "given", "Key": "unfinished", "UploadId": upload}
        return
    for bucket in BUCKETS:
        if "Key" not in needed:
            yield {"Bucket": bucket, **more}
            continue
        listed = s3.list_object_versions(Bucket=bucket)
        for item in [*listed.get("Versions", []), *listed.get("DeleteMarkers", [])]:
            customer = CUSTOMER_KEY if item["Key"] == "customer" else {}
            version = {} if item["IsLatest"] else {"VersionId": item["VersionId"]}
            yield {"Bucket": bucket, "Key": item["Key"], **version, **more, **customer}
