//! Who asks: the person whom a proxy names is the one whom journals and reports name, and nobody unnamed changes anything.

use serde_json::{Value, json};
use tests::html::Page;
use tests::migrations::{key_for, wait};
use tests::server::{Server, agent, data, read_all, run};

const HEADER: &str = "X-Forwarded-User";
const DEMO: &str = "kms-encryption-demo";
const ADA: &str = "<b>Ada</b> & Söhne";

/// Sends JSON with these names in the header; status and answer.
fn post_as(server: &Server, names: &[&str], path: &str, body: &Value) -> (u16, Value) {
    let mut request = agent().post(format!("{}{path}", server.address()));
    for name in names {
        request = request.header(HEADER, name.as_bytes());
    }
    let response = request.send_json(body).expect("an answer");
    let status = response.status().as_u16();
    let text = read_all(response.into_body().into_reader());
    (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
}

/// Sends the form of a page as its script does, or as a browser without one.
fn form_as(
    server: &Server,
    names: &[&str],
    path: &str,
    accept: &str,
    fields: &[(&str, &str)],
) -> (u16, String) {
    let mut request = agent()
        .post(format!("{}{path}", server.address()))
        .header("accept", accept);
    for name in names {
        request = request.header(HEADER, name.as_bytes());
    }
    let response = request.send_form(fields.iter().copied()).expect("an answer");
    let status = response.status().as_u16();
    (status, read_all(response.into_body().into_reader()))
}

#[test]
fn nobody_unnamed_changes_anything() {
    let folder = data();
    let server = Server::start(folder.path(), &["--sandbox", "--identity-header", HEADER], &[]);
    let import = "/api/v1/imports/sandbox";
    for names in [&[][..], &["ada", "eve"], &[" "]] {
        let (status, told) = post_as(&server, names, import, &json!({}));
        assert_eq!((status, &told["kind"]), (403, &json!("forbidden")), "{told}");
        let said = format!("{} {}", told["message"], told["hint"]);
        assert!(
            said.contains("x-forwarded-user") && said.contains("proxy"),
            "{said}"
        );
    }
    // The pages' functions and plain forms are held to the same.
    let functions = [
        ("/api/fn/import_sandbox", "application/json"),
        ("/prices/drop", "*/*"),
    ];
    for (path, accept) in functions {
        let (status, body) = form_as(&server, &[], path, accept, &[]);
        assert!(
            status == 403 && body.contains("x-forwarded-user"),
            "{path}: {body}"
        );
    }
    let (status, body) = form_as(&server, &[], "/api/fn/import_sandbox", "text/html", &[]);
    assert!(
        status == 403 && body.starts_with("The request does not say who asks"),
        "{body}"
    );
    assert_eq!(server.json("/api/v1/snapshots"), json!([]));
    let (_, settings) = server.get("/settings");
    assert!(settings.contains("Whoever the header x-forwarded-user names"));
    assert_eq!(post_as(&server, &["ada"], import, &json!({})).0, 204);
}

#[test]
fn a_header_that_is_none_is_refused_at_the_start() {
    let output = run(&["serve", "--identity-header", "not a header"]);
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.code() == Some(2) && error.contains("not the name of a header"),
        "{error}"
    );
}

#[test]
fn whoever_the_proxy_names_is_journaled_and_bound() {
    let folder = data();
    let server = Server::start(folder.path(), &["--sandbox", "--identity-header", HEADER], &[]);
    let as_ada = |path: &str, body: Value| post_as(&server, &[ADA], path, &body);
    assert_eq!(as_ada("/api/v1/imports/sandbox", json!({})).0, 204);
    let key = key_for(&server, DEMO);
    let query = format!("bucket={DEMO}&key={key}&noted=on");
    let (status, begun) = as_ada("/api/v1/migrations", json!({ "query": query }));
    assert_eq!(status, 201, "{begun}");
    let id = begun["id"].as_str().expect("an id").to_string();
    let (status, told) = as_ada(
        &format!("/api/v1/migrations/{id}/actions"),
        json!({ "action": "confirm", "argument": DEMO }),
    );
    assert_eq!(status, 200, "{told}");
    assert_eq!(wait(&server, &id)["live"]["state"], "succeeded");
    let fields = [
        ("id", id.as_str()),
        ("action", "restore-default"),
        ("argument", ""),
    ];
    let (status, _) = form_as(&server, &["eve@example.org"], "/api/fn/act", "text/html", &fields);
    assert_eq!(status, 302);

    let document = server.json(&format!("/api/v1/migrations/{id}/report"));
    assert_eq!(document["opening"]["planned_by"], ADA);
    let commands = document["statement"]["commands"].as_array().expect("commands");
    let by: Vec<(&str, &str)> = commands
        .iter()
        .map(|one| {
            (
                one["command"].as_str().unwrap_or(""),
                one["by"].as_str().unwrap_or(""),
            )
        })
        .collect();
    assert_eq!(by, [("confirmed", ADA), ("setting-requested", "eve@example.org")]);
    // Under whose credentials it ran is an entry of the chain too.
    let caller = "arn:aws:sts::111122223333:assumed-role/rekey/sandbox";
    assert_eq!(document["statement"]["summary"]["callers"], json!([caller]));
    let mut altered = document.clone();
    let entries = altered["entries"].as_array_mut().expect("entries");
    let started = entries.iter_mut().find(|link| link["entry"]["caller"] == caller);
    started.expect("an entry")["entry"]["caller"] = "arn:aws:iam::111122223333:user/else".into();
    let file = folder.path().join("report.json");
    let path = file.to_str().expect("a path");
    for (document, code) in [(&document, 0), (&altered, 2)] {
        std::fs::write(&file, document.to_string()).expect("a file");
        let output = run(&["verify-report", path]);
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{error}");
    }

    // What was put back is not said to be in force.
    let (_, report) = server.get(&format!("/migrations/{id}/report"));
    assert!(report.contains("no, the one before is put back") && !report.contains("yes, read back"));
    // What was put back is not said to be in force.
    let (_, report) = server.get(&format!("/migrations/{id}/report"));
    assert!(report.contains("no, the one before is put back") && !report.contains("yes, read back"));
    for page in [format!("/migrations/{id}"), format!("/migrations/{id}/report")] {
        let (_, body) = server.get(&page);
        assert!(!body.contains("<b>Ada"), "{page} does not escape the name");
        let main = Page::new(&body).main();
        for text in [
            ADA,
            caller,
            "eve@example.org asked to put the default encryption back.",
        ] {
            assert!(main.contains(text), "{text} is not on {page}");
        }
    }
}
