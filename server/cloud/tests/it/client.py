"""Sets objects up and looks at them with boto3, a client that shares no code with Rekey.

Reads one JSON command a line from standard input, and writes one JSON answer a line. Usage: client.py ENDPOINT.
"""

import json
import sys
from concurrent.futures import ThreadPoolExecutor

import boto3
from botocore.config import Config

LOGIN = dict(
    endpoint_url=sys.argv[1],
    region_name="us-east-1",
    aws_access_key_id="test",
    aws_secret_access_key="test",
)
s3 = boto3.client("s3", config=Config(s3={"addressing_style": "path"}), **LOGIN)
kms = boto3.client("kms", **LOGIN)


def create_bucket(bucket, versioned):
    s3.create_bucket(Bucket=bucket)
    if versioned:
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})


def create_locked_bucket(bucket):
    s3.create_bucket(Bucket=bucket, ObjectLockEnabledForBucket=True)


def create_key(description):
    return kms.create_key(Description=description)["KeyMetadata"]["Arn"]


def put(bucket, key, body, arguments):
    answer = s3.put_object(Bucket=bucket, Key=key, Body=body.encode(), **arguments)
    return answer.get("VersionId")


def put_many(bucket, prefix, count):
    with ThreadPoolExecutor(16) as pool:
        keys = [f"{prefix}{number:05}" for number in range(count)]
        list(pool.map(lambda key: s3.put_object(Bucket=bucket, Key=key, Body=b"x"), keys))


def put_inventory(bucket, destination, fields):
    """An inventory as it is offered on the import page."""
    destination = {"Bucket": f"arn:aws:s3:::{destination}", "Format": "Parquet", "Prefix": "inventory"}
    configuration = {
        "Id": "rekey",
        "IsEnabled": True,
        "IncludedObjectVersions": "All",
        "Schedule": {"Frequency": "Daily"},
        "OptionalFields": fields,
        "Destination": {"S3BucketDestination": destination},
    }
    s3.put_bucket_inventory_configuration(Bucket=bucket, Id="rekey", InventoryConfiguration=configuration)


def uploads(bucket):
    """Multipart uploads that were neither completed nor aborted."""
    return len(s3.list_multipart_uploads(Bucket=bucket).get("Uploads", []))


def delete(bucket, key):
    s3.delete_object(Bucket=bucket, Key=key)


HEADERS = {
    "content-type": "ContentType",
    "cache-control": "CacheControl",
    "content-disposition": "ContentDisposition",
    "content-encoding": "ContentEncoding",
    "content-language": "ContentLanguage",
    "expires": "ExpiresString",
    "x-amz-website-redirect-location": "WebsiteRedirectLocation",
}


def look(bucket, key):
    """Everything that a copy in place has to keep, and what it has to change."""
    head = s3.head_object(Bucket=bucket, Key=key, ChecksumMode="ENABLED")
    tags = s3.get_object_tagging(Bucket=bucket, Key=key)["TagSet"]
    grants = s3.get_object_acl(Bucket=bucket, Key=key)["Grants"]
    names = [(grant["Permission"], grant["Grantee"]) for grant in grants]
    return {
        "body": s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode(),
        "headers": {header: head[name] for header, name in HEADERS.items() if name in head},
        "grants": sorted(f"{permission} {grantee.get('URI') or grantee.get('ID')}" for permission, grantee in names),
        "checksums": {n: v for n, v in head.items() if n.startswith("Checksum") and n != "ChecksumType"},
        "lock": {name: str(value) for name, value in head.items() if name.startswith("ObjectLock")},
        "metadata": head["Metadata"],
        "class": head.get("StorageClass", "STANDARD"),
        "encryption": head.get("ServerSideEncryption"),
        "key": head.get("SSEKMSKeyId"),
        "bucket_key": head.get("BucketKeyEnabled", False),
        "tags": {tag["Key"]: tag["Value"] for tag in tags},
    }


for line in sys.stdin:
    command = json.loads(line)
    try:
        answer = {"ok": globals()[command.pop("do")](**command)}
    except Exception as error:
        answer = {"error": repr(error)}
    print(json.dumps(answer), flush=True)
