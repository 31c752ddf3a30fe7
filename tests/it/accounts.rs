//! Several accounts: what roles open, which account is asked about what, and what a role that is refused leaves as it is.

use serde_json::{Value, json};
use std::path::Path;
use std::sync::{Condvar, Mutex};
use std::time::Duration;
use tests::html::Page;
use tests::peers::{Kind, Peer, fixture};
use tests::samples;
use tests::server::{Server, data, rekey};
use tests::stub::{Answer, Request, Stub};

const ROLE: &str = "arn:aws:iam::444455556666:role/rekey";
const SESSION: &str = "arn:aws:sts::444455556666:assumed-role/rekey/rekey";
const MANIFEST: &str = "s3://their-reports/inventory/web-assets/all-objects/2026-11-20T01-00Z/manifest.json";

fn serve(store: &Path, flags: &[&str], variables: &[(impl AsRef<str>, String)]) -> Server {
    let variables: Vec<(&str, &str)> = variables
        .iter()
        .map(|(name, value)| (name.as_ref(), value.as_str()))
        .collect();
    Server::start(store, flags, &variables)
}

fn main_of(server: &Server, path: &str) -> String {
    let (status, text) = server.get(path);
    assert_eq!(status, 200, "{path}: {text}");
    Page::new(&text).main()
}

fn names(found: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_string();
    let buckets = found["buckets"].as_array().expect("buckets").iter();
    buckets
        .map(|bucket| (text(&bucket["name"]), text(&bucket["account"])))
        .collect()
}

#[test]
fn a_role_opens_its_account_on_a_server_that_keeps_accounts_apart() {
    let peer = Peer::start(Kind::Moto);
    let home = data();
    let sample = samples::path("current-only/csv");
    let sample = sample.to_str().expect("a path");
    std::fs::write(home.path().join("note.txt"), "ours").expect("a file");
    let ours = home.path().to_str().expect("a path");
    let _ = fixture(&peer, &["upload", ours, "our-notes"]);
    let _ = fixture(&peer, &["as", ROLE, "upload", sample, "their-reports"]);
    let store = data();
    let server = serve(store.path(), &["--assume-role", ROLE], &peer.variables());

    let settings = server.json("/api/v1/settings");
    let [other] = settings["accounts"].as_array().expect("accounts").as_slice() else {
        panic!("{settings}")
    };
    assert_eq!(
        (&other["number"], &other["role"]),
        (&json!("444455556666"), &json!(ROLE))
    );
    assert_eq!(other["caller"]["Ok"], SESSION);
    assert_eq!(other["buckets"]["Ok"], 1);
    let text = main_of(&server, "/settings");
    assert!(
        text.contains("Accounts opened by roles") && text.contains(SESSION),
        "{text}"
    );
    let policy = settings["policy"].as_str().expect("a policy");
    assert!(policy.contains("sts:AssumeRole"), "{policy}");

    let found = server.json("/api/v1/discovery");
    assert_eq!(
        names(&found),
        [
            ("our-notes".to_string(), "123456789012".to_string()),
            ("their-reports".to_string(), "444455556666".to_string()),
        ]
    );
    let id = server.import(MANIFEST, "eu-west-2");
    assert_eq!(
        samples::folded(&server.json(&format!("/api/v1/snapshots/{id}"))),
        samples::comparable(&samples::expected("current-only"))
    );
    assert!(server.get("/").1.contains("account 123456789012 and 1 more"));

    // The command reads through a role as well, and only what an account is asked for.
    let run = |arguments: &[&str]| {
        let mut command = rekey();
        let folder = data();
        command.args([
            "import",
            "--data",
            folder.path().to_str().expect("a path"),
            "--json",
        ]);
        let output = command.args(arguments).envs(peer.variables()).output();
        let output = output.expect("the binary starts");
        (
            output.status.code(),
            String::from_utf8_lossy(&output.stderr).into_owned(),
        )
    };
    let (status, said) = run(&[MANIFEST, "--assume-role", ROLE]);
    assert_eq!(status, Some(0), "{said}");
    let (status, said) = run(&[sample, "--assume-role", ROLE]);
    assert_eq!(status, Some(2), "{said}");
    assert!(said.contains("leave it out"), "{said}");
    let (status, said) = run(&[MANIFEST, "--assume-role", "rekey"]);
    assert_eq!(status, Some(2), "{said}");
    assert!(said.contains("arn:aws:iam::ACCOUNT:role/NAME"), "{said}");
}

