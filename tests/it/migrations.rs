//! Migrations on the sandbox, from the plan to the end, through the API.

use serde_json::{Value, json};
use tests::migrations::{act, confirm, key_for, objects, plan, started, total, wait};
use tests::server::{Server, data};

/// Names of the sandbox's buckets, the largest first.
fn buckets(server: &Server) -> Vec<String> {
    let overview = server.json("/api/v1/overview?order=objects");
    let buckets = overview["overview"]["buckets"].as_array().expect("buckets");
    buckets
        .iter()
        .map(|bucket| bucket["name"].as_str().expect("a name").to_string())
        .collect()
}

fn rows(page: &Value) -> u64 {
    page["plan"]["buckets"]
        .as_array()
        .expect("buckets")
        .iter()
        .map(|bucket| bucket["rows"].as_u64().expect("rows"))
        .sum()
}

#[test]
fn a_migration_ends_with_counts_that_add_up() {
    let (_folder, server) = started();
    // Logs are delivered to one of them, which must stay as it is.
    for bucket in buckets(&server)
        .into_iter()
        .filter(|name| name != "access-logs-eu")
    {
        let key = key_for(&server, &bucket);
        let (id, page) = plan(&server, &format!("bucket={bucket}&key={key}"));
        assert_eq!(page["live"]["state"], "planned");
        confirm(&server, &id, &bucket);
        let page = wait(&server, &id);
        let state = page["live"]["state"].as_str().expect("a state");
        assert!(
            state.starts_with("succeeded"),
            "{bucket}: {state}: {}",
            page["stopped"]
        );
        assert_eq!(
            total(&page["live"]["tally"]),
            rows(&page),
            "{bucket}: {}",
            page["live"]["tally"]
        );
        let here = &page["buckets"][0];
        assert_eq!(here["default_set"], true, "{bucket}");
        let verified = &here["verified"];
        assert_eq!(verified["met"], verified["checked"], "{bucket}: {verified}");
        assert_eq!(verified["checked"], here["done"], "{bucket}: {verified}");
    }
}

#[test]
fn what_came_under_a_legal_hold_since_the_inventory_is_named_by_its_cause() {
    let (_folder, server) = started();
    let bucket = "payments-ledger-prod";
    let key = key_for(&server, bucket);
    let (id, _) = plan(&server, &format!("bucket={bucket}&key={key}"));
    confirm(&server, &id, bucket);
    let page = wait(&server, &id);
    assert_eq!(
        page["live"]["state"], "succeeded-with-exceptions",
        "{}",
        page["stopped"]
    );
    let failures = page["failures"].as_array().expect("failures");
    assert_eq!(failures.len(), 1, "{failures:?}");
    assert_eq!(
        (&failures[0]["cause"], &failures[0]["count"]),
        (&json!("object-locked"), &json!(3))
    );
    let message = failures[0]["examples"][0][1]["message"]
        .as_str()
        .expect("a message");
    assert!(message.contains("Object Lock"), "{message}");
}

/// The lines of a draft with what may be chosen for each, by name.
fn offered(page: &Value) -> Vec<(String, Value)> {
    let lines = page["lines"].as_array().expect("lines");
    let named = |line: &Value| (line["line"].as_str().expect("a line").to_string(), line.clone());
    lines.iter().map(named).collect()
}

