"""The peer of `cargo xtask bench ingest`: writes a delivery of S3 Inventory, and groups it with Python polars.

    ingest.py write FOLDER ROWS FILES    writes CSV files, manifest and checksum below FOLDER
    ingest.py group FOLDER               prints {"seconds", "objects", "bytes"} of a streaming group-by
"""

import csv
import datetime
import gzip
import hashlib
import json
import pathlib
import random
import sys
import time

COLUMNS = (
    "Bucket, Key, VersionId, IsLatest, IsDeleteMarker, Size, LastModifiedDate, ETag, StorageClass, "
    "IsMultipartUploaded, ReplicationStatus, EncryptionStatus, ObjectLockRetainUntilDate, ObjectLockMode, "
    "ObjectLockLegalHoldStatus, IntelligentTieringAccessTier, BucketKeyStatus, ChecksumAlgorithm"
).split(", ")
PREFIXES = ["logs/2026/", "logs/2025/", "curated/table%3Da/", "raw/", "tmp/", "m%C3%A9dia/", "a+b%2Bc/", "exports/", ""]
CLASSES = ["STANDARD"] * 5 + ["STANDARD_IA"] * 2 + ["INTELLIGENT_TIERING", "GLACIER", "DEEP_ARCHIVE", "GLACIER_IR"]
STATUSES = ["SSE-S3"] * 8 + ["SSE-KMS", "NOT-SSE", "DSSE-KMS", "SSE-C"]
CONFIGURATION = "inventory/bench-bucket/all-objects"


def row(number, dice):
    modified = datetime.datetime(2024, 6, 1) + datetime.timedelta(seconds=dice.randrange(900 * 86400))
    status = dice.choice(STATUSES)
    bucket_key = "ENABLED" if status == "SSE-KMS" and number % 2 else "DISABLED"
    return [
        "bench-bucket",
        f"{dice.choice(PREFIXES)}part-{number:09d}.bin",
        f"{dice.getrandbits(128):032x}",
        "true" if dice.random() < 0.75 else "false",
        "false",
        int(dice.lognormvariate(11, 3)),
        modified.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        f"{dice.getrandbits(128):032x}",
        dice.choice(CLASSES),
        "false",
        dice.choice(["", "COMPLETED", "PENDING", "REPLICA"]),
        status,
        "",
        "",
        "",
        "",
        bucket_key,
        "CRC64NVME",
    ]


def write(folder, rows, files):
    dice = random.Random(7)
    home = folder / CONFIGURATION
    (home / "data").mkdir(parents=True, exist_ok=True)
    listed = []
    for file in range(files):
        name = f"{hashlib.md5(str(file).encode()).hexdigest()}.csv.gz"
        path = home / "data" / name
        with gzip.open(path, "wt", newline="", compresslevel=6) as text:
            out = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
            out.writerows(row(number, dice) for number in range(rows * file // files, rows * (file + 1) // files))
        content = path.read_bytes()
        md5 = hashlib.md5(content).hexdigest()
        listed.append({"key": f"{CONFIGURATION}/data/{name}", "size": len(content), "MD5checksum": md5})
    manifest = {
        "sourceBucket": "bench-bucket",
        "destinationBucket": "arn:aws:s3:::inventory-destination",
        "version": "2016-11-30",
        "creationTimestamp": "1795136400000",
        "fileFormat": "CSV",
        "fileSchema": ", ".join(COLUMNS),
        "files": listed,
    }
    dated = home / "2026-11-20T01-00Z"
    dated.mkdir(exist_ok=True)
    text = json.dumps(manifest, indent=2).encode()
    (dated / "manifest.json").write_bytes(text)
    (dated / "manifest.checksum").write_text(hashlib.md5(text).hexdigest())


def group(folder):
    import polars as pl

    begun = time.perf_counter()
    schema = {name: pl.Int64 if name == "Size" else pl.String for name in COLUMNS}
    files = sorted((folder / CONFIGURATION / "data").glob("*.csv.gz"))
    query = pl.scan_csv(files, has_header=False, schema=schema).group_by(
        "StorageClass", "EncryptionStatus", "BucketKeyStatus", "IsLatest", "IsDeleteMarker"
    )
    size, modified = pl.col("Size"), pl.col("LastModifiedDate")
    query = query.agg(
        pl.len().alias("objects"),
        size.sum().alias("bytes"),
        (size > 5 * 2**30).sum().alias("over_5_gib"),
        modified.min().alias("oldest"),
        modified.max().alias("newest"),
    )
    frame = query.collect(engine="streaming")
    seconds = time.perf_counter() - begun
    print(json.dumps({"seconds": seconds, "objects": frame["objects"].sum(), "bytes": frame["bytes"].sum()}))


if __name__ == "__main__":
    action, place = sys.argv[1], pathlib.Path(sys.argv[2])
    if action == "write":
        write(place, int(sys.argv[3]), int(sys.argv[4]))
    else:
        group(place)
