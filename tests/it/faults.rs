//! Whole migrations over real HTTP on two servers that stand in for AWS, through a proxy that does to requests what AWS
//! does and these servers never do. Every object is looked at at the end, by another SDK and past the proxy.

use tests::migrations::{act, confirm, plan, total, wait};
use tests::peers::{Kind, Peer, fixture};
use tests::proxy::{Fate, Proxy, Weather};
use tests::server::{Server, data};

const OBJECTS: u64 = 5_000;

/// Of a thousand conversions, so many for each kind of fault.
const PER_MILLE: u64 = 8;

/// Objects on which the key is refused at first. The first of them stops the run.
const DENIED: [&str; 3] = ["part-01003.bin", "part-02503.bin", "part-04999.bin"];

fn migrate(kind: Kind) {
    let peer = Peer::unsigned(kind);
    let weather = Weather {
        per_mille: PER_MILLE,
        denied: DENIED.map(ToString::to_string).to_vec(),
    };
    let proxy = Proxy::start(&peer.endpoint(), weather);
    let folder = data();
    let path = folder.path().to_str().expect("a path");
    let made = fixture(&peer, &["make", path, &OBJECTS.to_string(), "mixed"]);
    let (bucket, key) = (
        made["bucket"].as_str().expect("a bucket"),
        made["key"].as_str().expect("a key"),
    );
    let store = data();
    let variables = Peer::variables_at(proxy.endpoint());
    let variables: Vec<(&str, &str)> = variables
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let server = Server::start(store.path(), &["--allow-changes"], &variables);
    let _ = server.import(made["manifest"].as_str().expect("a path"), "us-east-1");
    let query = format!("bucket={bucket}&key={key}&share=100&in_flight=64&verify=100");
    let (id, page) = plan(&server, &query);
    let lines = page["plan"]["buckets"][0]["lines"].as_array().expect("lines");
    let methods: Vec<&str> = lines.iter().filter_map(|line| line["method"].as_str()).collect();
    assert!(
        methods.contains(&"UpdateObjectEncryption") && methods.contains(&"CopyObject"),
        "{methods:?}"
    );
    confirm(&server, &id, bucket);
    let page = wait(&server, &id);
    assert_eq!(page["live"]["state"], "stopped", "{page}");
    let reason = page["stopped"].as_str().unwrap_or_default();
    assert!(
        reason.contains("Access was denied") && reason.contains("kms:"),
        "{reason}"
    );
    assert_eq!(act(&server, &id, "resume", "").0, 200);
    let page = wait(&server, &id);
    assert_eq!(page["live"]["state"], "succeeded-with-exceptions", "{page}");
    assert_eq!(total(&page["live"]["tally"]), OBJECTS);
    assert_eq!(
        tests::migrations::objects(&page["live"]["tally"]["failed"]),
        DENIED.len() as u64,
        "{}",
        page["failures"]
    );

    proxy.heal();
    assert_eq!(act(&server, &id, "retry", "").0, 200);
    let page = wait(&server, &id);
    assert_eq!(page["live"]["state"], "succeeded", "{}", page["failures"]);
    assert_eq!(total(&page["live"]["tally"]), OBJECTS);
    let met = proxy.met();
    for fate in [
        Fate::KmsSlow,
        Fate::KeyDenied,
        Fate::AnswerLost,
        Fate::ErrorInside,
        Fate::Internal,
    ] {
        assert!(
            met.get(&fate).is_some_and(|count| *count > 0),
            "{fate:?}: {met:?}"
        );
    }

    let checked = fixture(&peer, &["check", bucket, key, &OBJECTS.to_string()]);
    assert_eq!(checked["wrong"], serde_json::json!([]));
    assert_eq!(checked["listed"], OBJECTS, "no object too many, no probe left");
    match kind {
        Kind::Moto => assert_eq!(checked["bucket_keys"], OBJECTS),
        // It keeps no bucket key on an object; that it was asked for is seen on the way.
        Kind::MiniStack => assert!(proxy.bucket_keys() >= OBJECTS * 4 / 5),
    }
}

#[test]
fn five_thousand_objects_on_moto_whatever_is_thrown_at_them() {
    migrate(Kind::Moto);
}

#[test]
fn five_thousand_objects_on_ministack_whatever_is_thrown_at_them() {
    migrate(Kind::MiniStack);
}
