//! Snapshots, workload, settings and plans, across a restart.

use crate::estate::{group, plan, snapshot};
use model::counted::CountedRequests;
use model::increases::{FiledIncrease, Filing};
use model::inventory::{Region, SnapshotId};
use model::migration::Entry;
use model::plan::MigrationId;
use model::prices::{ListedPrice, Meter, Tier};
use model::quantity::{Ratio, Requests};
use model::requests::RequestCounts;
use model::time::UnixMillis;
use model::workload::{BucketWorkload, Workload, WorkloadDefaults};
use store::{AdoptedPrices, Store, StoreError};

#[tokio::test]
async fn a_snapshot_imported_twice_is_kept_once() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path()).unwrap();
    let (first, second) = (snapshot("aa", &["beta", "alpha"]), snapshot("bb", &["gamma"]));
    assert!(store.put_snapshot(&first, UnixMillis(5)).await.unwrap());
    assert!(!store.put_snapshot(&first, UnixMillis(6)).await.unwrap());
    assert!(store.put_snapshot(&second, UnixMillis(7)).await.unwrap());
    drop(store);
    let store = Store::open(directory.path()).unwrap();
    let summaries = store.snapshots().await.unwrap();
    assert_eq!(
        summaries
            .iter()
            .map(|summary| summary.id.0.as_str())
            .collect::<Vec<_>>(),
        ["bb", "aa"]
    );
    assert_eq!(summaries[1].imported_at, UnixMillis(5));
    assert_eq!(summaries[1].buckets, ["alpha", "beta"]);
    assert_eq!((summaries[1].rows, summaries[1].bytes), (first.rows, first.bytes));
    assert_eq!(store.snapshot(&first.id).await.unwrap(), Some(first));
    assert_eq!(store.snapshot(&SnapshotId("cc".to_string())).await.unwrap(), None);
}

#[tokio::test]
async fn a_snapshot_that_a_plan_needs_stays() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path()).unwrap();
    let id = SnapshotId("aa".to_string());
    store
        .put_snapshot(&snapshot("aa", &["alpha"]), UnixMillis(5))
        .await
        .unwrap();
    store
        .put_plan(&plan("m-1", "aa"), UnixMillis(6), "ada")
        .await
        .unwrap();
    let refused = store.remove_snapshot(&id).await;
    assert!(
        matches!(&refused, Err(StoreError::SnapshotNeeded { plan, .. }) if plan == "m-1"),
        "{refused:?}"
    );
    assert!(store.remove_plan(&MigrationId("m-1".to_string())).await.unwrap());
    assert!(store.remove_snapshot(&id).await.unwrap());
    assert!(!store.remove_snapshot(&id).await.unwrap());
}

#[tokio::test]
async fn a_plan_never_changes() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path()).unwrap();
    let first = plan("m-1", "aa");
    assert!(store.put_plan(&first, UnixMillis(6), "ada").await.unwrap());
    assert!(!store.put_plan(&first, UnixMillis(7), "bob").await.unwrap());
    let other = plan("m-1", "bb");
    assert!(matches!(
        store.put_plan(&other, UnixMillis(8), "bob").await,
        Err(StoreError::OtherPlan { .. })
    ));
    store
        .put_plan(&plan("m-2", "aa"), UnixMillis(9), "bob")
        .await
        .unwrap();
    let plans = store.plans().await.unwrap();
    assert_eq!(
        plans
            .iter()
            .map(|stored| stored.plan.id.0.as_str())
            .collect::<Vec<_>>(),
        ["m-2", "m-1"]
    );
    let stored = store.plan(&first.id).await.unwrap().unwrap();
    assert_eq!(
        (stored.plan, stored.created_at, stored.created_by.as_str()),
        (first.clone(), UnixMillis(6), "ada")
    );
    let entry = Entry::Confirmed {
        by: "ada".to_string(),
        typed: "alpha".to_string(),
        order: None,
    };
    let fence = engine::Fence { epoch: 0 };
    engine::Journal::append(&store, &first.id, fence, UnixMillis(1), vec![entry])
        .await
        .unwrap();
    assert!(matches!(
        store.remove_plan(&first.id).await,
        Err(StoreError::PlanUsed { .. })
    ));
}

