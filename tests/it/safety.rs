//! What must not happen: changes asked for by other sites, changes without permission, two servers on one directory.

use serde_json::json;
use tests::migrations::{key_for, plan, started};
use tests::samples;
use tests::server::{Server, agent, data, run};

#[test]
fn other_sites_cannot_change_anything() {
    let folder = data();
    let server = Server::sandbox(folder.path());
    let address = server.address();
    let post = |header: (&str, &str)| {
        let request = agent()
            .post(format!("{address}/api/v1/imports/sandbox"))
            .header(header.0, header.1);
        request.send_json(json!({})).expect("an answer").status().as_u16()
    };
    assert_eq!(post(("origin", "http://evil.example")), 403);
    assert_eq!(post(("sec-fetch-site", "cross-site")), 403);
    assert_eq!(post(("host", "evil.example")), 403);
    assert_eq!(
        server.json("/api/v1/snapshots"),
        json!([]),
        "nothing was imported"
    );
    assert_eq!(post(("origin", address)), 204);
}

#[test]
fn without_permission_nothing_is_planned_or_run() {
    let folder = data();
    let server = Server::unheard(folder.path());
    let _ = server.import(&samples::text("london-10tb"), "eu-west-2");
    let (status, body) = server.get("/");
    assert_eq!(status, 200);
    assert!(body.contains("Read-only"), "the badge is shown");
    let (status, answer) = server.post(
        "/api/v1/migrations",
        &json!({ "query": "bucket=kms-encryption-demo" }),
    );
    assert_eq!(status, 403, "{answer}");
    assert!(
        answer["message"]
            .as_str()
            .expect("a message")
            .contains("--allow-changes")
    );
}

#[test]
fn one_directory_has_one_server() {
    let folder = data();
    let _server = Server::sandbox(folder.path());
    let second = run(&[
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--sandbox",
        "--data",
        folder.path().to_str().expect("a path"),
    ]);
    assert!(!second.status.success());
    let error = String::from_utf8_lossy(&second.stderr);
    assert!(error.contains("another"), "{error}");
}

#[test]
fn a_name_is_text_wherever_it_stands() {
    let (_folder, server) = started();
    let key = key_for(&server, "kms-encryption-demo");
    let typed = "%3C/title%3E%3Cscript%3Edocument.title%3D'run'%3C/script%3E%26amp%3B";
    let (id, _) = plan(
        &server,
        &format!("bucket=kms-encryption-demo&key={key}&name={typed}"),
    );
    for page in [
        format!("/migrations/{id}"),
        format!("/migrations/{id}/report"),
        "/migrations".to_string(),
    ] {
        let (_, html) = server.get(&page);
        assert!(!html.contains("<script>document.title"), "{page}: {html}");
        assert!(html.contains("&lt;/title"), "{page}: {html}");
        let policy =
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'self'; script-src 'self'";
        assert!(
            html.contains(policy) || html.contains(&policy.replace('\'', "&#39;")),
            "{page}: {html}"
        );
    }
}
