//! The promises of a journal, on disk.

use crate::estate::plan;
use engine::{Fence, Journal, JournalError};
use model::migration::{BatchId, Entry, Progress, State, Tally};
use model::plan::{MigrationId, Plan};
use model::time::UnixMillis;
use store::Store;

const NOBODY: Fence = Fence { epoch: 0 };

fn confirmed() -> Entry {
    Entry::Confirmed {
        by: "ada".to_string(),
        typed: "alpha".to_string(),
        order: None,
    }
}

fn started(epoch: u64) -> Entry {
    Entry::RunnerStarted {
        epoch,
        caller: Some("arn:aws:sts::111122223333:assumed-role/rekey/nightly".to_string()),
    }
}

fn batch(first_row: u64) -> BatchId {
    BatchId {
        bucket: 0,
        pass: 0,
        shard: 0,
        first_row,
    }
}

async fn opened(directory: &std::path::Path) -> (Store, Plan, MigrationId) {
    let store = Store::open(directory).unwrap();
    let plan = plan("m-1", "aa");
    store.put_plan(&plan, UnixMillis(0), "ada").await.unwrap();
    let id = plan.id.clone();
    (store, plan, id)
}

async fn append(store: &Store, epoch: u64, entries: Vec<Entry>) -> Result<u64, JournalError> {
    let id = MigrationId("m-1".to_string());
    let recorded = Journal::append(store, &id, Fence { epoch }, UnixMillis(1), entries).await?;
    Ok(recorded.last().map_or(0, |recorded| recorded.seq))
}

#[tokio::test]
async fn entries_are_there_after_a_restart_in_order_and_without_gaps() {
    let directory = tempfile::tempdir().unwrap();
    let (store, plan, id) = opened(directory.path()).await;
    assert_eq!(append(&store, 0, vec![confirmed()]).await.unwrap(), 1);
    assert_eq!(append(&store, 1, vec![started(1)]).await.unwrap(), 2);
    let intended = Entry::BatchIntended {
        batch: batch(0),
        rows: 11,
    };
    let done = Entry::BatchDone {
        batch: batch(0),
        tally: Tally::default(),
        failures: Vec::new(),
        in_doubt: Vec::new(),
    };
    assert_eq!(append(&store, 1, vec![intended, done.clone()]).await.unwrap(), 4);
    drop(store);
    let (store, _, _) = opened(directory.path()).await;
    assert_eq!(
        append(
            &store,
            1,
            vec![Entry::PauseRequested {
                by: "ada".to_string()
            }]
        )
        .await
        .unwrap(),
        5
    );
    let journal = Journal::read(&store, &id, 0).await.unwrap();
    assert_eq!(
        journal.iter().map(|recorded| recorded.seq).collect::<Vec<_>>(),
        [1, 2, 3, 4, 5]
    );
    assert_eq!(journal[3].entry, done);
    assert_eq!(Journal::read(&store, &id, 3).await.unwrap(), journal[3..]);
    assert_eq!(Progress::fold(&plan, &journal).unwrap().state, State::Pausing);
}

#[tokio::test]
async fn a_replaced_runner_is_refused_and_leaves_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let (store, _, id) = opened(directory.path()).await;
    append(&store, 0, vec![confirmed()]).await.unwrap();
    append(&store, 1, vec![started(1)]).await.unwrap();
    append(&store, 2, vec![started(2)]).await.unwrap();
    for (epoch, entry) in [
        (
            1,
            Entry::BatchIntended {
                batch: batch(0),
                rows: 1,
            },
        ),
        (2, started(2)),
        (
            3,
            Entry::BatchIntended {
                batch: batch(0),
                rows: 1,
            },
        ),
    ] {
        let refused = append(&store, epoch, vec![entry]).await;
        assert!(
            matches!(refused, Err(JournalError::Fenced { stored: 2, .. })),
            "{refused:?}"
        );
    }
    assert_eq!(Journal::read(&store, &id, 0).await.unwrap().len(), 3);
    append(
        &store,
        2,
        vec![Entry::BatchIntended {
            batch: batch(0),
            rows: 1,
        }],
    )
    .await
    .unwrap();
}

#[tokio::test]
async fn of_two_runners_that_start_at_once_one_wins() {
    let directory = tempfile::tempdir().unwrap();
    let (store, _, _) = opened(directory.path()).await;
    append(&store, 0, vec![confirmed()]).await.unwrap();
    let start = || append(&store, 1, vec![started(1)]);
    let (first, second) = tokio::join!(start(), start());
    assert_eq!(usize::from(first.is_ok()) + usize::from(second.is_ok()), 1);
}

#[tokio::test]
async fn an_illegal_entry_takes_its_neighbours_with_it() {
    let directory = tempfile::tempdir().unwrap();
    let (store, _, id) = opened(directory.path()).await;
    let refused = append(&store, 0, vec![confirmed(), confirmed()]).await;
    assert!(
        matches!(refused, Err(JournalError::Illegal { .. })),
        "{refused:?}"
    );
    assert!(Journal::read(&store, &id, 0).await.unwrap().is_empty());
    append(&store, 0, vec![confirmed()]).await.unwrap();
}

#[tokio::test]
async fn nothing_is_journaled_without_a_stored_plan() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path()).unwrap();
    let unknown = MigrationId("m-9".to_string());
    let refused = Journal::append(&store, &unknown, NOBODY, UnixMillis(0), vec![confirmed()]).await;
    let Err(JournalError::Unavailable { source, .. }) = refused else {
        panic!("{refused:?}")
    };
    assert!(source.to_string().contains("store it before"), "{source}");
    assert!(Journal::read(&store, &unknown, 0).await.unwrap().is_empty());
}

#[tokio::test]
async fn long_journals_are_read_in_pages() {
    let directory = tempfile::tempdir().unwrap();
    let (store, plan, id) = opened(directory.path()).await;
    append(&store, 0, vec![confirmed()]).await.unwrap();
    append(&store, 1, vec![started(1)]).await.unwrap();
    let entries = (0..10_000)
        .map(|n| Entry::BatchIntended {
            batch: batch(n),
            rows: 1,
        })
        .collect();
    append(&store, 1, entries).await.unwrap();
    let (mut progress, mut pages) = (Progress::new(&plan), 0);
    loop {
        let page = Journal::read(&store, &id, progress.seq).await.unwrap();
        if page.is_empty() {
            break;
        }
        pages += 1;
        page.iter().for_each(|recorded| progress.apply(recorded).unwrap());
    }
    assert_eq!((progress.open.len(), pages), (10_000, 3));
}