#[tokio::test]
async fn a_workload_adds_to_what_is_known() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path()).unwrap();
    assert_eq!(store.workload().await.unwrap(), Workload::default());
    let bucket = |name: &str, gets| {
        let counts = RequestCounts::reads_and_writes(Requests(gets), Requests(1));
        BucketWorkload::new(name, None, &counts)
    };
    let defaults = WorkloadDefaults {
        peak_to_average: Ratio::from_milli(2_500),
    };
    store
        .put_workload(&Workload {
            defaults,
            buckets: vec![bucket("b", 1), bucket("a", 2)],
        })
        .await
        .unwrap();
    store
        .put_workload(&Workload {
            defaults,
            buckets: vec![bucket("b", 3)],
        })
        .await
        .unwrap();
    drop(store);
    let store = Store::open(directory.path()).unwrap();
    let expected = Workload {
        defaults,
        buckets: vec![bucket("a", 2), bucket("b", 3)],
    };
    assert_eq!(store.workload().await.unwrap(), expected);
    store.clear_workload().await.unwrap();
    assert_eq!(store.workload().await.unwrap(), Workload::default());
}

#[tokio::test]
async fn settings_are_kept_by_name() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path()).unwrap();
    assert_eq!(store.setting("region").await.unwrap(), None);
    store.put_setting("region", "eu-west-2").await.unwrap();
    store.put_setting("region", "us-east-1").await.unwrap();
    assert_eq!(
        store.setting("region").await.unwrap().as_deref(),
        Some("us-east-1")
    );
}

#[tokio::test]
async fn an_estate_of_five_thousand_buckets_comes_back_whole() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path()).unwrap();
    let mut large = snapshot("aa", &[]);
    large.groups = (0..5_000)
        .flat_map(|bucket| {
            (0..4).map(move |prefix| group(&format!("bucket-{bucket:05}"), &format!("{prefix}/")))
        })
        .collect();
    store.put_snapshot(&large, UnixMillis(1)).await.unwrap();
    assert_eq!(store.snapshot(&large.id).await.unwrap().as_ref(), Some(&large));
    assert_eq!(store.snapshots().await.unwrap()[0].buckets.len(), 5_000);
}

#[tokio::test]
async fn filed_increases_are_kept_newest_first_and_changed_in_place() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path()).unwrap();
    let filed = |at, filing| FiledIncrease {
        region: Region("eu-west-2".to_string()),
        desired: 40_000,
        by: "ada".to_string(),
        at: UnixMillis(at),
        filing,
    };
    for at in [900, 1_000] {
        store.put_increase(&filed(at, Filing::Sent)).await.unwrap();
    }
    let answered = filed(1_000, Filing::Taken("R-1".to_string()));
    store.put_increase(&answered).await.unwrap();
    drop(store);
    let store = Store::open(directory.path()).unwrap();
    assert_eq!(
        store.increases().await.unwrap(),
        [answered, filed(900, Filing::Sent)]
    );
}

#[tokio::test]
async fn adopted_counts_take_the_place_of_typed_ones() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path()).unwrap();
    let counts = RequestCounts::reads_and_writes(Requests(7), Requests(3));
    let workload = Workload {
        defaults: WorkloadDefaults::default(),
        buckets: vec![
            BucketWorkload::new("alpha", None, &counts),
            BucketWorkload::new("beta", None, &counts),
        ],
    };
    store.put_workload(&workload).await.unwrap();
    let counted = CountedRequests {
        bucket: "alpha".to_string(),
        counts,
        from: UnixMillis(0),
        until: UnixMillis(86_400_000),
        source: "CloudWatch".to_string(),
    };
    store.adopt_counted(std::slice::from_ref(&counted)).await.unwrap();
    let typed = store.workload().await.unwrap();
    assert_eq!(typed.buckets.len(), 1, "what was typed for it is gone");
    assert_eq!(typed.buckets[0].name, "beta");
    assert_eq!(store.counted().await.unwrap(), [counted]);
    store.drop_counted("alpha").await.unwrap();
    assert_eq!(store.counted().await.unwrap(), []);
}

#[tokio::test]
async fn adopted_prices_survive_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path()).unwrap();
    assert_eq!(store.prices().await.unwrap(), AdoptedPrices::default());
    let adopted = AdoptedPrices {
        at: UnixMillis(5),
        by: "ada".to_string(),
        prices: vec![ListedPrice {
            region: Region("eu-west-2".to_string()),
            meter: Meter::KmsRequest,
            tiers: vec![Tier {
                begin_gb: 0,
                end_gb: None,
                nano: 30_000_000,
            }],
            source: "AWS Price List API".to_string(),
            date: "2026-11-20".to_string(),
        }],
    };
    store.put_prices(&adopted).await.unwrap();
    drop(store);
    let store = Store::open(directory.path()).unwrap();
    assert_eq!(store.prices().await.unwrap(), adopted);
}
