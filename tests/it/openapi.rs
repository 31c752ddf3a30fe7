//! The OpenAPI document against the server that serves it: every path answers, and every answer is as described.

use serde_json::{Value, json};
use tests::migrations::{key_for, plan};
use tests::server::{Server, data};

/// What of a value is not as a schema says; the parts of JSON Schema that the document uses.
fn faults(schema: &Value, value: &Value, root: &Value, place: &str, found: &mut Vec<String>) {
    if let Some(name) = schema["$ref"].as_str() {
        let pointer = name.trim_start_matches('#');
        let target = root
            .pointer(pointer)
            .unwrap_or_else(|| panic!("{name} is not in the document"));
        return faults(target, value, root, place, found);
    }
    if let Some(choices) = schema["anyOf"].as_array() {
        let fits = |choice: &Value| {
            let mut within = Vec::new();
            faults(choice, value, root, place, &mut within);
            within.is_empty()
        };
        if !choices.iter().any(fits) {
            found.push(format!("{place}: {value} is none of {choices:?}"));
        }
        return;
    }
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let allowed = |kind: &str| match &schema["type"] {
        Value::String(one) => one == kind || (one == "number" && kind == "integer"),
        Value::Array(many) => many
            .iter()
            .any(|one| one == kind || (one == "number" && kind == "integer")),
        _ => true,
    };
    if !allowed(kind) {
        found.push(format!("{place}: {value} is not {}", schema["type"]));
        return;
    }
    if let Some(words) = schema["enum"].as_array()
        && !words.contains(value)
    {
        found.push(format!("{place}: {value} is none of {words:?}"));
    }
    if let Some(items) = value.as_array() {
        for (index, item) in items.iter().enumerate() {
            faults(&schema["items"], item, root, &format!("{place}[{index}]"), found);
        }
    }
    if let Some(fields) = value.as_object() {
        for name in schema["required"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
        {
            if !fields.contains_key(name) {
                found.push(format!("{place}: {name} is missing"));
            }
        }
        for (name, field) in fields {
            let below = format!("{place}.{name}");
            match schema["properties"].get(name) {
                Some(schema) => faults(schema, field, root, &below, found),
                None if schema["additionalProperties"].is_object() => {
                    faults(&schema["additionalProperties"], field, root, &below, found);
                }
                None if schema.get("properties").is_some() => {
                    found.push(format!("{below} is not described"));
                }
                None => {}
            }
        }
    }
}

#[test]
fn every_answer_is_as_described() {
    let folder = data();
    let server = Server::sandbox(folder.path());
    assert_eq!(server.post("/api/v1/imports/sandbox", &json!({})).0, 204);
    let key = key_for(&server, "kms-encryption-demo");
    let draft = format!("bucket=kms-encryption-demo&key={key}");
    let (migration, _) = plan(&server, &draft);
    let snapshot = server.json("/api/v1/snapshots")[0]["id"]
        .as_str()
        .expect("an id")
        .to_string();
    let document = server.json("/api/v1/openapi.json");
    assert!(
        document["openapi"]
            .as_str()
            .expect("a version")
            .starts_with("3.1")
    );
    let paths = document["paths"].as_object().expect("paths");
    let mut found = Vec::new();
    let mut checked = 0;
    for (path, operations) in paths {
        let Some(answer) = operations["get"]["responses"]["200"]["content"].get("application/json") else {
            continue;
        };
        let id = if path.contains("snapshots") {
            &snapshot
        } else {
            &migration
        };
        let query = if path.ends_with("/plans") {
            format!("?{draft}")
        } else {
            String::new()
        };
        let value = server.json(&format!("{}{query}", path.replace("{id}", id)));
        faults(&answer["schema"], &value, &document, path, &mut found);
        checked += 1;
    }
    assert!(checked >= 12, "only {checked} answers were looked at");
    found.truncate(20);
    assert!(found.is_empty(), "{found:#?}");
    for (path, operations) in paths {
        for method in operations.as_object().expect("operations").keys() {
            let request = ureq::http::Request::builder()
                .method(method.to_uppercase().as_str())
                .uri(format!("{}{}", server.address(), path.replace("{id}", "none")))
                .header("content-type", "application/json")
                .body("{}")
                .expect("a request");
            let status = tests::server::agent()
                .run(request)
                .expect("an answer")
                .status()
                .as_u16();
            assert_ne!(status, 405, "{method} {path}");
        }
    }
}

/// A request: method, path, content type and body; and what is answered: status and a part of the message.
type Refused = (
    &'static str,
    &'static str,
    &'static str,
    &'static [u8],
    u16,
    &'static str,
);

#[test]
fn a_problem_is_told_in_one_form() {
    const JSON: &str = "application/json";
    let folder = data();
    let server = Server::sandbox(folder.path());
    let document = server.json("/api/v1/openapi.json");
    let schema = &document["components"]["schemas"]["Problem"];
    let cases: [Refused; 14] = [
        (
            "GET",
            "/api/v1/snapshots/none",
            "",
            b"",
            404,
            "There is no snapshot none.",
        ),
        (
            "GET",
            "/api/v1/migrations/none",
            "",
            b"",
            404,
            "There is no migration none.",
        ),
        ("GET", "/api/v1/forecast?months=0", "", b"", 422, "`months`"),
        (
            "GET",
            "/api/v1/nothing/here",
            "",
            b"",
            404,
            "There is nothing at /api/v1/nothing/here.",
        ),
        ("GET", "/api/v1", "", b"", 404, "There is nothing at /api/v1."),
        ("GET", "/api/v1/", "", b"", 404, "There is nothing at /api/v1/."),
        ("GET", "/api/v1/snapshots/%ff", "", b"", 400, "UTF-8"),
        (
            "PATCH",
            "/api/v1/migrations",
            JSON,
            b"{}",
            405,
            "does not take PATCH.",
        ),
        (
            "DELETE",
            "/api/v1/nothing",
            "",
            b"",
            404,
            "There is nothing at /api/v1/nothing.",
        ),
        ("POST", "/api/v1/migrations", JSON, b"{", 400, "JSON"),
        (
            "POST",
            "/api/v1/migrations",
            JSON,
            b"{\"que\":\"\"}",
            422,
            "unknown field `que`",
        ),
        (
            "POST",
            "/api/v1/migrations",
            "text/plain",
            b"{}",
            415,
            "Content-Type",
        ),
        (
            "POST",
            "/api/v1/migrations/none/actions",
            JSON,
            b"{\"action\":\"fly\"}",
            422,
            "unknown variant `fly`",
        ),
        ("PUT", "/api/v1/workload", "text/plain", b"\xff", 400, "UTF-8"),
    ];
    for (method, path, kind, body, expected, words) in cases {
        let request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", server.address()))
            .header("content-type", kind)
            .body(body)
            .expect("a request");
        let mut response = tests::server::agent().run(request).expect("an answer");
        let place = format!("{method} {path}");
        assert_eq!(response.status().as_u16(), expected, "{place}");
        let kind = response
            .headers()
            .get("content-type")
            .and_then(|kind| kind.to_str().ok());
        assert_eq!(kind, Some(JSON), "{place}");
        let allowed = response.headers().get("allow").is_some();
        assert_eq!(allowed, expected == 405, "{place}");
        let body = response.body_mut().read_to_string().expect("a body");
        let mut found = Vec::new();
        let value: Value = serde_json::from_str(&body).expect("JSON");
        faults(schema, &value, &document, &place, &mut found);
        assert_eq!(found, Vec::<String>::new(), "{body}");
        let message = value["message"].as_str().expect("a message");
        assert!(message.contains(words), "{place}: {message}");
    }
    // An unknown page is still a page.
    let (status, body) = server.get("/nothing");
    assert!(status == 404 && body.contains("<html"), "{status}");
}
