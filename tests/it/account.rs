//! What the account tells and what is asked of it from pages: quotas and increases, request metrics, the price list. On the
//! sandbox, and on an account of which nothing is heard.

use std::path::Path;
use std::time::{Duration, Instant};
use tests::html::Page;
use tests::server::{PATIENCE, Server, data};

/// A bucket in each of the sandbox's Regions.
const THREE: [(&str, &str); 3] = [
    ("website-assets", "eu-central-1"),
    ("kms-encryption-demo", "eu-west-2"),
    ("media-masters", "us-east-1"),
];

fn import_three(server: &Server, folder: &Path) {
    for (bucket, region) in THREE {
        let manifest = folder.join(format!(
            "sandbox/deliveries/inventory-csv/{bucket}/all-objects/2026-11-20T01-00Z/manifest.json"
        ));
        let _ = server.import(&manifest.display().to_string(), region);
    }
}

fn three() -> (tempfile::TempDir, Server) {
    let folder = data();
    let server = Server::sandbox(folder.path());
    import_three(&server, folder.path());
    (folder, server)
}

fn main(server: &Server, path: &str) -> String {
    let (status, body) = server.get(path);
    assert_eq!(status, 200, "{path}: {body}");
    Page::new(&body).main()
}

/// The page that a form leads to.
fn sent(server: &Server, path: &str, fields: &[(&str, &str)]) -> String {
    let (status, location) = server.post_form(path, fields);
    assert_eq!(status, 303, "{path}");
    main(server, &location.expect("a page"))
}

#[test]
fn the_quotas_page_says_what_the_account_told_and_when() {
    let (_folder, server) = three();
    let page = main(&server, "/quotas");
    for text in [
        "What the account tells",
        "live",
        "eu-central-1",
        "2,000",
        "6,200",
        "00 UTC, at most",
    ] {
        assert!(page.contains(text), "{text}: {page}");
    }
    let (_, body) = server.get("/quotas");
    assert!(
        body.contains("AWS/Usage CallCount"),
        "the derivation names the metric"
    );
    let told = server.json("/api/v1/quotas");
    let london = &told[1];
    assert_eq!(london["region"], "eu-west-2");
    assert_eq!(london["usage"]["quota"]["origin"], "applied");
    assert_eq!(
        london["usage"]["used"]["by_hour"].as_array().map(Vec::len),
        Some(168)
    );
    let first = london["asked_at"].as_i64().expect("a time");
    assert_eq!(
        server.json("/api/v1/quotas")[1]["asked_at"],
        first,
        "the answer is kept"
    );
    let _ = sent(&server, "/quotas/refresh", &[("back", "bk=1")]);
    assert!(
        server.json("/api/v1/quotas")[1]["asked_at"].as_i64() > Some(first),
        "until it is refreshed"
    );
}

#[test]
fn three_regions_are_asked_at_once() {
    let folder = data();
    let server = Server::start(folder.path(), &["--sandbox", "--sandbox-latency-ms", "500"], &[]);
    import_three(&server, folder.path());
    let begun = Instant::now();
    let page = main(&server, "/quotas");
    let took = begun.elapsed();
    assert!(!page.contains("has not answered yet"), "{page}");
    // Two questions in a row take a second; three Regions in a row would take three.
    assert!(took < Duration::from_secs(2), "{took:?}");
}

#[test]
fn an_increase_is_filed_once_and_followed_until_the_quota_has_risen() {
    let (_folder, server) = three();
    let order = [("region", "eu-central-1"), ("value", "4000"), ("back", "")];
    let with = |typed| [order[0], order[1], order[2], ("typed", typed)];
    let page = main(&server, "/quotas?gets=10368000000");
    assert!(page.contains("Type eu-central-1 to confirm"), "{page}");
    let page = sent(&server, "/quotas/increase", &with("eu-west-2"));
    assert!(
        page.contains("`eu-west-2` is not eu-central-1, so nothing was sent."),
        "{page}"
    );
    assert_eq!(
        server.json("/api/v1/quotas")[0]["requests"],
        serde_json::json!([])
    );

    let page = sent(&server, "/quotas/increase", &with("eu-central-1"));
    assert!(
        page.contains("PENDING") && page.contains("Filed from here"),
        "{page}"
    );
    let filed = &server.json("/api/v1/quotas")[0]["filed"][0];
    assert_eq!(
        (filed["desired"].as_u64(), filed["by"].as_str()),
        (Some(4000), Some("operator"))
    );
    let id = filed["filing"]["taken"]
        .as_str()
        .expect("a request id")
        .to_string();
    let page = sent(&server, "/quotas/increase", &with("eu-central-1"));
    assert!(
        page.contains(&format!("Request {id} of eu-central-1 is")),
        "no second one: {page}"
    );

    let (begun, mut seen) = (Instant::now(), Vec::new());
    loop {
        assert!(begun.elapsed() < PATIENCE, "it is not granted: {seen:?}");
        let (status, _) = server.post("/api/v1/quotas/refresh", &serde_json::Value::Null);
        assert_eq!(status, 204);
        let told = server.json("/api/v1/quotas")[0].clone();
        let state = told["requests"][0]["status"]
            .as_str()
            .expect("a status")
            .to_string();
        if seen.last() != Some(&state) {
            seen.push(state);
        }
        // The quota was asked for a moment before the request.
        let risen = told["usage"]["quota"]["limit"] == 4_000_000;
        if risen && seen.last().is_some_and(|state| state == "APPROVED") {
            assert_eq!(told["requests"].as_array().map(Vec::len), Some(1));
            break;
        }
    }
    assert_eq!(seen, ["PENDING", "CASE_OPENED", "APPROVED"]);
}

