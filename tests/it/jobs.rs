//! A migration whose updates S3 Batch Operations make, through the API and the pages of the sandbox: planned with its role
//! and place looked at and its fees counted, run, followed, and reported; and the clean-up of a rehearsal.

use serde_json::{Value, json};
use tests::migrations::{act, confirm, key_for, plan, started, total, wait};
use tests::server::{Server, data};

const BUCKET: &str = "customer-statements";

fn draft(server: &Server, more: &str) -> Value {
    let key = key_for(server, BUCKET);
    server.json(&format!(
        "/api/v1/plans?bucket={BUCKET}&key={key}&executor=jobs{more}"
    ))
}

fn checks<'a>(draft: &'a Value, rule: &str) -> Vec<&'a Value> {
    let checks = draft["checks"].as_array().expect("checks");
    checks.iter().filter(|check| check["rule"] == rule).collect()
}

fn fields(draft: &Value) -> Vec<&str> {
    let errors = draft["errors"].as_array().expect("errors");
    errors
        .iter()
        .filter_map(|error| error["field"].as_str())
        .collect()
}

#[test]
fn a_plan_by_jobs_is_looked_at_and_its_fees_are_counted() {
    let (_folder, server) = started();
    let drafted = draft(&server, "");
    assert_eq!(fields(&drafted), Vec::<&str>::new());
    for rule in ["job-role-trust", "job-role-rights", "job-place"] {
        let found = checks(&drafted, rule);
        assert_eq!(found.len(), 1, "{rule}: {}", drafted["checks"]);
        assert_eq!(found[0]["severity"], "passed", "{rule}: {found:?}");
    }
    let lines = drafted["cost"]["lines"].as_array().expect("lines");
    let fee = |name: &str| lines.iter().any(|line| line["line"] == name);
    assert!(fee("Batch Operations jobs") && fee("Batch Operations objects"));
    assert!(!fee("Batch Operations manifest"), "S3 makes no list here");
    let text = drafted["checks"].to_string();
    assert!(text.contains("no rate and no limit of a job"), "{text}");
    let here = server.json(&format!(
        "/api/v1/plans?bucket={BUCKET}&key={}",
        key_for(&server, BUCKET)
    ));
    assert!(!here["cost"].to_string().contains("Batch Operations"));

    let other = draft(&server, "&job_role=arn:aws:iam::111122223333:role/auditor");
    assert_eq!(checks(&other, "job-role-trust")[0]["severity"], "stop");
    assert_eq!(checks(&other, "job-role-rights")[0]["severity"], "stop");
    for (more, field) in [
        ("&job_role=auditor", "job_role"),
        ("&job_place=reports", "job_place"),
        ("&job_place=s3://batch-reports-us-east-1/x", "job_place"),
        ("&job_place=s3://no-such-bucket/x", "job_place"),
        ("&manifest=typed", "manifest"),
        ("&hours=22-6", "hours"),
        ("&canary=0", "canary"),
        ("&looks=each", "looks"),
        ("&executor=somebody", "executor"),
    ] {
        let wrong = draft(&server, more);
        assert!(fields(&wrong).contains(&field), "{more}: {}", wrong["errors"]);
        assert_eq!(wrong["plan"], Value::Null, "{more}");
    }
    // No bucket, another bucket of the account, and a Region that the plan is not in: the error names one that does.
    for place in [
        "s3://no-such-bucket/x",
        "s3://customer-statements/x",
        "s3://batch-reports-us-east-1/x",
    ] {
        let wrong = draft(&server, &format!("&job_place={place}"));
        let text = wrong["errors"].to_string();
        assert!(
            text.contains("s3://batch-reports-eu-west-2/rekey"),
            "{place}: {text}"
        );
    }
    for manifest in ["inventory", "generated"] {
        let unfit = draft(&server, &format!("&manifest={manifest}"));
        let text = unfit["checks"].to_string();
        assert!(text.contains("a list written by Rekey"), "{manifest}: {text}");
    }
}

/// Where the list is the inventory's own, it has to be in S3: it is, once it was imported from there.
#[test]
fn an_inventory_that_was_imported_from_s3_can_be_the_list() {
    let folder = data();
    let server = Server::sandbox(folder.path());
    let bucket = "access-logs-eu";
    let _ = server.import(&format!("s3://inventory-reports/inventory-csv/{bucket}/"), "");
    let key = key_for(&server, bucket);
    let query = format!("bucket={bucket}&key={key}&executor=jobs&manifest=inventory");
    let drafted = server.json(&format!("/api/v1/plans?{query}"));
    let text = drafted["checks"].to_string();
    assert!(!text.contains("was imported from files"), "{text}");
}

#[test]
fn a_migration_by_a_job_is_run_followed_and_reported() {
    let (_folder, server) = started();
    let key = key_for(&server, BUCKET);
    let (id, planned) = plan(&server, &format!("bucket={BUCKET}&key={key}&executor=jobs"));
    let (_, html) = server.get(&format!("/migrations/{id}"));
    assert!(html.contains("rekey-batch") && html.contains("batch-reports-eu-west-2"));
    confirm(&server, &id, BUCKET);
    let page = wait(&server, &id);
    assert_eq!(page["live"]["state"], "succeeded", "{}", page["stopped"]);
    assert_eq!(
        total(&page["live"]["tally"]),
        planned["plan"]["buckets"][0]["rows"]
    );
    let job = page["buckets"][0]["job"].as_str().expect("a job");
    assert!(job.contains("Complete") && job.contains("0 failed"), "{job}");
    let log = page["log"].to_string();
    for text in [
        "Writing the list of a job to s3://batch-reports",
        "made job",
        "ended as Complete",
    ] {
        assert!(log.contains(text), "{text} is not in {log}");
    }
    let (_, html) = server.get(&format!("/migrations/{id}"));
    assert!(html.contains("S3 Batch Operations job 1"));
    let (_, report) = server.get(&format!("/migrations/{id}/report"));
    assert!(report.contains("made job"), "the report tells of the job");
}

#[test]
fn a_rehearsals_key_is_deleted_only_by_name_and_when_nothing_needs_it() {
    let (_folder, server) = started();
    let bucket = "kms-encryption-demo";
    let drafted = server.json(&format!("/api/v1/plans?bucket={bucket}"));
    let keys = drafted["keys"].as_array().expect("keys");
    let rehearsal = keys
        .iter()
        .find(|key| key["title"] == "alias/rehearsal")
        .expect("a key");
    let arn = rehearsal["arn"].as_str().expect("its ARN");
    let (id, _) = plan(&server, &format!("bucket={bucket}&key={arn}"));
    confirm(&server, &id, bucket);
    assert_eq!(wait(&server, &id)["live"]["state"], "succeeded");
    let (status, page) = act(&server, &id, "restore-default", "");
    assert_eq!(status, 200, "{page}");
    assert_eq!(page["actions"], json!(["delete-key"]));
    let (_, html) = server.get(&format!("/migrations/{id}"));
    assert!(html.contains("Clean up a rehearsal"));
    for argument in [
        "",
        "7",
        bucket,
        "another 7",
        "kms-encryption-demo 6",
        "kms-encryption-demo 31",
    ] {
        let (status, answer) = act(&server, &id, "delete-key", argument);
        assert_eq!(status, 422, "`{argument}`: {answer}");
    }
    let (status, answer) = act(&server, &id, "delete-key", "kms-encryption-demo 7");
    assert_eq!(status, 409, "{answer}");
    assert!(answer.to_string().contains("would be lost"), "{answer}");
}
