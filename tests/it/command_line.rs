//! The commands: documents on standard output and nothing else, exit codes, messages that name the fix.

use serde_json::Value;
use std::fs;
use tests::html::Page;
use tests::samples;
use tests::server::{Server, agent, data, run};

fn json(arguments: &[&str]) -> Value {
    let output = run(arguments);
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {error}");
    serde_json::from_slice(&output.stdout).unwrap_or_else(|problem| panic!("{arguments:?}: {problem}"))
}

fn workload(folder: &std::path::Path) -> String {
    let path = folder.join("workload.toml");
    let text = "[defaults]\npeak_to_average = 5.0\n\n[[bucket]]\nname = \"kms-encryption-demo\"\nregion = \"eu-west-2\"\ngets_per_month = 2_000_000\nputs_per_month = 10_000\n";
    fs::write(&path, text).expect("a workload file");
    path.to_str().expect("a UTF-8 path").to_string()
}

/// The worked example of the AWS Storage Blog at today's list prices; by hand in the model's own tests.
#[test]
fn the_worked_example_comes_out() {
    let folder = data();
    let workload = workload(folder.path());
    let source = samples::text("london-10tb");
    let forecast = json(&["forecast", "--import", &source, "--workload", &workload, "--json"]);
    assert_eq!(forecast["currency"], "USD");
    assert_eq!(forecast["monthly"]["before"]["total_usd"], "240.893");
    assert_eq!(forecast["monthly"]["after"]["total_usd"], "247.863");
    assert_eq!(forecast["warnings"], serde_json::json!([]));
    assert_eq!(forecast["months"].as_array().expect("months").len(), 12);
    let kms = forecast["monthly"]["after"]["lines"].as_array().expect("lines");
    let kms = kms
        .iter()
        .find(|line| line["line"] == "KMS requests")
        .expect("a line for KMS requests");
    assert_eq!(
        (&kms["usd"], &kms["quantity"], &kms["unit_price_usd"]),
        (&"6.03".into(), &"2010000".into(), &"0.000003".into())
    );
    assert!(
        kms["derivation"]
            .as_str()
            .expect("a derivation")
            .contains("2026-09-11"),
        "{kms}"
    );
    let headroom = json(&["headroom", "--import", &source, "--workload", &workload, "--json"]);
    assert_eq!(headroom["regions"][0]["quota_per_second"], 20_000);
    assert_eq!(headroom["regions"][0]["after"]["peak_per_second"], 3.88);
    let key = "arn:aws:kms:eu-west-2:111122223333:key/0b1c2d3e-1111-4222-8333-444455556666";
    let plan = json(&[
        "plan",
        "--import",
        &source,
        "--workload",
        &workload,
        "--key",
        key,
        "--json",
    ]);
    assert_eq!(plan["buckets"][0]["lines"][0]["method"], "UpdateObjectEncryption");
    assert_eq!(plan["buckets"][0]["lines"][0]["objects"], 10_000);
}

#[test]
fn a_stored_snapshot_forecasts_like_its_source() {
    let folder = data();
    let directory = folder.path().to_str().expect("a UTF-8 path").to_string();
    let source = samples::text("london-10tb");
    let imported = json(&[
        "import",
        &source,
        "--region",
        "eu-west-2",
        "--data",
        &directory,
        "--json",
    ]);
    let id = imported["snapshot"].as_str().expect("a name");
    let workload = workload(folder.path());
    let stored = json(&[
        "forecast",
        "--snapshot",
        id,
        "--workload",
        &workload,
        "--data",
        &directory,
        "--json",
    ]);
    let direct = json(&["forecast", "--import", &source, "--workload", &workload, "--json"]);
    assert_eq!(stored, direct);
}