#[test]
fn a_role_that_is_refused_takes_nothing_else_away() {
    let peer = Peer::start(Kind::MiniStack);
    let home = data();
    std::fs::write(home.path().join("note.txt"), "ours").expect("a file");
    let _ = fixture(
        &peer,
        &["upload", home.path().to_str().expect("a path"), "our-notes"],
    );
    let store = data();
    let server = serve(store.path(), &["--assume-role", ROLE], &peer.variables());
    let settings = server.json("/api/v1/settings");
    let refused = &settings["accounts"][0]["caller"]["Err"];
    assert!(
        refused["message"]
            .as_str()
            .is_some_and(|text| text.contains("AssumeRole") && text.contains(ROLE)),
        "{settings}"
    );
    assert!(
        refused["hint"]
            .as_str()
            .is_some_and(|hint| hint.contains("trust policy")),
        "{settings}"
    );
    assert_eq!(settings["caller_error"], Value::Null);
    let found = server.json("/api/v1/discovery");
    assert_eq!(found["error"], Value::Null);
    assert_eq!(names(&found).len(), 1, "{found}");
    let trouble = found["troubles"][0]["message"].as_str().expect("a trouble");
    assert!(trouble.starts_with("Account 444455556666: "), "{trouble}");
    assert!(main_of(&server, "/import").contains("Account 444455556666"));
}

#[test]
fn two_roles_of_one_account_are_refused() {
    let folder = data();
    let output = rekey()
        .args(["serve", "--data", folder.path().to_str().expect("a path")])
        .args([
            "--assume-role",
            ROLE,
            "--assume-role",
            "arn:aws:iam::444455556666:role/other",
        ])
        .env("AWS_REGION", "eu-west-2")
        .output()
        .expect("the binary starts");
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("two roles of account 444455556666"), "{said}");
}

/// Credentials of the other account.
fn lent() -> Answer {
    let text = format!(
        "<AssumeRoleResponse><AssumeRoleResult><AssumedRoleUser><AssumedRoleId>A:rekey</AssumedRoleId><Arn>{SESSION}</Arn>\
         </AssumedRoleUser><Credentials><AccessKeyId>ASIAOTHER</AccessKeyId><SecretAccessKey>secret</SecretAccessKey>\
         <SessionToken>token</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult>\
         </AssumeRoleResponse>"
    );
    Answer::new(200, text)
}

fn caller(own: bool) -> Answer {
    let (account, arn) = if own {
        ("111122223333", "arn:aws:iam::111122223333:user/ops")
    } else {
        ("444455556666", SESSION)
    };
    let text = format!(
        "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>{arn}</Arn><UserId>U</UserId><Account>{account}</Account>\
         </GetCallerIdentityResult></GetCallerIdentityResponse>"
    );
    Answer::new(200, text)
}

fn buckets(names: &[&str]) -> Answer {
    let one =
        |name: &&str| format!("<Bucket><Name>{name}</Name><BucketRegion>eu-west-2</BucketRegion></Bucket>");
    let all: String = names.iter().map(one).collect();
    Answer::new(
        200,
        format!("<ListAllMyBucketsResult><Buckets>{all}</Buckets></ListAllMyBucketsResult>"),
    )
}

fn denied() -> Answer {
    Answer::new(
        403,
        "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>",
    )
}

fn quota(value: f64) -> Answer {
    Answer::json(&json!({"Quota": {
        "ServiceCode": "kms", "QuotaCode": "L-6E3AF000", "Value": value, "Adjustable": true, "GlobalQuota": false,
    }}))
}