#[test]
fn the_method_of_a_kind_of_object_is_chosen_by_the_operator() {
    let (_folder, server) = started();
    let bucket = "kms-encryption-demo";
    let key = key_for(&server, bucket);
    let draft = format!("bucket={bucket}&key={key}");
    let page = server.json(&format!("/api/v1/plans?{draft}"));
    let lines = offered(&page);
    let (line, offer) = lines
        .iter()
        .find(|(_, offer)| {
            let methods = offer["methods"].as_array().expect("methods");
            methods.iter().all(|method| method["refused"].is_null())
        })
        .expect("a line with two methods");
    assert_eq!(offer["general"], "UpdateObjectEncryption");
    let usd = |method: usize| {
        let text = offer["methods"][method]["once_usd"].as_str().expect("a cost");
        text.parse::<f64>().expect("a number")
    };
    assert!(usd(0) > 0.0 && usd(1) > 0.0);

    let chosen = format!("{draft}&as={line}:copy");
    let by_copy = server.json(&format!("/api/v1/plans?{chosen}"));
    assert_eq!(by_copy["errors"], serde_json::json!([]));
    let method_of = |page: &Value| {
        let lines = page["plan"]["buckets"][0]["lines"].as_array().expect("lines");
        let of = |one: &&Value| {
            let current = if one["current"] == true {
                "current"
            } else {
                "noncurrent"
            };
            format!(
                "{}/{}/{current}",
                one["storage_class"].as_str().unwrap_or_default(),
                one["encryption_status"].as_str().unwrap_or_default()
            ) == *line
        };
        lines.iter().find(of).expect("the line")["method"].clone()
    };
    assert_eq!(method_of(&page), "UpdateObjectEncryption");
    assert_eq!(method_of(&by_copy), "CopyObject");
    assert!(
        page["cost"]["lines"]
            .to_string()
            .contains("UpdateObjectEncryption requests")
    );
    assert!(
        by_copy["cost"]["lines"]
            .to_string()
            .contains("CopyObject requests")
    );

    let html = server.get(&format!("/migrations/new?{chosen}")).1;
    assert!(
        html.contains(&format!("value=\"{line}:copy\" selected")),
        "the control shows the choice without script"
    );
    assert!(html.contains("form=\"draft\"") && html.contains("id=\"draft\""));

    let refused = server.json(&format!("/api/v1/plans?{draft}&as=GLACIER/SSE-S3/current:copy"));
    assert!(refused["plan"].is_null());
    let message = refused["errors"][0]["message"].as_str().expect("a message");
    assert!(message.contains("must be restored first"), "{message}");

    let (id, planned) = plan(&server, &chosen);
    confirm(&server, &id, bucket);
    let ended = wait(&server, &id);
    assert!(
        ended["live"]["state"]
            .as_str()
            .expect("a state")
            .starts_with("succeeded"),
        "{ended}"
    );
    assert_eq!(total(&ended["live"]["tally"]), rows(&planned));
    assert_eq!(
        ended["live"]["tally"]["converted"]["CopyObject"]["objects"],
        offer["objects"]
    );
}

#[test]
fn a_plan_is_confirmed_by_its_name_and_once() {
    let (_folder, server) = started();
    let bucket = buckets(&server).pop().expect("a bucket");
    let key = key_for(&server, &bucket);
    let (id, _) = plan(&server, &format!("bucket={bucket}&key={key}"));
    let (status, answer) = act(&server, &id, "confirm", "something else");
    assert_eq!(status, 422, "{answer}");
    assert!(
        answer["message"].as_str().expect("a message").contains(&bucket),
        "{answer}"
    );
    confirm(&server, &id, &bucket);
    assert_eq!(act(&server, &id, "confirm", &bucket).0, 409);
    let page = wait(&server, &id);
    assert_eq!(act(&server, &id, "pause", "").0, 409, "{page}");
}

#[test]
fn a_migration_can_be_paused_resumed_and_cancelled() {
    let folder = data();
    // Slow enough that it is still running when it is asked to pause.
    let server = Server::start(folder.path(), &["--sandbox", "--sandbox-latency-ms", "20"], &[]);
    assert_eq!(
        server.post("/api/v1/imports/sandbox", &serde_json::json!({})).0,
        204
    );
    let bucket = buckets(&server).remove(0);
    let key = key_for(&server, &bucket);
    let (id, _) = plan(&server, &format!("bucket={bucket}&key={key}&in_flight=8"));
    confirm(&server, &id, &bucket);
    server.follow(&format!("/events/migrations/{id}"), |live| {
        objects(&live["tally"]["converted"]) > 0
    });
    assert_eq!(act(&server, &id, "pause", "").0, 200);
    let paused = wait(&server, &id);
    assert_eq!(paused["live"]["state"], "paused");
    let done = objects(&paused["live"]["tally"]["converted"]);
    assert!(done > 0 && done < paused["live"]["objects_planned"].as_u64().expect("a count"));
    assert_eq!(act(&server, &id, "share", "80").0, 200);
    assert_eq!(act(&server, &id, "resume", "").0, 200);
    server.follow(&format!("/events/migrations/{id}"), |live| {
        objects(&live["tally"]["converted"]) > done
    });
    assert_eq!(act(&server, &id, "cancel", "").0, 200);
    let cancelled = wait(&server, &id);
    assert_eq!(cancelled["live"]["state"], "cancelled");
    assert_eq!(act(&server, &id, "resume", "").0, 409);
}

