//! Deliveries of inventories, what an inventory is asked to list, and who asks.

use super::place::{Place, REPORTS};
use cloud::Fault;
use model::quantity::Bytes;
use tokio::io::AsyncReadExt as _;

pub(super) async fn deliveries_are_listed_and_read(place: &Place) {
    let deliveries = &place.account.deliveries;
    let folder = |prefix: &'static str| async move {
        let folder = deliveries.folder(&place.reports, prefix).await.expect("a folder");
        (folder.folders, folder.keys)
    };
    let all = "in ventory/ü+&/all/";
    let below = ["2026-11-19T01-00Z/", "2026-11-20T01-00Z/", "data/"].map(|name| format!("{all}{name}"));
    assert_eq!(folder("in ventory/ü+&/all/").await, (below.to_vec(), vec![]));
    let dated = REPORTS[1..3].iter().map(ToString::to_string).collect();
    assert_eq!(
        folder("in ventory/ü+&/all/2026-11-20T01-00Z/").await,
        (vec![], dated)
    );
    let root = (vec!["in ventory/".to_string()], vec!["other".to_string()]);
    assert_eq!(folder("").await, root);
    assert_eq!(folder("nothing/").await, (vec![], vec![]));
    for key in REPORTS {
        let mut content = deliveries.open(&place.reports, key).await.expect("an object");
        let mut text = String::new();
        content.body.read_to_string(&mut text).await.expect("its body");
        assert_eq!(
            (text.as_str(), content.size),
            (key, Some(Bytes(key.len() as u64)))
        );
    }
    let missing = [
        deliveries.open(&place.reports, "in ventory/none").await.map(drop),
        deliveries.open("rekey-no-such-bucket", "key").await.map(drop),
        deliveries.folder("rekey-no-such-bucket", "").await.map(drop),
        deliveries.region("rekey-no-such-bucket").await.map(drop),
        deliveries.configurations("rekey-no-such-bucket").await.map(drop),
    ];
    for (index, missing) in missing.into_iter().enumerate() {
        let error = missing.expect_err("nothing is there");
        assert_eq!(error.fault, Fault::NotFound, "{index}: {error}");
    }
    let region = deliveries.region(&place.reports).await.expect("a Region");
    assert!(region.is_none_or(|region| model::inventory::Region::parse(&region.0).is_some()));
}

pub(super) async fn inventories_are_told(place: &Place) {
    let told = place.account.deliveries.configurations(&place.versioned).await;
    if place.differences.misnames_inventories {
        let error = told.expect_err("an answer that cannot be read is not an empty one");
        assert_eq!(error.fault, Fault::Unanswered, "{error}");
        return;
    }
    let told = told.expect("the configurations");
    let [one] = told.as_slice() else {
        panic!("{told:?}")
    };
    assert!(one.enabled && one.all_versions, "{one:?}");
    assert!(
        !one.destination.contains(':') && !one.format.is_empty(),
        "{one:?}"
    );
    assert_eq!(
        model::inventory_offer::missing_fields(&one.fields),
        Vec::<&str>::new()
    );
    assert_eq!(one.frequency, "Daily");
    let folder = format!("{}/{}/{}/", one.prefix, place.versioned, one.id);
    assert_eq!(one.folder(&place.versioned), folder);
}

pub(super) async fn callers_are_told(place: &Place) {
    let caller = place.account.caller.identity().await.expect("who calls");
    assert!(caller.account_id.len() == 12 && caller.account_id.bytes().all(|digit| digit.is_ascii_digit()));
    assert!(
        caller.arn.starts_with("arn:aws:") && caller.arn.contains(&caller.account_id),
        "{caller:?}"
    );
}