/// Two accounts, strictly apart: whoever asks with the credentials of one about what is in the other is refused.
fn apart(request: &Request) -> Answer {
    let own = match request.key() {
        "AKIDOWN" => true,
        "ASIAOTHER" => false,
        other => panic!("nobody gave {other}"),
    };
    let line = request.line.as_str();
    match request.operation() {
        "AssumeRole" if own => lent(),
        "GetCallerIdentity" => caller(own),
        "GetServiceQuota" => quota(if own { 11_111.0 } else { 22_222.0 }),
        "ListRequestedServiceQuotaChangeHistoryByQuota" => Answer::json(&json!({"RequestedQuotas": []})),
        _ if line.starts_with("POST /datasources/s3/statistics") && !own => {
            Answer::json(&json!({"bucketCount": 2, "objectCount": 9, "sizeInBytes": 900}))
        }
        _ if line.starts_with("POST /datasources/s3") && !own => Answer::json(&json!({"buckets": [
            {"bucketName": "web-assets", "region": "eu-west-2", "lastUpdated": "2026-11-19T01:00:00Z", "objectCount": 5,
             "sizeInBytes": 500, "objectCountByEncryptionType": {"s3Managed": 5}}]})),
        _ if line.starts_with("GET /?") || line == "GET /" => {
            if own {
                buckets(&["our-notes"])
            } else {
                buckets(&["their-reports", "web-assets"])
            }
        }
        _ if line.contains("/their-reports") && !own => delivered(line),
        _ if line.starts_with("GET /our-notes?inventory") && own => Answer::new(
            200,
            "<ListInventoryConfigurationsResult></ListInventoryConfigurationsResult>",
        ),
        _ => denied(),
    }
}

/// The sample's files as the bucket of reports has them.
fn delivered(line: &str) -> Answer {
    if line.starts_with("HEAD ") {
        return Answer::new(200, "").with("x-amz-bucket-region", "eu-west-2");
    }
    let path = line.split([' ', '?']).nth(1).unwrap_or_default();
    let key = path.trim_start_matches("/their-reports/");
    match std::fs::read(samples::path("current-only/csv").join(key)) {
        Ok(content) => Answer::new(200, content),
        Err(_) => Answer::new(
            404,
            "<Error><Code>NoSuchKey</Code><Message>none</Message></Error>",
        ),
    }
}

#[test]
fn each_bucket_of_the_stub_is_asked_about_in_its_own_account() {
    let stub = Stub::start(apart);
    let store = data();
    let mut variables = stub.variables();
    variables.push(("REKEY_ASSUME_ROLES", ROLE.to_string()));
    let server = serve(store.path(), &["--allow-changes"], &variables);
    let found = server.json("/api/v1/discovery");
    let account = |name: &str| {
        let named = names(&found).into_iter().find(|(bucket, _)| bucket == name);
        named.map(|(_, account)| account)
    };
    assert_eq!(account("web-assets").as_deref(), Some("444455556666"), "{found}");
    assert_eq!(account("our-notes").as_deref(), Some("111122223333"));
    let asked: Vec<&str> = found["macie"]
        .as_array()
        .expect("what Macie can be asked")
        .iter()
        .filter_map(|offer| offer["location"].as_str())
        .collect();
    assert!(
        asked.contains(&"macie://") && asked.contains(&"macie://444455556666/eu-west-2"),
        "{asked:?}"
    );

    let macie = server.import("macie://444455556666/eu-west-2", "");
    let macie = server.json(&format!("/api/v1/snapshots/{macie}"));
    assert_eq!(macie["totals"][0]["buckets"], 2);
    let warnings = macie["warnings"].to_string();
    assert!(
        warnings.contains("1 buckets instead of 2, 5 objects instead of 9"),
        "{warnings}"
    );
    let refused = server
        .try_import("macie://eu-west-2", "")
        .expect_err("our Macie is not enabled");
    assert!(refused.to_string().contains("Enable Amazon Macie"), "{refused}");
    let nobody = server
        .try_import("macie://999999999999/", "")
        .expect_err("not connected");
    assert!(nobody.to_string().contains("is not connected"), "{nobody}");

    // With the credentials of the server's own account every one of these files would be refused.
    let _ = server.import(MANIFEST, "");
    let own = server.json("/api/v1/quotas");
    assert_eq!(own, json!([]), "no bucket of our own has objects");
    let theirs = server.json("/api/v1/quotas?account=444455556666");
    assert_eq!(theirs[0]["usage"]["quota"]["limit"], 22_222_000, "{theirs}");
    let page = main_of(&server, "/quotas?account=444455556666&gets=103680000000");
    assert!(
        page.contains("22,222") && page.contains("for this server's own account only"),
        "{page}"
    );
    let (status, unknown) = server.get("/api/v1/headroom?account=1");
    assert_eq!(status, 422, "{unknown}");

    let draft = server.json("/api/v1/plans?bucket=web-assets");
    let obstacle = draft["buckets"][0]["obstacle"]
        .as_str()
        .unwrap_or_else(|| panic!("{draft}"));
    assert!(
        obstacle.contains("account 444455556666")
            && obstacle.contains(ROLE)
            && obstacle.contains("rekey serve"),
        "{obstacle}"
    );
    for request in stub.requests() {
        let theirs = request.line.contains("/their-reports") || request.line.contains("/web-assets");
        assert!(!theirs || request.key() == "ASIAOTHER", "{request:?}");
    }
}

