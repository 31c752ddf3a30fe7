//! Whole migrations on two servers that stand in for AWS, through the API, with every object read back by another SDK.
//! Both destroy an object on `UpdateObjectEncryption`: that must be found out on a throwaway object, and `CopyObject`
//! offered instead.

use serde_json::Value;
use std::collections::BTreeMap;
use tests::migrations::{act, confirm, objects, plan, total, wait};
use tests::peers::{KEPT, Kind, Peer, fixture};
use tests::server::{Server, data};

/// Objects in the bucket: several batches, and quick enough on the slower server.
const OBJECTS: u64 = 600;

fn by_name(read: &Value) -> BTreeMap<String, Value> {
    let objects = read["objects"].as_array().expect("objects");
    objects
        .iter()
        .map(|object| {
            (
                object["name"].as_str().expect("a name").to_string(),
                object.clone(),
            )
        })
        .collect()
}

fn migrate(kind: Kind) {
    let peer = Peer::start(kind);
    let folder = data();
    let made = fixture(
        &peer,
        &[
            "make",
            folder.path().to_str().expect("a path"),
            &OBJECTS.to_string(),
        ],
    );
    let (bucket, key) = (
        made["bucket"].as_str().expect("a bucket"),
        made["key"].as_str().expect("a key"),
    );
    let before = by_name(&fixture_read(&peer, bucket));
    assert_eq!(before.len() as u64, OBJECTS);

    let store = data();
    let variables = peer.variables();
    let variables: Vec<(&str, &str)> = variables
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let server = Server::start(store.path(), &["--allow-changes"], &variables);
    let _ = server.import(made["manifest"].as_str().expect("a path"), "us-east-1");

    // The update is refused with the reason, and no real object is harmed.
    let (id, page) = plan(&server, &format!("bucket={bucket}&key={key}"));
    assert_eq!(
        page["plan"]["buckets"][0]["lines"][0]["method"],
        "UpdateObjectEncryption"
    );
    confirm(&server, &id, bucket);
    let page = wait(&server, &id);
    assert_eq!(page["live"]["state"], "stopped", "{page}");
    let reason = page["stopped"].as_str().expect("a reason");
    assert!(reason.contains("CopyObject"), "{reason}");
    assert_eq!(objects(&page["live"]["tally"]["converted"]), 0);
    assert_eq!(
        by_name(&fixture_read(&peer, bucket)),
        before,
        "no object changed and no probe is left"
    );

    // A copy converts them all and keeps what must be kept, once the bucket is free for another plan.
    assert_eq!(act(&server, &id, "cancel", "").0, 200);
    assert_eq!(wait(&server, &id)["live"]["state"], "cancelled");
    let (id, page) = plan(
        &server,
        &format!("bucket={bucket}&key={key}&method=copy-only&in_flight=16"),
    );
    assert_eq!(page["plan"]["buckets"][0]["lines"][0]["method"], "CopyObject");
    confirm(&server, &id, bucket);
    let page = wait(&server, &id);
    assert_eq!(page["live"]["state"], "succeeded", "{}", page["failures"]);
    assert_eq!(total(&page["live"]["tally"]), OBJECTS);
    assert_eq!(page["buckets"][0]["verified"]["met"], OBJECTS);
    let read = fixture_read(&peer, bucket);
    let rule = &read["default"]["ApplyServerSideEncryptionByDefault"];
    assert_eq!(
        (rule["SSEAlgorithm"].as_str(), rule["KMSMasterKeyID"].as_str()),
        (Some("aws:kms"), Some(key))
    );
    let after = by_name(&read);
    assert_eq!(after.len(), before.len());
    for (name, object) in after {
        let old = &before[&name];
        assert_eq!(object["encryption"], "aws:kms", "{name}");
        assert_eq!(object["key"].as_str(), Some(key), "{name}");
        for kept in KEPT {
            assert_eq!(object[kept], old[kept], "{kept} of {name}");
        }
    }
}

fn fixture_read(peer: &Peer, bucket: &str) -> Value {
    fixture(peer, &["read", bucket])
}

#[test]
fn a_whole_migration_on_moto() {
    migrate(Kind::Moto);
}

#[test]
fn a_whole_migration_on_ministack() {
    migrate(Kind::MiniStack);
}
