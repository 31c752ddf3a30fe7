"""Writes S3 Inventory deliveries of many buckets, for measuring pages on a large estate.

    python3 estate.py FOLDER BUCKETS

Each bucket gets one CSV delivery with a few dozen rows over classes, encryptions and prefixes.
"""

import gzip
import hashlib
import json
import pathlib
import sys

COLUMNS = "Bucket, Key, Size, LastModifiedDate, ETag, StorageClass, EncryptionStatus, BucketKeyStatus"
CLASSES = ["STANDARD", "STANDARD_IA", "INTELLIGENT_TIERING", "GLACIER_IR", "DEEP_ARCHIVE"]
STATUSES = ["SSE-S3", "SSE-S3", "SSE-S3", "SSE-KMS", "NOT-SSE"]


def rows(bucket, number):
    for index in range(36):
        size = 1 << (10 + (index * 7 + number) % 24)
        storage = CLASSES[(index + number) % len(CLASSES)]
        status = STATUSES[(index * 3 + number) % len(STATUSES)]
        day = 1 + (index + number) % 28
        key = f"team-{index % 4}/part-{index:04}"
        yield f'"{bucket}","{key}","{size}","2026-0{1 + index % 9}-{day:02}T00:00:00.000Z","e{index}","{storage}","{status}","DISABLED"\n'


def deliver(folder, number):
    bucket = f"bucket-{number:05}"
    place = folder / "inventory" / bucket / "all"
    dated = place / "2026-11-20T01-00Z"
    (place / "data").mkdir(parents=True, exist_ok=True)
    dated.mkdir(parents=True, exist_ok=True)
    data = gzip.compress("".join(rows(bucket, number)).encode(), 1, mtime=0)
    key = f"inventory/{bucket}/all/data/part-0.csv.gz"
    (folder / key).write_bytes(data)
    manifest = {
        "sourceBucket": bucket,
        "destinationBucket": "arn:aws:s3:::reports",
        "version": "2016-11-30",
        "creationTimestamp": "1795136400000",
        "fileFormat": "CSV",
        "fileSchema": COLUMNS,
        "files": [{"key": key, "size": len(data), "MD5checksum": hashlib.md5(data).hexdigest()}],
    }
    text = json.dumps(manifest)
    (dated / "manifest.json").write_text(text)
    (dated / "manifest.checksum").write_text(hashlib.md5(text.encode()).hexdigest())


folder, buckets = pathlib.Path(sys.argv[1]), int(sys.argv[2])
for number in range(buckets):
    deliver(folder, number)