/// Lets nobody through before so many are there.
struct Gate {
    waiting: Mutex<usize>,
    all: Condvar,
    needed: usize,
}

impl Gate {
    const fn of(needed: usize) -> Self {
        Self {
            waiting: Mutex::new(0),
            all: Condvar::new(),
            needed,
        }
    }

    /// Whether all came while one of them waited.
    fn pass(&self) -> bool {
        let mut waiting = self.waiting.lock().expect("nobody panics here");
        *waiting += 1;
        self.all.notify_all();
        // Longer than the server waits for an answer: whoever asks one after another is seen to be too late.
        let patience = Duration::from_secs(10);
        let waited = self
            .all
            .wait_timeout_while(waiting, patience, |waiting| *waiting < self.needed);
        !waited.expect("nobody panics here").1.timed_out()
    }
}

#[test]
fn the_settings_page_asks_the_stub_about_all_regions_at_once() {
    // Two rounds: quotas, then what a quota's answer names and the requests to raise it. No answer of a round is given
    // before all of its requests are there.
    let (first, second) = (Gate::of(3), Gate::of(6));
    let stub = Stub::start(move |request| match request.operation() {
        "GetCallerIdentity" => caller(true),
        "GetServiceQuota" if first.pass() => quota(12_345.0),
        "ListRequestedServiceQuotaChangeHistoryByQuota" if second.pass() => {
            Answer::json(&json!({"RequestedQuotas": []}))
        }
        "GetMetricData" => {
            let _ = second.pass();
            Answer::new(400, "")
        }
        _ => denied(),
    });
    let store = data();
    let server = serve(store.path(), &[], &stub.variables());
    for (sample, region) in [
        ("london-10tb", "eu-west-2"),
        ("current-only/csv", "eu-central-1"),
        ("all-versions/csv", "us-east-1"),
    ] {
        let _ = server.import(&samples::text(sample), region);
    }
    let settings = server.json("/api/v1/settings");
    let quotas = settings["quotas"].as_array().expect("quotas");
    assert_eq!(quotas.len(), 3, "{settings}");
    for quota in quotas {
        assert!(
            quota[1].as_str().is_some_and(|limit| limit.contains("12,345")),
            "asked one after another: {settings}"
        );
    }
    let asked: Vec<String> = stub
        .requests()
        .iter()
        .filter(|request| request.operation() == "GetServiceQuota")
        .map(|request| request.region().to_string())
        .collect();
    assert_eq!(asked.len(), 3, "each Region is asked once: {asked:?}");
}