/// The key of a rehearsal is used by nobody else, the general one is: only the first tells what an object takes.
#[test]
fn kms_calls_for_each_object_are_measured_on_the_canaries() {
    let (_folder, server) = started();
    let bucket = "kms-encryption-demo";
    let drafted = server.json(&format!("/api/v1/plans?bucket={bucket}"));
    let key = |alias: &str| {
        let keys = drafted["keys"].as_array().expect("keys");
        let key = keys.iter().find(|key| key["title"] == alias).expect("a key");
        key["arn"].as_str().expect("its ARN").to_string()
    };
    let measured = |key: &str| {
        let query = format!("bucket={bucket}&key={key}&canary=4&canary_asks=on&rekey=on");
        let (id, page) = plan(&server, &query);
        assert_eq!(
            page["kms_calls"],
            serde_json::json!([]),
            "nothing is converted yet"
        );
        confirm(&server, &id, bucket);
        let page = wait(&server, &id);
        assert_eq!(page["live"]["state"], "paused", "it asks after the canaries");
        let row = page["kms_calls"][0].clone();
        assert_eq!(
            row["measured"]["objects"].as_u64(),
            Some(objects(&page["live"]["tally"]["converted"]))
        );
        let (_, html) = server.get(&format!("/migrations/{id}"));
        let (status, _) = act(&server, &id, "cancel", "");
        assert_eq!(status, 200);
        let _ = wait(&server, &id);
        (row, html)
    };
    let (alone, html) = measured(&key("alias/rehearsal"));
    let told = &alone["measured"];
    assert_eq!(told["before"], 0, "{told}");
    assert_eq!(told["operations"]["GenerateDataKey"], told["objects"], "{told}");
    assert!(html.contains("nobody else used the key"));
    let (shared, html) = measured(&key("alias/storage-general"));
    assert!(shared["measured"]["before"].as_u64() > Some(0), "{shared}");
    assert_eq!(shared["share"], Value::Null);
    assert!(html.contains("Others use this key too"));
}

#[test]
fn the_rate_per_prefix_is_a_setting_that_binds() {
    let (_folder, server) = started();
    let bucket = "kms-encryption-demo";
    let key = key_for(&server, bucket);
    let (status, refused) = server.post(
        "/api/v1/migrations",
        &serde_json::json!({ "query": format!("bucket={bucket}&key={key}&s3_writes=0&noted=on") }),
    );
    assert_eq!(status, 422, "{refused}");
    assert!(refused.to_string().contains("s3_writes"), "{refused}");
    let (id, page) = plan(&server, &format!("bucket={bucket}&key={key}&s3_writes=2"));
    let rate = &page["plan"]["rates"][0];
    assert_eq!(rate["binds"], "s3-prefix", "{rate}");
    let (_, html) = server.get(&format!("/migrations/{id}"));
    assert!(html.contains("S3 writes a second, per prefix"));
}

