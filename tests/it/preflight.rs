//! What is found before a migration and decided after it, through the API and the pages of the sandbox: hazards, readers
//! that would lose access, findings that need a word, and the bucket policy at the end.

use serde_json::{Value, json};
use tests::html::Page;
use tests::migrations::{act, confirm, key_for, plan, started, wait};
use tests::server::Server;

fn draft(server: &Server, bucket: &str, more: &str) -> Value {
    let key = key_for(server, bucket);
    server.json(&format!("/api/v1/plans?bucket={bucket}&key={key}{more}"))
}

/// Severities of a rule's findings.
fn found<'a>(draft: &'a Value, rule: &str) -> Vec<&'a str> {
    let checks = draft["checks"].as_array().expect("checks");
    let of_rule = checks.iter().filter(|check| check["rule"] == rule);
    of_rule.filter_map(|check| check["severity"].as_str()).collect()
}

#[test]
fn hazards_of_the_sandbox_are_found_where_they_are() {
    let (_folder, server) = started();
    for (bucket, rule, severity) in [
        ("access-logs-eu", "log-destination", "stop"),
        ("website-assets", "public-access", "watch"),
        ("customer-statements", "replication", "watch"),
        ("platform-backups", "service-writers", "watch"),
        ("platform-backups", "replication-into", "watch"),
        ("customer-statements", "key-account", "passed"),
        ("customer-statements", "key-store", "passed"),
        ("customer-statements", "key-grants", "passed"),
        ("customer-statements", "client-requests", "information"),
        ("platform-backups", "public-access", "watch"),
        ("partner-uploads", "public-access", "passed"),
        ("partner-uploads", "notifications", "watch"),
        ("payments-ledger-prod", "object-lock", "information"),
        ("claims-documents-prod", "key-policy", "passed"),
    ] {
        let draft = draft(&server, bucket, "");
        let severities = found(&draft, rule);
        assert!(
            severities.contains(&severity),
            "{bucket} {rule}: {}",
            draft["checks"]
        );
        let checks = draft["checks"].as_array().expect("checks");
        for check in checks.iter().filter(|check| check["rule"] == rule) {
            assert!(check["why"] != "" && check["source"] != "", "{check}");
            assert!(
                check["title"] != "" && check["title"] != check["looked_at"],
                "{check}"
            );
        }
    }
}

/// What was looked at and found clean is folded up by bucket; what was found alike about several stands with the plan.
#[test]
fn what_was_found_clean_is_shown_by_bucket() {
    let (_folder, server) = started();
    let buckets = ["claims-documents-prod", "kms-encryption-demo"];
    let key = key_for(&server, buckets[0]);
    let query = format!("bucket={}&bucket={}&key={key}", buckets[0], buckets[1]);
    let draft = server.json(&format!("/api/v1/plans?{query}"));
    let checks = draft["checks"].as_array().expect("checks");
    let passed = |bucket: Value| {
        let here = checks.iter().filter(|check| check["bucket"] == bucket);
        here.filter(|check| check["severity"] == "passed").count()
    };
    let page = Page::new(&server.get(&format!("/migrations/new?{query}")).1);
    let folded = page.texts("#checks > details > summary");
    let counts = [
        ("The plan", passed(Value::Null)),
        (buckets[0], passed(json!(buckets[0]))),
        (buckets[1], passed(json!(buckets[1]))),
    ];
    let expected = counts.map(|(about, count)| format!("{about}: {count} checks found nothing against it"));
    assert_eq!(folded, expected);
    assert!(passed(json!(buckets[1])) > 5, "{}", draft["checks"]);
    let titles = page.texts("#checks > details .check-title");
    for title in ["Object Lock", "Replication", "Key policy", "Public access"] {
        assert!(titles.iter().any(|text| text == title), "{title}: {titles:?}");
    }
    let severities = page.texts("#checks > ul .severity");
    assert!(
        !severities.is_empty() && !severities.iter().any(|word| word == "Passed"),
        "{severities:?}"
    );
}

#[test]
fn a_plan_that_reads_nothing_back_needs_a_word() {
    let (_folder, server) = started();
    for (more, severity) in [("", "passed"), ("&verify=5", "passed"), ("&verify=0", "watch")] {
        let draft = draft(&server, "kms-encryption-demo", more);
        let checks = draft["checks"].as_array().expect("checks");
        let found = checks
            .iter()
            .find(|check| check["title"] == "Reading back at the end");
        let found = found.unwrap_or_else(|| panic!("{more}: {}", draft["checks"]));
        assert_eq!(found["severity"], severity, "{more}: {found}");
    }
}

#[test]
fn a_plan_that_a_check_stops_or_nobody_took_note_of_is_not_stored() {
    let (_folder, server) = started();
    let order = |bucket: &str, more: &str| {
        let key = key_for(&server, bucket);
        let query = format!("bucket={bucket}&key={key}{more}");
        server.post("/api/v1/migrations", &json!({ "query": query }))
    };
    let (status, answer) = order("access-logs-eu", "&noted=on");
    assert_eq!(status, 409, "{answer}");
    let (status, answer) = order("customer-statements", "");
    assert_eq!(status, 422, "{answer}");
    assert!(answer.to_string().contains("noted=on"), "{answer}");
    let (status, answer) = order("customer-statements", "&noted=on");
    assert_eq!(status, 201, "{answer}");
    let id = answer["id"].as_str().expect("an id");
    let page = server.json(&format!("/api/v1/migrations/{id}"));
    let noted = page["plan"]["noted"].as_array().expect("what was noted");
    assert!(
        noted.iter().any(|text| text.to_string().contains("replication")),
        "{page}"
    );
    for path in [format!("/migrations/{id}"), format!("/migrations/{id}/report")] {
        let shown =
            Page::new(&server.get(&path).1).texts("section[aria-label='Findings that were noted'] li");
        let noted: Vec<&str> = noted.iter().filter_map(Value::as_str).collect();
        assert_eq!(shown, noted, "{path}");
    }
    let report = server.json(&format!("/api/v1/migrations/{id}/report"));
    assert_eq!(&report["opening"]["plan"]["noted"], &page["plan"]["noted"]);
}

