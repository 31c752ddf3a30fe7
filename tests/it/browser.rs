//! What people do, in a real Chromium: import, find the worked example, drag a control, start a migration and watch it,
//! reload in the middle. Each test ends by reading the console.

use tests::browser::Browser;
use tests::migrations::{key_for, plan, started};
use tests::samples;
use tests::server::{Server, data};
use thirtyfour::prelude::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_sample_is_imported_and_the_worked_example_found() {
    let folder = data();
    let server = Server::sandbox(folder.path());
    let browser = Browser::start(1280, 900, true).await;
    browser.open(&format!("{}/import", server.address())).await;
    let location = browser
        .tab
        .find(By::Css("input[name=location]"))
        .await
        .expect("a field for the path");
    location
        .send_keys(samples::text("london-10tb"))
        .await
        .expect("typed");
    let region = browser
        .tab
        .find(By::Css("form:has(input[name=location]) [name=region]"))
        .await
        .expect("a field");
    region.send_keys("eu-west-2").await.expect("typed");
    let button = browser
        .tab
        .find(By::Css("form:has(input[name=location]) button"))
        .await
        .expect("a button");
    button.click().await.expect("clicked");
    let began = std::time::Instant::now();
    while server
        .json("/api/v1/snapshots")
        .as_array()
        .is_none_or(Vec::is_empty)
    {
        assert!(began.elapsed() < tests::server::PATIENCE, "nothing was imported");
    }
    browser.shows("london-10tb").await;
    browser
        .open(&format!("{}/costs?gets=2000000&puts=10000", server.address()))
        .await;
    for figure in ["$240.89", "$247.86", "+$6.97"] {
        browser.shows(figure).await;
    }
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn dragging_a_control_changes_the_figures_without_a_request() {
    let folder = data();
    let server = Server::sandbox(folder.path());
    let _ = server.import(&samples::text("london-10tb"), "eu-west-2");
    let browser = Browser::start(1280, 900, true).await;
    browser
        .open(&format!("{}/costs?gets=2000000&puts=10000", server.address()))
        .await;
    browser.until("performance.getEntriesByType('resource').some(entry => entry.name.includes('what=basis') && entry.responseEnd > 0)").await;
    browser.shows("Figures follow the controls at once").await;
    let requests = "performance.getEntriesByType('resource').length";
    let before = browser.value(requests).await;
    let set = "(() => { const field = document.querySelector('input[name=gets]'); field.value = '20000000'; field.dispatchEvent(new Event('input', { bubbles: true })); return true; })()";
    browser.value(set).await;
    // 20,000,000 GETs: 240.00 + 8.40 + 0.053 before; 20,010,000 KMS requests less the free ones and one key after.
    browser.shows("$248.45").await;
    browser.shows("$309.42").await;
    browser.until("location.search.includes('gets=20000000')").await;
    assert_eq!(browser.value(requests).await, before, "no request was made");
    browser.close().await;
    let (_, page) = server.get("/costs?gets=20000000&puts=10000");
    assert!(page.contains("$309.42"), "the server gives the same answer");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_migration_is_started_watched_and_survives_a_reload() {
    let folder = data();
    let server = Server::start(folder.path(), &["--sandbox", "--sandbox-latency-ms", "10"], &[]);
    assert_eq!(
        server.post("/api/v1/imports/sandbox", &serde_json::json!({})).0,
        204
    );
    let overview = server.json("/api/v1/overview?order=objects");
    let bucket = overview["overview"]["buckets"][0]["name"]
        .as_str()
        .expect("a name")
        .to_string();
    let key = key_for(&server, &bucket);
    let (id, page) = plan(&server, &format!("bucket={bucket}&key={key}&in_flight=16"));
    assert_eq!(page["live"]["state"], "planned");
    let browser = Browser::start(1280, 900, true).await;
    let address = format!("{}/migrations/{id}", server.address());
    browser.open(&address).await;
    let typed = browser
        .tab
        .find(By::Css("input[name=argument]"))
        .await
        .expect("a field for the name");
    typed.send_keys(bucket.as_str()).await.expect("typed");
    let button = browser
        .tab
        .find(By::Css("form:has(input[name=argument]) .button-primary"))
        .await
        .expect("a button");
    button.click().await.expect("clicked");
    browser.shows("Running").await;
    browser.open(&address).await;
    browser.shows("Done").await;
    browser.shows("now under key").await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_hydrates_without_a_word_in_the_console() {
    let folder = data();
    let server = Server::sandbox(folder.path());
    assert_eq!(
        server.post("/api/v1/imports/sandbox", &serde_json::json!({})).0,
        204
    );
    for (width, height) in [(1280, 900), (390, 844)] {
        let browser = Browser::start(width, height, true).await;
        for path in [
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
        ] {
            browser.open(&format!("{}{path}", server.address())).await;
            let overflow = browser
                .value("document.documentElement.scrollWidth - document.documentElement.clientWidth")
                .await;
            assert_eq!(overflow, 0, "{path} is wider than a window of {width} pixels");
        }
        browser.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_read_without_javascript() {
    let folder = data();
    let server = Server::sandbox(folder.path());
    let _ = server.import(&samples::text("london-10tb"), "eu-west-2");
    let browser = Browser::start(1280, 900, false).await;
    browser
        .tab
        .goto(format!("{}/costs", server.address()))
        .await
        .expect("the page opens");
    for (field, value) in [("gets", "2000000"), ("puts", "10000")] {
        let field = browser
            .tab
            .find(By::Css(format!("input[name={field}]")))
            .await
            .expect("a field");
        field.clear().await.expect("cleared");
        field.send_keys(value).await.expect("typed");
    }
    browser
        .tab
        .find(By::Css("form[action='/costs'] button[type=submit]"))
        .await
        .expect("a button")
        .click()
        .await
        .expect("clicked");
    browser.shows("$247.86").await;
    browser.close().await;
}

/// Enter in the field for the name confirms nothing, with a script or without; the button does.
#[tokio::test(flavor = "multi_thread")]
async fn only_the_button_confirms_a_plan() {
    let (_folder, server) = started();
    let bucket = "kms-encryption-demo";
    let key = key_for(&server, bucket);
    let (id, _) = plan(&server, &format!("bucket={bucket}&key={key}"));
    let page = format!("{}/migrations/{id}", server.address());
    for javascript in [true, false] {
        let browser = Browser::start(1280, 900, javascript).await;
        if javascript {
            browser.open(&page).await;
        } else {
            browser.tab.goto(&page).await.expect("the page opens");
        }
        let field = browser.tab.find(By::Id("typed")).await.expect("a field");
        field.send_keys(bucket + Key::Enter).await.expect("typed");
        // Had it been sent, the state would be another one by the time that the next answer is here.
        browser.shows("to confirm").await;
        let state = server.json(&format!("/api/v1/migrations/{id}"))["live"]["state"].clone();
        assert_eq!(state, "planned", "with a script: {javascript}");
        if !javascript {
            let button = By::Css("form:has(#typed) .button-primary");
            let button = browser.tab.find(button).await.expect("a button");
            button.click().await.expect("clicked");
            browser.shows("now under key").await;
        }
        browser.close().await;
    }
}
