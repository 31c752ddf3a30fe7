//! Pages without JavaScript: the numbers are in the HTML, forms answer by themselves, every answer is whole.

use std::thread;
use tests::html::Page;
use tests::samples;
use tests::server::{Server, agent, data};

const PATHS: [&str; 10] = [
    "/",
    "/import",
    "/costs",
    "/quotas",
    "/migrations",
    "/migrations/new",
    "/prices",
    "/requests",
    "/scenarios",
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

/// A page on paper has no controls: what its figures rest on is said beside them.
#[test]
fn pages_say_what_their_figures_rest_on() {
    let (_folder, server) = london();
    let rests = |path: &str| {
        let texts = Page::new(&server.get(path).1).texts("section[aria-labelledby=rests]");
        assert_eq!(texts.len(), 1, "{path}");
        texts[0].clone()
    };
    let costs = rests("/costs?gets=2000000&puts=10000&bk=1&saving=80&growth=2.5&ramp=8");
    for text in [
        "1 bucket",
        "2,000,000 GET, 10,000 PUT",
        "80 % of KMS requests, an assumption",
        "2.5 % a month over 12 months",
        "in 4 waves over 8 weeks",
        "2024-09-25",
    ] {
        assert!(costs.contains(text), "{text}: {costs}");
    }
    let quotas = rests("/quotas?baseline=4000&peak=7.5&share=30");
    for text in [
        "4,000 KMS requests/s",
        "7.5: the busiest second",
        "30 % of what is left",
    ] {
        assert!(quotas.contains(text), "{text}: {quotas}");
    }
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

#[test]
fn request_counts_are_typed_bucket_by_bucket() {
    let folder = data();
    // The sandbox would report counts of its own.
    let server = Server::unheard(folder.path());
    let _ = server.import(&samples::text("london-10tb"), "eu-west-2");
    let main = |path: &str| Page::new(&server.get(path).1).main();
    let unknown = "Request counts of 1 bucket are not known";
    assert!(main("/costs").contains(unknown), "nothing is known yet");
    let save = |fields: &str| {
        let response = agent()
            .post(format!("{}/requests/save", server.address()))
            .header("accept", "text/html")
            .header("content-type", "application/x-www-form-urlencoded")
            .send(fields)
            .expect("an answer");
        let to = response.headers().get("location").and_then(|to| to.to_str().ok());
        (response.status().as_u16(), to.unwrap_or_default().to_string())
    };
    let typed = "peak=7.5&bucket=kms-encryption-demo&gets=2%2C000%2C000&puts=10000&parts=&heads=&lists=";
    assert_eq!(save(typed), (303, "/requests".to_string()));
    let costs = main("/costs");
    assert!(costs.contains("$240.89") && costs.contains("$247.86"), "{costs}");
    let known = server.json("/api/v1/workload");
    assert_eq!(known["defaults"]["peak_to_average"], 7.5);
    assert_eq!(known["bucket"][0]["gets_per_month"], 2_000_000);
    let (_, file) = server.get("/api/v1/workload.toml");
    assert!(file.contains("gets_per_month = 2000000"), "{file}");

    let (status, back) = save("bucket=kms-encryption-demo&gets=many");
    assert_eq!(status, 303);
    let refused = main(&back);
    assert!(refused.contains("`many` is not a whole number"), "{refused}");
    assert_eq!(server.json("/api/v1/workload"), known, "nothing was saved");

    let file = "[[bucket]]\nname = \"kms-encryption-demo\"\ngets_per_month = 1\n";
    let put = |text: &str| {
        let request = agent().put(format!("{}/api/v1/workload", server.address()));
        request.send(text).expect("an answer").status().as_u16()
    };
    assert_eq!(put(file), 204);
    assert_eq!(server.json("/api/v1/workload")["bucket"][0]["gets_per_month"], 1);
    assert_eq!(put("[[bucket]]\nname = \"nobody\"\n"), 422);

    assert_eq!(save("bucket=kms-encryption-demo&gets=&puts=").0, 303);
    assert_eq!(server.json("/api/v1/workload")["bucket"], serde_json::json!([]));
    assert!(main("/costs").contains(unknown), "and nothing is known again");
}

#[test]
fn the_overview_shows_each_buckets_default_encryption() {
    let folder = data();
    let server = Server::sandbox(folder.path());
    assert_eq!(
        server.post("/api/v1/imports/sandbox", &serde_json::json!({})).0,
        204
    );
    let _ = server.import(&samples::text("london-10tb"), "eu-west-2");
    let defaults = server.json("/api/v1/overview")["defaults"].clone();
    assert_eq!(defaults["access-logs-eu"]["short"], "SSE-S3");
    let others: Vec<&str> = defaults
        .as_object()
        .expect("by bucket")
        .values()
        .filter_map(|shown| shown["short"].as_str())
        .filter(|short| short.starts_with("SSE-KMS"))
        .collect();
    assert!(!others.is_empty(), "{defaults}");
}

#[test]
fn scenarios_are_saved_and_compared() {
    let (_folder, server) = london();
    let save = |name: &str, query: &str| {
        let form = format!("name={name}&query={query}");
        let response = agent()
            .post(format!("{}/api/fn/save_scenario", server.address()))
            .header("accept", "text/html")
            .header("referer", format!("{}/costs", server.address()))
            .header("content-type", "application/x-www-form-urlencoded")
            .send(&form)
            .expect("an answer");
        let to = response.headers().get("location").and_then(|to| to.to_str().ok());
        (response.status().as_u16(), to.unwrap_or_default().to_string())
    };
    let plain = save("plain", "gets%3D2000000%26puts%3D10000");
    assert_eq!(plain, (302, "/scenarios?right=plain".to_string()));
    assert_eq!(
        save("with+a+key", "gets%3D2000000%26puts%3D10000%26bk%3D1").0,
        302
    );
    let main = |path: &str| Page::new(&server.get(path).1).main();
    let page = main("/scenarios?left=plain&right=with%20a%20key");
    // $247.863 without a Bucket Key, $242.436 with one that saves 90 %: -$5.427, 2.2 %.
    for figure in ["$247.86", "$242.44", "-$5.43 (-2.2 %)"] {
        assert!(page.contains(figure), "{figure}: {page}");
    }
    let known = server.json("/api/v1/scenarios");
    assert_eq!(known["saved"].as_array().map(Vec::len), Some(2));
    assert_eq!(server.get("/scenarios?left=nobody").0, 404);
    let refused = save("", "gets%3D1");
    let back = refused.1.replace(server.address(), "");
    assert!(main(&back).contains("needs a name"), "{back}");
    let refused = save(&"long".repeat(50), "gets%3D1");
    let back = refused.1.replace(server.address(), "");
    assert!(main(&back).contains("cannot have 200 letters"), "{back}");
    assert_eq!(
        server.json("/api/v1/scenarios")["saved"].as_array().map(Vec::len),
        Some(2)
    );
    // No price is published for the second layer: what is saved says so too.
    save("dual+layer", "gets%3D2000000%26dsse%3D1");
    let bound = server.json("/api/v1/scenarios");
    let of = |name: &str| {
        let saved = bound["saved"].as_array().expect("scenarios");
        let found = saved.iter().find(|one| one["name"] == name).expect("it is saved");
        found["month_is_bound"].as_bool()
    };
    assert_eq!((of("dual layer"), of("plain")), (Some(true), Some(false)));
    assert!(main("/scenarios").contains("at least $"));
}

#[test]
fn the_quotas_page_says_which_keys_use_the_quota() {
    let (_folder, server) = london();
    let main = Page::new(&server.get("/quotas").1).main();
    for text in ["Calls by key", "alias/storage-general", "alias/aws/s3"] {
        assert!(main.contains(text), "{text}: {main}");
    }
    let (status, csv) = server.get("/api/v1/keys.csv");
    assert_eq!(status, 200);
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(lines[0], "region,key,alias,operation,hour_from,calls");
    // Three keys, each with reads and writes in each hour of a day.
    assert_eq!(lines.len(), 1 + 3 * 2 * 24, "{csv}");
}

#[test]
fn what_others_add_to_a_link_does_not_break_its_documents() {
    let (_folder, server) = london();
    let (status, page) = server.get("/quotas?gets=2000000&utm_source=a%20letter&share=30");
    assert_eq!(status, 200);
    let link = "/api/v1/headroom.csv?gets=2000000&amp;share=30";
    assert!(page.contains(&format!("href=\"{link}\"")), "{page}");
    assert_eq!(server.get(&link.replace("&amp;", "&")).0, 200);
    let (status, refused) = server.get("/api/v1/headroom.csv?gets=2000000&shaer=30");
    assert_eq!(
        status, 422,
        "after a slip the figures would be others than were asked for"
    );
    assert!(refused.contains("`shaer` is no parameter"), "{refused}");
}

#[test]
fn the_quotas_page_says_what_binds_and_what_to_ask_for() {
    let (_folder, server) = london();
    // 10,368,000,000 GETs are 4,000/s, 20,000/s at the peak: all of London's quota.
    let page = Page::new(
        &server
            .get("/quotas?gets=10368000000&puts=0&baseline=0&failover=eu-west-1")
            .1,
    )
    .main();
    for text in [
        "What holds the conversion",
        "S3’s own request rates",
        "eu-west-2 fails over to eu-west-1",
        "ask for 25,000 requests/s",
        "We move data in Amazon S3 from SSE-S3 to SSE-KMS",
    ] {
        assert!(page.contains(text), "{text}: {page}");
    }
}