#[test]
fn wrong_input_ends_with_two_and_names_the_fix() {
    let folder = data();
    let bad = folder.path().join("bad.toml");
    fs::write(
        &bad,
        "[[bucket]]\nname = \"kms-encryption-demo\"\ngets_per_mouth = 1\n",
    )
    .expect("a file");
    let (bad, source) = (bad.to_str().expect("a path"), samples::text("london-10tb"));
    for (arguments, named) in [
        (
            vec!["import", "/nonexistent/manifest.json"],
            "/nonexistent/manifest.json",
        ),
        (
            vec!["forecast", "--import", &source, "--workload", bad],
            "gets_per_mouth",
        ),
        (
            vec!["forecast", "--import", &source, "--region", "London"],
            "eu-west-2",
        ),
        (vec!["forecast", "--import", &source, "--months", "37"], "37"),
        (
            vec!["plan", "--import", &source, "--key", "alias/aws/s3"],
            "full ARN",
        ),
        (vec!["prices", "--region", "mars-north-1"], "mars-north-1"),
        (vec!["serve", "--listen", "nowhere"], "nowhere"),
        (vec!["frobnicate"], "frobnicate"),
    ] {
        let mut arguments = arguments;
        let inside = folder.path().join("data");
        if arguments[0] == "import" {
            arguments.extend(["--data", inside.to_str().expect("a path")]);
        }
        let output = run(&arguments);
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {error}");
        assert!(
            error.contains(named),
            "{arguments:?} should name {named}: {error}"
        );
        assert!(output.stdout.is_empty(), "{arguments:?}");
    }
}

#[test]
fn prices_say_where_they_are_from() {
    let prices = json(&["prices", "--region", "eu-west-2", "--json"]);
    let rows = prices.as_array().expect("rows");
    let get = rows
        .iter()
        .find(|row| row["what"] == "GET request, STANDARD" || row["meter"] == "GET request, STANDARD");
    let get = get.expect("a GET price");
    assert_eq!(get["price"], "$0.00042 per 1,000");
    assert_eq!(get["date"], "2024-09-25");
}

/// The API is what the pages show. Read-only, at an endpoint where nobody answers: quotas and use are those of the bundled
/// table, as on the command line.
#[test]
fn commands_and_pages_give_the_same_numbers() {
    let folder = data();
    let file = workload(folder.path());
    let source = samples::text("london-10tb");
    let server = Server::unheard(&folder.path().join("data"));
    let _ = server.import(&source, "eu-west-2");
    let text = fs::read_to_string(&file).expect("the workload file");
    let put = agent()
        .put(format!("{}/api/v1/workload", server.address()))
        .send(&text);
    assert_eq!(put.expect("an answer").status().as_u16(), 204);
    for (flags, query) in [
        (vec![], ""),
        (vec!["--bucket-key", "--months", "24"], "?bk=1&months=24"),
    ] {
        let command = |name: &str| {
            let mut arguments = vec![name, "--import", &source, "--workload", &file, "--json"];
            arguments.extend(&flags);
            json(&arguments)
        };
        assert_eq!(
            command("forecast"),
            server.json(&format!("/api/v1/forecast{query}"))
        );
        assert_eq!(
            command("headroom"),
            server.json(&format!("/api/v1/headroom{query}"))
        );
        let page = Page::new(&server.get(&format!("/costs{query}")).1).main();
        let shown = command("forecast")["monthly"]["before"]["total_usd"].clone();
        assert_eq!(shown, "240.893");
        assert!(page.contains("$240.89"), "{page}");
    }
}