/// The demonstration: with all of S3 and nothing on the key one reads today, and not afterwards.
#[test]
fn readers_that_would_lose_access_are_named() {
    let (_folder, server) = started();
    let draft = draft(&server, "customer-statements", "&all_readers=on");
    let readers = draft["readers"].as_array().expect("readers");
    let of = |name: &str| {
        let reader = readers.iter().find(|reader| {
            reader["principal"]
                .as_str()
                .is_some_and(|arn| arn.ends_with(name))
        });
        let reader = reader.unwrap_or_else(|| panic!("no {name} in {draft}"));
        (
            reader["today"]["can"].as_str().expect("a word"),
            reader["after"]["can"].as_str().expect("a word"),
        )
    };
    assert_eq!(of("user/s3-only"), ("yes", "no"));
    assert_eq!(of("role/customer-portal"), ("yes", "no"));
    assert_eq!(of("role/auditor"), ("yes", "no"));
    assert_eq!(of("role/office-reader"), ("yes", "unknown"));
    assert_eq!(of("role/case-handlers"), ("no", "no"));
    assert_eq!(of("role/statement-printer"), ("unknown", "no"));
    assert_eq!(of("role/statement-archive"), ("yes", "no"), "it reads one prefix");
    assert_eq!(of("777788889999:root"), ("unknown", "no"), "a whole account");
    assert_eq!(found(&draft, "readers"), ["watch"]);
    let (status, page) = server.get(&format!(
        "/migrations/new?bucket=customer-statements&key={}&all_readers=on",
        key_for(&server, "customer-statements")
    ));
    assert_eq!(status, 200);
    assert!(page.contains("Loses access") && page.contains("user/s3-only"));
    assert!(
        page.contains("Loses access, if it reads today"),
        "the key is closed to the other account, whatever its policies say"
    );
}

#[test]
fn uploads_are_held_to_the_key_after_the_run() {
    let (_folder, server) = started();
    let bucket = "kms-encryption-demo";
    let (id, _) = plan(
        &server,
        &format!("bucket={bucket}&key={}", key_for(&server, bucket)),
    );
    let (status, answer) = act(&server, &id, "enforce", "");
    assert_eq!(status, 409, "not before the run: {answer}");
    confirm(&server, &id, bucket);
    let page = wait(&server, &id);
    assert_eq!(page["live"]["state"], "succeeded");
    let canary = page["buckets"][0]["canary"].as_str().expect("canaries");
    assert!(canary.contains("compared"), "{canary}");
    let actions = |page: &Value| page["actions"].to_string();
    assert!(actions(&page).contains("enforce") && actions(&page).contains("restore-default"));
    let (status, page) = act(&server, &id, "enforce", "");
    assert_eq!(status, 200, "{page}");
    let evidence = page["buckets"][0]["settings"][0][1].as_str().expect("evidence");
    assert!(evidence.contains("under SSE-S3 was refused"), "{evidence}");
    assert!(evidence.contains("names no key was refused"), "{evidence}");
    assert!(!actions(&page).contains("enforce") && !actions(&page).contains("restore-default"));
    // Several threads render, and whichever is free closes a page: none may mind.
    for _ in 0..20 {
        let (_, html) = server.get(&format!("/migrations/{id}"));
        assert!(html.contains("Uploads are held to the key"));
    }
    let (status, page) = act(&server, &id, "release", "");
    assert_eq!(status, 200, "{page}");
    let (status, page) = act(&server, &id, "restore-default", "");
    assert_eq!(status, 200, "{page}");
    assert_eq!(
        page["actions"],
        json!(["delete-key"]),
        "only the clean-up is left"
    );
    assert!(page["log"].to_string().contains("put back"), "{}", page["log"]);
}

/// One tick changes several buckets: what it sets is shown for each.
#[test]
fn what_a_setting_becomes_is_shown_for_each_bucket() {
    let (_folder, server) = started();
    let buckets = ["customer-statements", "kms-encryption-demo"];
    let key = key_for(&server, buckets[0]);
    let (id, _) = plan(
        &server,
        &format!("bucket={}&bucket={}&key={key}", buckets[0], buckets[1]),
    );
    confirm(&server, &id, "2 buckets");
    let _ = wait(&server, &id);
    let page = Page::new(&server.get(&format!("/migrations/{id}")).1);
    let statements = page.texts("#after pre");
    assert_eq!(statements.len(), 2, "{statements:?}");
    let defaults = page.texts("#after details li");
    assert_eq!(defaults.len(), 2, "{defaults:?}");
    for ((bucket, statement), default) in buckets.iter().zip(&statements).zip(&defaults) {
        assert!(
            statement.contains(&format!("arn:aws:s3:::{bucket}/*")),
            "{statement}"
        );
        assert!(
            default.starts_with(bucket) && default.contains("SSE-S3"),
            "{default}"
        );
    }
}
