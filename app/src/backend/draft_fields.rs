//! The fields of a draft: one list for the page, which says how far a draft is, and for the server, which reads them.

/// The field that names a bucket of a draft.
pub const BUCKET_FIELD: &str = "bucket";

/// The field that names a key of a draft.
pub const KEY_FIELD: &str = "key";

/// The field that chooses the method of a single kind of objects: `as=STANDARD/SSE-S3/current:copy`, once for each.
pub const LINE_FIELD: &str = "as";

/// All fields of a draft, as they are called in the query of `/migrations/new` and of `/api/v1/plans`.
pub const DRAFT_FIELDS: [&str; 25] = [
    BUCKET_FIELD,
    KEY_FIELD,
    "bk",
    "method",
    LINE_FIELD,
    "noncurrent",
    "rekey",
    "share",
    "calls",
    "in_flight",
    "verify",
    "name",
    "canary",
    "canary_asks",
    "s3_writes",
    "looks",
    "hours",
    "freeze",
    "readers",
    "all_readers",
    "noted",
    "executor",
    "job_role",
    "job_place",
    "manifest",
];
