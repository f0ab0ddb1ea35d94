"""All that the API of S3 tells of what it holds."""

import hashlib
from typing import Any

MB = 2**20


def photograph(s3: Any) -> dict[str, Any]:  # noqa: ANN401 - boto3 makes clients up
    """Return everything that S3 knows."""
    return {bucket["Name"]: _bucket(s3, bucket) for bucket in s3.list_buckets()["Buckets"]}


def _bucket(s3: Any, bucket: dict[str, Any]) -> dict[str, Any]:  # noqa: ANN401
    name = bucket["Name"]
    listed = s3.list_object_versions(Bucket=name)
    versions = listed.get("Versions", [])
    uploads = s3.list_multipart_uploads(Bucket=name).get("Uploads", [])
    return {
        "created": bucket["CreationDate"],
        "versioning": s3.get_bucket_versioning(Bucket=name).get("Status"),
        "encryption": s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"],
        "access": s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"],
        "current": [item["Key"] for item in s3.list_objects_v2(Bucket=name).get("Contents", [])],
        "versions": versions,
        "markers": listed.get("DeleteMarkers", []),
        "objects": [_object(s3, name, item) for item in versions],
        "uploads": uploads,
        "parts": [s3.list_parts(Bucket=name, Key=up["Key"], UploadId=up["UploadId"]).get("Parts") for up in uploads],
    }


def _object(s3: Any, bucket: str, version: dict[str, Any]) -> dict[str, Any]:  # noqa: ANN401
    where = {"Bucket": bucket, "Key": version["Key"], "VersionId": version["VersionId"]}
    answer = s3.get_object(**where, ChecksumMode="ENABLED")
    kept = {
        name: value for name, value in answer.items() if name not in {"Body", "ResponseMetadata"}
    }  # every header that tells something of the object
    return kept | {
        "data": hashlib.sha256(answer["Body"].read()).hexdigest(),
        "tags": s3.get_object_tagging(**where)["TagSet"],
    }


def fill(s3: Any) -> dict[str, Any]:  # noqa: ANN401
    """Put something of every kind into S3; give the upload that is left unfinished."""
    for name in ("uploads", "runs", "elsewhere"):
        s3.create_bucket(Bucket=name)
    s3.put_bucket_versioning(Bucket="uploads", VersioningConfiguration={"Status": "Enabled"})
    rule = {"ID": "x", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 90}}
    s3.put_bucket_lifecycle_configuration(Bucket="runs", LifecycleConfiguration={"Rules": [rule]})
    s3.put_bucket_tagging(Bucket="runs", Tagging={"TagSet": [{"Key": "team", "Value": "fraud"}]})
    for month in (1, 2, 3):
        s3.put_object(
            Bucket="uploads",
            Key="März & more.csv",
            Body=b"month %d" % month,
            Metadata={"settings": '{"seed": 7}', "$time": "no time"},
            ContentType="text/csv",
            Tagging=f"month={month}",
        )
    s3.put_object(Bucket="uploads", Key="deleted.csv", Body=b"still there, below its marker")
    s3.delete_object(Bucket="uploads", Key="deleted.csv")
    gone = s3.put_object(Bucket="uploads", Key="gone.csv", Body=b"one")["VersionId"]
    s3.delete_object(Bucket="uploads", Key="gone.csv", VersionId=gone)
    for text in (b"former", b"present"):
        s3.put_object(Bucket="runs", Key="replaced", Body=text)
    s3.put_object(Bucket="runs", Key="empty", Body=b"")
    s3.put_object(Bucket="runs", Key="tagged", Body=b"x", Metadata={"a": "1"})
    s3.put_object_tagging(Bucket="runs", Key="tagged", Tagging={"TagSet": [{"Key": "status", "Value": "failed"}]})
    own = {"Bucket": "runs", "Key": "tagged"}
    s3.copy_object(**own, CopySource=own, MetadataDirective="REPLACE", Metadata={"b": "2"})
    s3.copy_object(Bucket="elsewhere", Key="copy", CopySource={"Bucket": "runs", "Key": "replaced"})
    s3.put_object(Bucket="elsewhere", Key="before versioning", Body=b"null")
    s3.put_bucket_versioning(Bucket="elsewhere", VersioningConfiguration={"Status": "Enabled"})
    s3.put_object(Bucket="elsewhere", Key="before versioning", Body=b"since")
    s3.put_bucket_versioning(Bucket="elsewhere", VersioningConfiguration={"Status": "Suspended"})
    _multipart(s3, "done.csv", finish=True)
    return _multipart(s3, "unfinished.csv", finish=False)


def _multipart(s3: Any, key: str, *, finish: bool) -> dict[str, Any]:  # noqa: ANN401
    where = {"Bucket": "uploads", "Key": key}
    where["UploadId"] = s3.create_multipart_upload(**where, Metadata={"by": "parts"}, Tagging="a=b")["UploadId"]
    bodies = [bytes([number]) * 5 * MB for number in (1, 2)]
    parts = [
        {"PartNumber": number, "ETag": s3.upload_part(**where, PartNumber=number, Body=body)["ETag"]}
        for number, body in enumerate(bodies, 1)
    ]
    if finish:
        s3.complete_multipart_upload(**where, MultipartUpload={"Parts": parts})
    return {**where, "MultipartUpload": {"Parts": parts}}
