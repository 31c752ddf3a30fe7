//! A real Chromium, driven through chromedriver. Its console is read at the end of each test: an error or a hydration
//! warning fails it.

use crate::setting;
use serde_json::json;
use std::net::{TcpListener, TcpStream};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use thirtyfour::prelude::*;
use thirtyfour::{ChromiumLikeCapabilities, LoggingPrefsLogLevel};

/// How long the driver may take to come up.
const START: Duration = Duration::from_secs(60);

/// A browser with its driver.
#[derive(Debug)]
pub struct Browser {
    driver: Child,
    /// The session.
    pub tab: WebDriver,
    _profile: TempDir,
}

impl Browser {
    /// Starts one, with a window of this size.
    ///
    /// # Panics
    /// When it does not come up.
    pub async fn start(width: u32, height: u32, javascript: bool) -> Self {
        let port = TcpListener::bind(("127.0.0.1", 0))
            .expect("a free port")
            .local_addr()
            .expect("its address")
            .port();
        let driver = Command::new(setting("REKEY_CHROMEDRIVER"))
            .arg(format!("--port={port}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // A group of its own, so that the browser ends with its driver even when a test fails.
            .process_group(0)
            .spawn()
            .expect("chromedriver starts");
        let began = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(began.elapsed() < START, "chromedriver did not come up");
            tokio::task::yield_now().await;
        }
        let profile = tempfile::tempdir().expect("a profile");
        let mut wanted = DesiredCapabilities::chrome();
        wanted
            .set_binary(setting("REKEY_CHROMIUM").to_str().expect("a UTF-8 path"))
            .expect("a binary");
        for flag in [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
        ] {
            wanted.add_arg(flag).expect("a flag");
        }
        wanted
            .add_arg(&format!("--window-size={width},{height}"))
            .expect("a flag");
        wanted
            .add_arg(&format!("--user-data-dir={}", profile.path().display()))
            .expect("a flag");
        wanted
            .set_browser_log_level(LoggingPrefsLogLevel::All)
            .expect("logging");
        if !javascript {
            let setting = json!({ "profile.managed_default_content_settings.javascript": 2 });
            wanted
                .add_experimental_option("prefs", setting)
                .expect("a preference");
        }
        let tab = WebDriver::new(format!("http://127.0.0.1:{port}"), wanted)
            .await
            .expect("a session");
        Self {
            driver,
            tab,
            _profile: profile,
        }
    }

    /// Opens a page and waits until its script has taken over.
    ///
    /// # Panics
    /// When it does not.
    pub async fn open(&self, address: &str) {
        self.tab.goto(address).await.expect("the page opens");
        self.until("document.documentElement.dataset.hydrated === 'true'")
            .await;
    }

    /// Waits until an expression is true in the page.
    ///
    /// # Panics
    /// When it does not become true.
    pub async fn until(&self, expression: &str) {
        let began = Instant::now();
        loop {
            let value = self.tab.execute(format!("return !!({expression})"), vec![]).await;
            if value.is_ok_and(|value| value.json().as_bool() == Some(true)) {
                return;
            }
            assert!(
                began.elapsed() < crate::server::PATIENCE,
                "never true in the page: {expression}"
            );
        }
    }

    /// Waits until the main part of the page shows a text. Runs no script of the page, and a page that gives way to
    /// the next one in the middle of it is looked at again.
    ///
    /// # Panics
    /// When it is not shown.
    pub async fn shows(&self, wanted: &str) {
        let began = Instant::now();
        loop {
            let text = match self.tab.find(By::Css("main")).await {
                Ok(main) => main.text().await,
                Err(error) => Err(error),
            };
            if text.as_ref().is_ok_and(|text| text.contains(wanted)) {
                return;
            }
            assert!(
                began.elapsed() < crate::server::PATIENCE,
                "the page does not show {wanted:?}: {text:?}"
            );
        }
    }

    /// What an expression is in the page.
    ///
    /// # Panics
    /// When it throws.
    pub async fn value(&self, expression: &str) -> serde_json::Value {
        let value = self.tab.execute(format!("return {expression}"), vec![]).await;
        value.expect("the expression has a value").json().clone()
    }

    /// Asserts that the console holds no error and no warning, and ends the browser.
    ///
    /// # Panics
    /// When it does.
    pub async fn close(self) {
        let log = self.tab.browser_log().await.expect("the console can be read");
        let loud: Vec<String> = log
            .iter()
            .map(|entry| format!("{entry:?}"))
            .filter(|entry| {
                entry.contains("SEVERE")
                    || entry.contains("WARNING")
                    || entry.to_lowercase().contains("hydrat")
            })
            .collect();
        assert!(loud.is_empty(), "the console complains: {loud:#?}");
        self.tab.clone().quit().await.expect("the session ends");
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The driver and the browsers that it started; they may have ended already.
        let group = format!("-{}", self.driver.id());
        let _ = Command::new("kill").args(["-KILL", "--", &group]).status();
        let _ = self.driver.wait();
    }
}
