//! What the account tells on the pages: buckets with inventories, Macie, who calls, what to allow; and what is shown when
//! it does not tell.

use serde_json::{Value, json};
use std::collections::BTreeMap;
use tests::html::Page;
use tests::peers::{Kind, Peer};
use tests::server::{PATIENCE, Server, data};

fn main_of(server: &Server, path: &str) -> String {
    let (status, text) = server.get(path);
    assert_eq!(status, 200, "{path}: {text}");
    Page::new(&text).main()
}

#[test]
fn the_accounts_inventories_are_found_and_imported() {
    let folder = data();
    let server = Server::sandbox(folder.path());
    let found = server.json("/api/v1/discovery");
    let buckets = found["buckets"].as_array().expect("buckets");
    assert_eq!(found["all"], buckets.len());
    let named = |name: &str| {
        let bucket = buckets.iter().find(|bucket| bucket["name"] == name);
        bucket.unwrap_or_else(|| panic!("{name}: {found}"))
    };
    let inventory = &named("claims-documents-prod")["inventories"]["Ok"][0];
    assert_eq!(inventory["missing"], json!([]));
    let manifest = inventory["newest"]["Ok"]["manifest"]
        .as_str()
        .expect("a manifest");
    assert!(manifest.starts_with("s3://inventory-reports/"), "{manifest}");
    assert_eq!(inventory["newest"]["Ok"]["taken"], 1_795_136_400_000_u64);
    assert_eq!(named("website-assets")["inventories"]["Ok"], json!([]));

    // The button's form, as a browser sends it.
    let page = Page::new(&server.get("/import").1);
    let offered = page.attributes("#account td form input[name=location]", "value");
    assert!(offered.contains(&manifest.to_string()), "{offered:?}");
    let fields = [("location", manifest), ("region", "")];
    let (status, to) = server.post_form("/api/fn/start_import", &fields);
    assert_eq!((status, to.as_deref()), (302, Some("/import")));
    let ended = || server.json("/api/v1/imports")[0]["ended"].clone();
    let begun = std::time::Instant::now();
    while ended().is_null() {
        assert!(begun.elapsed() < PATIENCE, "the import does not end");
    }
    let ended = ended();
    let id = ended["Ok"][0].as_str().unwrap_or_else(|| panic!("{ended}"));
    let snapshot = server.json(&format!("/api/v1/snapshots/{id}"));
    assert_eq!(snapshot["source"]["location"], manifest);
    assert_eq!(snapshot["groups"][0]["region"], "eu-west-2");

    let text = main_of(&server, "/import?bucket=website&offer=website-assets");
    for part in [
        "\"IncludedObjectVersions\": \"All\"",
        "\"BucketKeyStatus\"",
        "arn:aws:s3:::website-assets",
        "111122223333",
        "s3.amazonaws.com",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let page = Page::new(&server.get("/import?bucket=website").1);
    assert_eq!(page.texts("#account th[scope=row]"), ["website-assets"]);
}

#[test]
fn macie_is_asked_live() {
    let folder = data();
    let server = Server::sandbox(folder.path());
    let id = server.import("macie://", "");
    let all = server.json(&format!("/api/v1/snapshots/{id}"));
    assert_eq!(
        (&all["source"]["kind"], &all["source"]["location"]),
        (&json!("macie"), &json!("macie://"))
    );
    let id = server.import("macie://eu-central-1", "");
    let one = server.json(&format!("/api/v1/snapshots/{id}"));
    let (one, all): (Vec<&Value>, Vec<&Value>) = (
        one["groups"].as_array().expect("groups").iter().collect(),
        all["groups"].as_array().expect("groups").iter().collect(),
    );
    assert!(one.iter().all(|group| group["region"] == "eu-central-1") && one.len() < all.len());
    let (status, refused) = server.post("/api/v1/imports", &json!({ "location": "macie://nowhere" }));
    assert_eq!(status, 422, "{refused}");
}

#[test]
fn settings_say_who_calls_and_what_to_allow() {
    let folder = data();
    let server = Server::sandbox(folder.path());
    let text = main_of(&server, "/settings?can=macie");
    assert!(
        text.contains("arn:aws:sts::111122223333:assumed-role/rekey/sandbox"),
        "{text}"
    );
    assert!(
        text.contains("macie2:DescribeBuckets") && !text.contains("s3:PutObject"),
        "{text}"
    );
    let page = Page::new(&server.get("/settings?can=macie&can=import").1);
    let chosen = page.attributes("input[name=can][checked]", "value");
    assert_eq!(chosen, ["import", "macie"]);
    let settings = server.json("/api/v1/settings?can=import");
    let policy: Value = serde_json::from_str(settings["policy"].as_str().expect("a policy")).expect("JSON");
    let text = policy.to_string();
    assert!(
        text.contains("s3:GetInventoryConfiguration") && text.contains("kms:*:111122223333:key/*"),
        "{text}"
    );
    let parts = settings["capabilities"].as_array().expect("parts");
    assert!(
        parts.len() > 8 && parts.iter().all(|part| part["allowed"] == true),
        "{parts:?}"
    );
    let actions = settings["permissions"].as_array().expect("actions");
    assert!(
        actions.iter().all(|action| action["here"] == "yes"),
        "{actions:?}"
    );
    // The frame knows from then on.
    assert!(server.get("/").1.contains("account 111122223333"));
}

#[test]
fn a_server_at_a_custom_endpoint_tells_who_calls() {
    let peer = Peer::start(Kind::MiniStack);
    let folder = data();
    let variables = peer.variables();
    let variables: Vec<(&str, &str)> = variables
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let server = Server::start(folder.path(), &[], &variables);
    let settings = server.json("/api/v1/settings");
    let part = &settings["capabilities"][0];
    assert_eq!(
        part["allowed"],
        Value::Null,
        "look-alikes promise nothing: {part}"
    );
    let account = settings["account"].clone();
    let caller = account
        .as_array()
        .expect("facts")
        .iter()
        .find(|fact| fact[0] == "Caller");
    assert!(
        caller.is_some_and(|caller| caller[1].as_str().is_some_and(|arn| arn.starts_with("arn:aws:"))),
        "{account}"
    );

    // Credentials that it does not know: named as such, on every page that needs them, and nothing of them is shown.
    const SECRET: &str = "wJalrXUtnFEMI-not-to-be-seen";
    let folder = data();
    let wrong: Vec<(&str, &str)> = variables
        .iter()
        .map(|(name, value)| match *name {
            "AWS_ACCESS_KEY_ID" => (*name, "AKIANOTKNOWNHERE0000"),
            "AWS_SECRET_ACCESS_KEY" => (*name, SECRET),
            _ => (*name, *value),
        })
        .chain([("AWS_SESSION_TOKEN", SECRET)])
        .collect();
    let server = Server::start(folder.path(), &[], &wrong);
    let settings = server.json("/api/v1/settings");
    assert!(
        settings["caller_error"]["hint"]
            .as_str()
            .is_some_and(|hint| hint.contains("credentials")),
        "{settings}"
    );
    let found = server.json("/api/v1/discovery");
    assert!(found["error"]["message"].as_str().is_some(), "{found}");
    let refused = server
        .try_import("s3://reports/inventory/", "")
        .expect_err("wrong credentials");
    let mut seen = format!("{settings}{found}{refused}");
    for page in ["/settings", "/import", "/"] {
        let (status, text) = server.get(page);
        assert_eq!(status, 200, "{page}");
        seen.push_str(&text);
    }
    let (_, log) = server.stop();
    seen.push_str(&log);
    assert!(!seen.contains(SECRET), "{seen}");
}

#[test]
fn an_account_that_does_not_answer_takes_nothing_else_away() {
    // Connections are taken, and nothing is ever said.
    let silent = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let endpoint = format!("http://{}", silent.local_addr().expect("its address"));
    let folder = data();
    let variables = [
        ("AWS_ENDPOINT_URL", endpoint.as_str()),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_REGION", "eu-west-2"),
    ];
    let server = Server::start(folder.path(), &[], &variables);
    for (page, part) in [
        ("/import", "From a path or from S3"),
        ("/settings", "Data directory"),
    ] {
        let begun = std::time::Instant::now();
        let text = main_of(&server, page);
        assert!(
            begun.elapsed() < std::time::Duration::from_secs(8),
            "{page} took {:?}",
            begun.elapsed()
        );
        assert!(text.contains(part), "{page}: {text}");
    }
}

#[test]
fn without_credentials_it_is_said_which_to_give() {
    let (folder, home) = (data(), data());
    let nowhere = home.path().join("none").display().to_string();
    let variables = [
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:9"),
        ("AWS_ACCESS_KEY_ID", ""),
        ("AWS_SECRET_ACCESS_KEY", ""),
        ("AWS_SESSION_TOKEN", ""),
        ("AWS_REGION", "eu-west-2"),
        ("AWS_EC2_METADATA_DISABLED", "true"),
        ("AWS_CONFIG_FILE", nowhere.as_str()),
        ("AWS_SHARED_CREDENTIALS_FILE", nowhere.as_str()),
    ];
    let server = Server::start(folder.path(), &[], &variables);
    let error = server.json("/api/v1/settings")["caller_error"].clone();
    assert!(
        error["hint"]
            .as_str()
            .is_some_and(|hint| hint.contains("AWS_PROFILE")),
        "{error}"
    );
    assert!(main_of(&server, "/import").contains("There are no credentials"));
}

/// Inventories do not name the Region of their bucket, and those of several Regions may lie in one place.
#[test]
fn each_bucket_is_imported_into_its_own_region() {
    let folder = data();
    let server = Server::sandbox(folder.path());
    let all = "s3://inventory-reports/inventory-csv/";
    let _ = server.import(all, "");
    let told = server.json("/api/v1/discovery");
    let regions = |list: &Value, name: &str| -> BTreeMap<String, String> {
        let buckets = list.as_array().expect("buckets").iter();
        let pair = |bucket: &Value| {
            let text = |field: &str| bucket[field].as_str().map(ToString::to_string);
            Some((text(name)?, text("region")?))
        };
        buckets.filter_map(pair).collect()
    };
    let told = regions(&told["buckets"], "name");
    let overview = server.json("/api/v1/overview");
    let known = regions(&overview["overview"]["buckets"], "name");
    assert!(known.len() > 5, "{overview}");
    for (bucket, region) in &known {
        assert_eq!(Some(region), told.get(bucket), "{bucket}");
    }
    // Whoever gives a Region is told where it is another, and nothing changes.
    let refused = server.try_import(&format!("{all}ml-features/"), "eu-west-2");
    let text = refused.expect_err("it is in us-east-1").to_string();
    assert!(text.contains("us-east-1") && text.contains("eu-west-2"), "{text}");
    let overview = server.json("/api/v1/overview");
    assert_eq!(regions(&overview["overview"]["buckets"], "name"), known);
}
