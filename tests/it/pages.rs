//! Pages without JavaScript: the numbers are in the HTML, forms answer by themselves, every answer is whole.

use std::thread;
use tests::html::Page;
use tests::samples;
use tests::server::{Server, data};

const PATHS: [&str; 7] = [
    "/",
    "/import",
    "/costs",
    "/quotas",
    "/migrations",
    "/migrations/new",
    "/settings",
];

/// Leptos writes its last word, the end of the data for hydration, after the document.
fn whole(body: &str) -> bool {
    body.contains("</main>") && body.trim_end().ends_with("__INCOMPLETE_CHUNKS=[];</script>")
}

fn london() -> (tempfile::TempDir, Server) {
    let folder = data();
    let server = Server::sandbox(folder.path());
    let _ = server.import(&samples::text("london-10tb"), "eu-west-2");
    (folder, server)
}

#[test]
fn empty_pages_say_what_to_do_next() {
    let folder = data();
    let server = Server::sandbox(folder.path());
    for path in PATHS {
        let (status, body) = server.get(path);
        assert_eq!(status, 200, "{path}");
        let page = Page::new(&body);
        assert_eq!(page.texts("h1").len(), 1, "{path} has one heading");
        assert!(whole(&body), "{path} is whole");
    }
    let (_, body) = server.get("/");
    assert!(
        Page::new(&body).main().contains("inventory"),
        "the overview says what an inventory is"
    );
    assert!(body.contains("Sandbox"), "the badge is shown");
    let (status, body) = server.get("/nowhere");
    assert_eq!(status, 404);
    assert_eq!(
        Page::new(&body).texts("h1").len(),
        1,
        "an unknown address has a page: {body}"
    );
    assert_eq!(server.get("/migrations/m-none").0, 404);
}

#[test]
fn the_worked_example_is_on_the_costs_page() {
    let (_folder, server) = london();
    let (status, body) = server.get("/costs?gets=2000000&puts=10000");
    assert_eq!(status, 200);
    let main = Page::new(&body).main();
    for figure in ["$240.89", "$247.86", "+$6.97", "+2.9 %", "$6.03", "$0.84"] {
        assert!(main.contains(figure), "{figure} is not on the page: {main}");
    }
    assert!(main.contains("2024-09-25"), "prices say their date");
    let (_, unknown) = server.get("/costs");
    assert!(
        Page::new(&unknown).main().contains("at least"),
        "without request counts a total is a lower bound"
    );
    let (_, wrong) = server.get("/costs?gets=many");
    assert!(
        Page::new(&wrong).main().contains("whole number"),
        "a wrong field is named"
    );
}

#[test]
fn the_overview_and_the_quotas_show_the_sample() {
    let (_folder, server) = london();
    let (_, body) = server.get("/");
    let main = Page::new(&body).main();
    for text in ["kms-encryption-demo", "eu-west-2", "9.8 TiB", "SSE-S3"] {
        assert!(main.contains(text), "{text} is not on the overview: {main}");
    }
    let (_, body) = server.get("/quotas?region=eu-west-2&gets=2000000&puts=10000&baseline=4000");
    let main = Page::new(&body).main();
    for text in ["eu-west-2", "4,000"] {
        assert!(main.contains(text), "{text} is not on the quotas page: {main}");
    }
}

#[test]
fn the_sandbox_fills_the_overview_by_one_button() {
    let folder = data();
    let server = Server::sandbox(folder.path());
    let (status, _) = server.post("/api/v1/imports/sandbox", &serde_json::json!({}));
    assert_eq!(status, 204);
    let overview = server.json("/api/v1/overview");
    let overview = &overview["overview"];
    assert!(overview["bucket_count"].as_u64().expect("a count") >= 8);
    assert!(overview["all"]["objects"].as_u64().expect("a count") >= 20_000);
    assert!(overview["regions"].as_array().expect("Regions").len() >= 3);
    for path in PATHS {
        let (status, body) = server.get(path);
        assert_eq!(status, 200, "{path}");
        let page = Page::new(&body);
        let ids = page.attributes("[id]", "id");
        let mut unique = ids.clone();
        unique.sort();
        unique.dedup();
        assert_eq!(unique.len(), ids.len(), "{path} uses an id twice");
    }
}

/// Pages are rendered while others are: no answer may hang or break off.
#[test]
fn pages_are_whole_under_load() {
    let (_folder, server) = london();
    for path in PATHS {
        thread::scope(|scope| {
            for _ in 0..20 {
                scope.spawn(|| {
                    for _ in 0..3 {
                        let (status, body) = server.get(path);
                        assert_eq!(status, 200, "{path}");
                        assert!(whole(&body), "{path} broke off");
                    }
                });
            }
        });
    }
}
