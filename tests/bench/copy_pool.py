"""Copies every object of a bucket onto itself under a KMS key with a pool of boto3 clients, sending all that a copy can:
what people write themselves when no tool keeps what they need.

    copy_pool.py ENDPOINT BUCKET KEY WORKERS
"""

import sys
from concurrent.futures import ThreadPoolExecutor

import boto3
from botocore.config import Config

endpoint, bucket, key, workers = sys.argv[1:]
s3 = boto3.client(
    "s3", endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test",
    config=Config(s3={"addressing_style": "path"}, max_pool_connections=int(workers)),
)


def copy(entry):
    s3.copy_object(
        Bucket=bucket, Key=entry["Key"], CopySource={"Bucket": bucket, "Key": entry["Key"]},
        CopySourceIfMatch=entry["ETag"], MetadataDirective="COPY", TaggingDirective="COPY",
        StorageClass=entry.get("StorageClass", "STANDARD"), ServerSideEncryption="aws:kms", SSEKMSKeyId=key,
        BucketKeyEnabled=True,
    )


with ThreadPoolExecutor(int(workers)) as pool:
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
        list(pool.map(copy, page.get("Contents", [])))
