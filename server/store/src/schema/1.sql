-- The first form of the database. A later change adds a file 2.sql; this one stays as it is.

-- Imported deliveries. The snapshot is kept whole as JSON: it is read and written whole; the columns beside it are for lists.
CREATE TABLE snapshots (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    imported_at_ms INTEGER NOT NULL,
    source TEXT NOT NULL,
    rows INTEGER NOT NULL,
    objects INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    buckets TEXT NOT NULL,
    snapshot TEXT NOT NULL
) STRICT;

CREATE TABLE workloads (
    bucket TEXT NOT NULL PRIMARY KEY,
    workload TEXT NOT NULL
) STRICT;

CREATE TABLE settings (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;

CREATE TABLE plans (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    plan TEXT NOT NULL,
    created_at_ms INTEGER NOT NULL,
    created_by TEXT NOT NULL
) STRICT;

-- Nothing is run without a stored plan: hence the references.
CREATE TABLE journal (
    migration_id TEXT NOT NULL REFERENCES plans (id),
    seq INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    kind TEXT NOT NULL,
    payload TEXT NOT NULL,
    PRIMARY KEY (migration_id, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE leases (
    migration_id TEXT NOT NULL PRIMARY KEY REFERENCES plans (id),
    epoch INTEGER NOT NULL,
    owner TEXT NOT NULL
) STRICT;