/// What was adopted, typed or told by the account and is kept in the data directory is what commands compute with, beside
/// a server that uses it.
#[test]
fn commands_use_what_the_data_directory_keeps() {
    let folder = data();
    let directory = folder.path().to_str().expect("a UTF-8 path").to_string();
    let source = samples::text("london-10tb");
    let sandbox = Server::sandbox(folder.path());
    let id = &sandbox.import(&source, "eu-west-2");
    let command = |name: &str| json(&[name, "--snapshot", id, "--data", &directory, "--json"]);
    let text = |name: &str| {
        let output = run(&[name, "--snapshot", id, "--data", &directory]);
        String::from_utf8_lossy(&output.stdout).to_string()
    };
    let pages = |name: &str| sandbox.json(&format!("/api/v1/{name}"));
    assert_eq!(command("forecast"), pages("forecast"), "counts by the account");
    assert!(text("forecast").contains("Prices: the bundled table of"));
    assert!(text("forecast").contains("reported by the account for 1 bucket"));

    for step in ["ask", "adopt"] {
        assert_eq!(
            sandbox.post_form(&format!("/prices/{step}"), &[]).0,
            303,
            "{step}"
        );
    }
    let shown = pages("forecast");
    assert!(shown.to_string().contains("simulated price list"));
    assert_eq!(command("forecast"), shown, "adopted prices");
    assert!(text("forecast").contains("live prices, adopted by operator 20"));

    let told = pages("headroom");
    assert_eq!(command("headroom"), told, "quota and load as the account told");
    assert_eq!(told["regions"][0]["quota"]["origin"], "applied");
    assert!(text("headroom").contains("the account was asked 20"));
    let key = tests::migrations::key_for(&sandbox, "kms-encryption-demo");
    let planned = json(&[
        "plan",
        "--snapshot",
        id,
        "--data",
        &directory,
        "--key",
        &key,
        "--json",
    ]);
    let drafted =
        sandbox.json(&format!("/api/v1/plans?bucket=kms-encryption-demo&key={key}"))["plan"].clone();
    assert_eq!(planned["rates"], drafted["rates"]);
    assert!(
        planned["sources"][0]
            .as_str()
            .is_some_and(|text| text.contains("eu-west-2"))
    );
    drop(sandbox);
    assert_eq!(command("forecast"), shown, "without a server too");
}

#[test]
fn a_plan_as_a_table_has_a_row_for_each_outcome() {
    let source = samples::text("london-10tb");
    let key = "arn:aws:kms:eu-west-2:111122223333:key/0b1c2d3e-1111-4222-8333-444455556666";
    let planned = |more: &[&str]| {
        let arguments = ["plan", "--import", &source, "--key", key];
        let output = run(&[arguments.as_slice(), more].concat());
        (
            output.status.code(),
            String::from_utf8_lossy(&output.stdout).into_owned(),
        )
    };
    let (status, table) = planned(&["--csv", "--no-bucket-key"]);
    assert_eq!(status, Some(0));
    let rows: Vec<&str> = table.lines().collect();
    assert_eq!(
        rows[0],
        "bucket,region,key,bucket_key,outcome,storage_class,encryption_status,version,objects,bytes,over_5_gib"
    );
    let of_updates = format!(
        "kms-encryption-demo,eu-west-2,{key},off,UpdateObjectEncryption,STANDARD,SSE-S3,current,10000,"
    );
    assert!(rows[1].starts_with(&of_updates), "{table}");
    assert!(planned(&["--csv"]).1.contains(",on,UpdateObjectEncryption,"));
    assert_eq!(
        planned(&["--region", "eu-west-1"]).0,
        Some(2),
        "not the key's Region"
    );
}

#[test]
fn a_directory_that_is_not_there_is_not_made() {
    let folder = data();
    let missing = folder.path().join("none");
    let source = samples::text("london-10tb");
    let directory = missing.to_str().expect("a UTF-8 path");
    let _ = json(&["forecast", "--import", &source, "--data", directory, "--json"]);
    assert!(!missing.exists());
    let output = run(&["forecast", "--snapshot", "s-1", "--data", directory]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("there is none"));
}

#[test]
fn plan_by_command_and_page_agree() {
    let source = samples::text("london-10tb");
    let other = data();
    let sandbox = Server::sandbox(other.path());
    let _ = sandbox.import(&source, "eu-west-2");
    let key = tests::migrations::key_for(&sandbox, "kms-encryption-demo");
    let drafted =
        sandbox.json(&format!("/api/v1/plans?bucket=kms-encryption-demo&key={key}"))["plan"].clone();
    let planned = json(&[
        "plan",
        "--import",
        &source,
        "--region",
        "eu-west-2",
        "--key",
        &key,
        "--json",
    ]);
    for part in ["buckets", "settings"] {
        assert_eq!(planned[part], drafted[part], "{part}");
    }
}