#[test]
fn an_account_that_is_not_heard_shows_what_is_missing_and_files_nothing() {
    let folder = data();
    let server = Server::unheard(folder.path());
    let _ = server.import(&tests::samples::text("london-10tb"), "eu-west-2");
    let page = main(&server, "/quotas?gets=10368000000");
    for text in [
        "The account does not tell everything",
        "eu-west-2, the quota:",
        "GetServiceQuota on eu-west-2",
        "bundled",
        "Filing is off here.",
        "--allow-changes",
        "We move data in Amazon S3 from SSE-S3 to SSE-KMS",
        "aws service-quotas request-service-quota-increase",
    ] {
        assert!(page.contains(text), "{text}: {page}");
    }
    let fields = [
        ("region", "eu-west-2"),
        ("value", "40000"),
        ("typed", "eu-west-2"),
        ("back", ""),
    ];
    let page = sent(&server, "/quotas/increase", &fields);
    assert!(page.contains("This server only reads."), "{page}");
    let page = sent(&server, "/prices/ask", &[]);
    assert!(page.contains("The price list did not answer"), "{page}");
    assert!(page.contains("Forecasts use the bundled prices"), "{page}");
}

#[test]
fn request_metrics_are_shown_with_their_source_and_adopted_by_a_button() {
    let folder = data();
    let server = Server::sandbox(folder.path());
    assert_eq!(
        server.post("/api/v1/imports/sandbox", &serde_json::Value::Null).0,
        204
    );
    let asked = [
        ("bucket", "partner-uploads"),
        ("bucket", "website-assets"),
        ("bucket", "payments-ledger-prod"),
        ("back", "q=p"),
    ];
    assert!(main(&server, "/requests").contains("Ask CloudWatch about these buckets"));
    let page = sent(&server, "/requests/metrics", &asked);
    for text in [
        "9 days brought to 30",
        "filter EntireBucket",
        "without a whole day of data points",
    ] {
        assert!(page.contains(text), "{text}: {page}");
    }
    let page = main(&server, "/requests?q=website");
    assert!(page.contains("Not enabled for the whole bucket"), "{page}");
    assert!(
        page.contains("put-bucket-metrics-configuration --bucket website-assets"),
        "{page}"
    );
    let heads = || {
        let workload = server.json("/api/v1/workload");
        let buckets = workload["bucket"].as_array().expect("buckets").clone();
        let found = buckets
            .into_iter()
            .find(|bucket| bucket["name"] == "partner-uploads");
        found.expect("the bucket")["heads_per_month"].clone()
    };
    assert_eq!(heads(), 0);
    let page = sent(
        &server,
        "/requests/adopt",
        &[("bucket", "partner-uploads"), ("back", "q=partner")],
    );
    assert!(
        page.contains("CloudWatch, 2026-") || page.contains("CloudWatch, 20"),
        "the row names its source: {page}"
    );
    assert_eq!(heads(), 42_500);
    let page = sent(
        &server,
        "/requests/adopt",
        &[("bucket", "website-assets"), ("back", "")],
    );
    assert!(
        page.contains("CloudWatch's counts of these buckets are not here."),
        "nothing to adopt: {page}"
    );
    let _ = sent(
        &server,
        "/requests/drop",
        &[("bucket", "partner-uploads"), ("back", "")],
    );
    assert_eq!(heads(), 0);
}

#[test]
fn live_prices_are_shown_beside_the_bundled_ones_and_used_once_adopted() {
    let (_folder, server) = three();
    let page = main(&server, "/prices");
    assert!(page.contains("not asked"), "{page}");
    assert!(!page.contains("Use the live prices in forecasts"), "{page}");
    let page = sent(&server, "/prices/ask", &[]);
    assert!(
        page.contains("same") && page.contains("simulated price list, eu-west-2-KMS-Requests"),
        "{page}"
    );
    let derivations = || server.get("/api/v1/forecast?gets=2000000&puts=10000").1;
    assert!(
        !derivations().contains("simulated price list"),
        "shown is not used"
    );
    let page = sent(&server, "/prices/adopt", &[]);
    assert!(
        page.contains("Forecasts use the live prices that operator adopted"),
        "{page}"
    );
    assert!(derivations().contains("Price: simulated price list, eu-west-2-KMS-Requests, 2026-11-20."));
    let rows = server.get("/api/v1/prices.csv").1;
    assert!(rows.contains("simulated price list"), "{rows}");
    let basis = server.json("/api/v1/basis");
    assert!(
        basis["prices"].as_array().is_some_and(|prices| prices.len() > 60),
        "the browser gets them too"
    );
    let page = sent(&server, "/prices/drop", &[]);
    assert!(page.contains("Forecasts use the bundled prices"), "{page}");
    assert!(!derivations().contains("simulated price list"));
}

#[test]
fn live_prices_by_command_need_a_region_and_an_answer() {
    let folder = data();
    let directory = folder.path().display().to_string();
    let run = |arguments: &[&str]| {
        let mut command = tests::server::rekey();
        command.args(["prices", "--data", &directory]).args(arguments);
        command
            .env("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .output()
            .expect("the binary starts")
    };
    assert_eq!(run(&["--live"]).status.code(), Some(2));
    let unheard = run(&["--live", "--region", "eu-west-2"]);
    assert_eq!(unheard.status.code(), Some(1));
    let said = String::from_utf8_lossy(&unheard.stderr);
    assert!(
        said.contains("the price list gave no price of eu-west-2"),
        "{said}"
    );
    assert_eq!(
        run(&["--region", "eu-west-2"]).status.code(),
        Some(0),
        "the bundled ones need nothing"
    );
}