#[test]
fn a_field_that_no_plan_has_and_a_switch_that_is_none_are_refused() {
    let (_folder, server) = started();
    let bucket = "kms-encryption-demo";
    let query = format!("bucket={bucket}&key={}&noted=on", key_for(&server, bucket));
    for (more, named) in [
        ("&in_fligth=8", "`in_fligth` is no field of a plan"),
        ("&rekey=flase", "rekey: `flase` is neither on nor off"),
        ("&looks=none", "looks: is not standard, each or fewest"),
        (
            "&readers=arn:aws:s3:::x:role/y",
            "readers: `arn:aws:s3:::x:role/y` is not the ARN",
        ),
        (
            "&readers=arn:aws:iam::111122223333:role/*",
            "readers: `arn:aws:iam::111122223333:role/*` is not",
        ),
        ("&share=10&share=20", "share: is given twice, as `10` and as `20`"),
    ] {
        let (status, answer) = server.post(
            "/api/v1/migrations",
            &json!({ "query": format!("{query}{more}") }),
        );
        assert_eq!(status, 422, "{answer}");
        let message = answer["message"].as_str().unwrap_or_default();
        assert!(message.starts_with(named), "{message}");
    }
}

#[test]
fn a_bucket_that_is_being_migrated_is_told_by_the_next_plan_and_one_that_was_too() {
    let (_folder, server) = started();
    let bucket = "kms-encryption-demo";
    let query = format!("bucket={bucket}&key={}", key_for(&server, bucket));
    // Stored twice it is one plan, whatever its checks say each time.
    let (id, _) = plan(&server, &query);
    assert_eq!(plan(&server, &query).0, id);
    let (waits, _) = plan(
        &server,
        &format!("{query}&name=waits&freeze=2020-01-01..2099-12-31"),
    );
    confirm(&server, &waits, "waits");
    let draft = server.json(&format!("/api/v1/plans?{query}&name=other"));
    let found = draft["checks"].to_string();
    assert!(
        found.contains(&waits) && found.contains("cannot be confirmed"),
        "{found}"
    );
    let (status, answer) = act(&server, &id, "confirm", bucket);
    assert_eq!(status, 409, "{answer}");
    let (status, _) = act(&server, &waits, "cancel", "");
    assert_eq!(status, 200);
    let _ = wait(&server, &waits);
    confirm(&server, &id, bucket);
    let ended = wait(&server, &id);
    assert_eq!(ended["live"]["state"], "succeeded", "{}", ended["stopped"]);
    let draft = server.json(&format!("/api/v1/plans?{query}"));
    let checks = draft["checks"].as_array().expect("checks");
    let told = |check: &&Value| check["found"].as_str().unwrap_or_default().contains(&id);
    assert!(checks.iter().any(|check| told(&check)), "{checks:?}");
}

#[test]
fn settings_that_are_a_newer_migrations_are_not_offered_by_the_older_one() {
    let (_folder, server) = started();
    let bucket = "kms-encryption-demo";
    let draft = server.json(&format!("/api/v1/plans?bucket={bucket}"));
    let keys = draft["keys"].as_array().expect("keys");
    let usable = keys.iter().filter(|key| key["obstacle"].is_null());
    let keys: Vec<&str> = usable.filter_map(|key| key["arn"].as_str()).collect();
    let run = |name: &str, key: &str| {
        let (id, _) = plan(
            &server,
            &format!("bucket={bucket}&key={key}&rekey=on&name={name}"),
        );
        confirm(&server, &id, name);
        let _ = wait(&server, &id);
        id
    };
    let (older, newer) = (run("older", keys[0]), run("newer", keys[1]));
    let offered = |id: &str| {
        let page = server.json(&format!("/api/v1/migrations/{id}"));
        let of = page["buckets"][0]["settings_of"].clone();
        (page["actions"].to_string(), of)
    };
    let (actions, settings_of) = offered(&older);
    let any = ["enforce", "restore-default"].map(|action| actions.contains(action));
    assert_eq!(any, [false, false], "{actions}");
    assert_eq!(settings_of, json!(newer));
    let (actions, settings_of) = offered(&newer);
    let all = ["enforce", "restore-default"].map(|action| actions.contains(action));
    assert_eq!(all, [true, true], "{actions}");
    assert_eq!(settings_of, Value::Null);
    let (_, page) = server.get(&format!("/migrations/{older}"));
    assert!(page.contains(&format!("href=\"/migrations/{newer}\"")), "{page}");
    // Once the newer one has put the default back, the older one has the bucket again.
    assert_eq!(act(&server, &newer, "restore-default", "").0, 200);
    assert!(offered(&older).0.contains("restore-default"));
    assert_eq!(act(&server, &older, "restore-default", "").0, 200);
}

