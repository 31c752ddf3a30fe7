//! Opening: one server per directory, no newer file, no damaged one.

use store::{Store, StoreError};

#[tokio::test]
async fn a_second_server_on_the_directory_is_told_so() {
    let directory = tempfile::tempdir().unwrap();
    let first = Store::open(directory.path()).unwrap();
    let second = Store::open(directory.path());
    let error = second.expect_err("it is in use");
    assert!(matches!(error, StoreError::InUse { .. }));
    assert!(
        error.to_string().contains(&*directory.path().to_string_lossy()),
        "{error}"
    );
    assert!(error.to_string().contains("--data"), "{error}");
    drop(first);
    Store::open(directory.path()).expect("free again");
}

#[tokio::test]
async fn a_newer_file_is_refused_and_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let path = Store::open(directory.path()).unwrap().path().to_path_buf();
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection.pragma_update(None, "user_version", 99).unwrap();
    drop(connection);
    let error = Store::open(directory.path()).expect_err("it is newer");
    assert!(
        matches!(
            error,
            StoreError::Newer {
                found: 99,
                known: 1,
                ..
            }
        ),
        "{error:?}"
    );
    assert!(error.to_string().contains("newer version"), "{error}");
}

#[tokio::test]
async fn a_file_that_is_no_database_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let path = Store::open(directory.path()).unwrap().path().to_path_buf();
    std::fs::write(
        &path,
        "not a database, but long enough to have a header of its own ".repeat(20),
    )
    .unwrap();
    let error = Store::open(directory.path()).expect_err("it is damaged");
    assert!(matches!(error, StoreError::Corrupt { .. }), "{error:?}");
    assert!(std::error::Error::source(&error).is_some());
}

#[tokio::test]
async fn a_directory_that_cannot_be_made_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("file");
    std::fs::write(&file, "").unwrap();
    let error = Store::open(&file.join("below")).expect_err("a file is in the way");
    assert!(matches!(error, StoreError::Directory { .. }), "{error:?}");
}

#[tokio::test]
async fn commits_are_synced() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path()).unwrap();
    let connection = rusqlite::Connection::open(store.path()).unwrap();
    let mode: String = connection
        .pragma_query_value(None, "journal_mode", |row| row.get(0))
        .unwrap();
    assert_eq!(mode, "wal");
}