#[test]
fn a_name_that_nobody_could_type_is_refused_at_its_field() {
    let (_folder, server) = started();
    let key = key_for(&server, "kms-encryption-demo");
    let longest = "n".repeat(100);
    let cases = [
        (longest.clone(), None),
        ("N%C3%A4chtlich%20%F0%9F%8C%99".to_string(), None),
        (format!("{longest}n"), Some("101 characters")),
        ("night%00ly".to_string(), Some("U+0000")),
        ("night%0Aly".to_string(), Some("U+000A")),
        ("night%E2%80%AEly".to_string(), Some("U+202E")),
    ];
    for (name, wrong) in cases {
        let query = format!("bucket=kms-encryption-demo&key={key}&noted=on&name={name}");
        let page = server.json(&format!("/api/v1/plans?{query}"));
        let errors = page["errors"].as_array().expect("errors");
        let (status, answer) = server.post("/api/v1/migrations", &json!({ "query": query }));
        let Some(wrong) = wrong else {
            assert_eq!((errors.len(), status), (0, 201), "{name}: {page}");
            continue;
        };
        assert_eq!(errors[0]["field"], "name", "{name}: {errors:?}");
        assert!(
            errors[0]["message"].as_str().expect("words").contains(wrong),
            "{errors:?}"
        );
        assert_eq!(status, 422, "{name}: {answer}");
    }
}

#[test]
fn a_default_that_was_the_key_already_was_looked_at() {
    let (_folder, server) = started();
    let bucket = "kms-encryption-demo";
    let key = key_for(&server, bucket);
    for (name, expected) in [("first", "; now SSE-KMS under"), ("second", "was SSE-KMS under")] {
        let (id, _) = plan(&server, &format!("bucket={bucket}&key={key}&name={name}"));
        confirm(&server, &id, name);
        let _ = wait(&server, &id);
        let (_, html) = server.get(&format!("/migrations/{id}"));
        assert!(
            html.contains(expected) && !html.contains("not looked at yet"),
            "{name}"
        );
    }
}

/// What the exported commands set is what Rekey would: nothing of the rule that is there is lost, and a copy is held to
/// the object that was seen.
#[test]
fn exports_keep_what_is_there() {
    let (_folder, server) = started();
    let mut by_version = Vec::new();
    for bucket in buckets(&server) {
        let key = key_for(&server, &bucket);
        let drafted = |more: &str| server.json(&format!("/api/v1/plans?bucket={bucket}&key={key}{more}"));
        let page = drafted("&method=copy-only");
        let commands: Vec<&str> = page["commands"]
            .as_array()
            .expect("commands")
            .iter()
            .filter_map(Value::as_str)
            .collect();
        let of = |operation: &str| {
            commands
                .iter()
                .find(|line| line.starts_with(&format!("aws s3api {operation} ")))
        };
        let put = of("put-bucket-encryption").expect("a default");
        let kept = "\"BucketKeyEnabled\":true,\"BlockedEncryptionTypes\":{\"EncryptionType\":[\"SSE-C\"]}";
        assert!(put.contains(kept), "{put}");
        let terraform = page["terraform"].as_str().expect("a text");
        assert!(
            terraform.contains("blocked_encryption_types = [\"SSE-C\"]"),
            "{terraform}"
        );
        let Some(copy) = of("copy-object") else { continue };
        for part in [
            "--copy-source-if-match ETAG --if-match ETAG",
            "--storage-class CLASS",
            "--checksum-algorithm ALGORITHM",
        ] {
            assert!(copy.contains(part), "{copy}");
        }
        by_version.push(copy.contains("/KEY?versionId=VERSION'"));
        assert!(
            commands.iter().any(|line| line.starts_with("# Above 5 GiB")),
            "{commands:?}"
        );
    }
    // Some of the buckets keep versions, and some do not.
    assert!(
        by_version.contains(&true) && by_version.contains(&false),
        "{by_version:?}"
    );
}
