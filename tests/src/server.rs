//! A running `rekey serve` and a client for it.

use crate::setting;
use serde_json::Value;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Nothing in a test takes longer than this.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// The binary as a command.
#[must_use]
pub fn rekey() -> Command {
    let mut command = Command::new(setting("REKEY_BIN"));
    command.env_remove("RUST_LOG").env("NO_COLOR", "1");
    command
}

/// Runs a command of the binary to its end.
///
/// # Panics
/// When it cannot be started.
#[must_use]
pub fn run(arguments: &[&str]) -> Output {
    rekey().args(arguments).output().expect("the binary starts")
}

/// A running server.
#[derive(Debug)]
pub struct Server {
    child: Child,
    address: String,
    log: Option<JoinHandle<String>>,
}

impl Server {
    /// Starts a server on the sandbox, on a free port, with its data in `data`.
    #[must_use]
    pub fn sandbox(data: &Path) -> Self {
        Self::start(data, &["--sandbox"], &[])
    }

    /// Starts a read-only server on an AWS account of which nothing is heard: nobody answers at its endpoint.
    #[must_use]
    pub fn unheard(data: &Path) -> Self {
        let variables = [
            ("AWS_ENDPOINT_URL", "http://127.0.0.1:9"),
            ("AWS_ACCESS_KEY_ID", "test"),
            ("AWS_SECRET_ACCESS_KEY", "test"),
            ("AWS_REGION", "eu-west-2"),
            ("AWS_EC2_METADATA_DISABLED", "true"),
        ];
        Self::start(data, &[], &variables)
    }

    /// Starts a server with these flags and variables.
    ///
    /// # Panics
    /// When it does not come up; with its log.
    #[must_use]
    pub fn start(data: &Path, flags: &[&str], variables: &[(&str, &str)]) -> Self {
        let mut child = rekey()
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(data)
            .args(flags)
            .envs(variables.iter().copied())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let mut lines = BufReader::new(child.stderr.take().expect("standard error is piped")).lines();
        let mut seen = String::new();
        let address = loop {
            match lines.next() {
                Some(Ok(line)) => {
                    seen.push_str(&line);
                    seen.push('\n');
                    if let Some((_, rest)) = line.split_once("address=") {
                        break rest.trim().trim_matches('"').to_string();
                    }
                }
                _ => panic!("the server did not come up; it said:\n{seen}"),
            }
        };
        let log = std::thread::spawn(move || {
            lines
                .map_while(Result::ok)
                .fold(seen, |log: String, line| format!("{log}{line}\n"))
        });
        Self {
            child,
            address,
            log: Some(log),
        }
    }

    /// `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Its process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Ends it at once, as a power cut would: SIGKILL.
    ///
    /// # Panics
    /// When it cannot be killed.
    pub fn kill(mut self) -> String {
        self.child.kill().expect("the server can be killed");
        self.child.wait().expect("the server can be waited for");
        self.log
            .take()
            .map(|log| log.join().unwrap_or_default())
            .unwrap_or_default()
    }

    /// Asks it to stop, and waits: SIGTERM.
    ///
    /// # Panics
    /// When it cannot be asked.
    pub fn stop(mut self) -> (ExitStatus, String) {
        let asked = Command::new("kill")
            .args(["-TERM", &self.child.id().to_string()])
            .status();
        assert!(asked.expect("kill starts").success());
        let status = self.child.wait().expect("the server can be waited for");
        (
            status,
            self.log
                .take()
                .map(|log| log.join().unwrap_or_default())
                .unwrap_or_default(),
        )
    }

    /// A page, as text, with its status.
    ///
    /// # Panics
    /// When no answer comes.
    #[must_use]
    pub fn get(&self, path: &str) -> (u16, String) {
        let mut response = agent()
            .get(format!("{}{path}", self.address))
            .call()
            .expect("an answer");
        let body = response
            .body_mut()
            .with_config()
            .limit(64 << 20)
            .read_to_string()
            .expect("a body");
        (response.status().as_u16(), body)
    }

    /// A JSON document of the API.
    ///
    /// # Panics
    /// When the status is not 200, or the body is not JSON.
    #[must_use]
    pub fn json(&self, path: &str) -> Value {
        let (status, body) = self.get(path);
        assert_eq!(status, 200, "{path}: {body}");
        serde_json::from_str(&body).unwrap_or_else(|error| panic!("{path}: {error}: {body}"))
    }

    /// Sends JSON, and gives status and answer.
    ///
    /// # Panics
    /// When no answer comes.
    #[must_use]
    pub fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        let mut response = agent()
            .post(format!("{}{path}", self.address))
            .send_json(body)
            .expect("an answer");
        let text = response.body_mut().read_to_string().expect("a body");
        (
            response.status().as_u16(),
            serde_json::from_str(&text).unwrap_or(Value::String(text)),
        )
    }

    /// Sends JSON to a server that may die of it: whether an answer comes is not asked.
    pub fn send(&self, path: &str, body: &Value) {
        let _ = agent().post(format!("{}{path}", self.address)).send_json(body);
    }

    /// Sends a form as a browser without JavaScript does; gives status and where it leads.
    ///
    /// # Panics
    /// When no answer comes.
    #[must_use]
    pub fn post_form(&self, path: &str, fields: &[(&str, &str)]) -> (u16, Option<String>) {
        let response = agent()
            .post(format!("{}{path}", self.address))
            .header("accept", "text/html")
            .header("referer", format!("{}/", self.address))
            .send_form(fields.iter().copied())
            .expect("an answer");
        let location = response
            .headers()
            .get("location")
            .and_then(|value| value.to_str().ok());
        (response.status().as_u16(), location.map(ToString::to_string))
    }

    /// Reads the events of a stream until `done` says so.
    ///
    /// # Panics
    /// When the stream ends before, or takes too long.
    pub fn follow(&self, path: &str, mut done: impl FnMut(&Value) -> bool) -> Value {
        let response = agent()
            .get(format!("{}{path}", self.address))
            .call()
            .expect("an answer");
        let mut lines = BufReader::new(response.into_body().into_reader()).lines();
        let began = Instant::now();
        while let Some(Ok(line)) = lines.next() {
            assert!(began.elapsed() < PATIENCE, "{path}: waited too long");
            if let Some(data) = line.strip_prefix("data:") {
                let event: Value = serde_json::from_str(data.trim()).expect("an event is JSON");
                if done(&event) {
                    return event;
                }
            }
        }
        panic!("{path}: the stream ended")
    }

    /// Imports a path and waits for the end; gives the snapshot's name.
    ///
    /// # Panics
    /// When the import fails.
    #[must_use]
    pub fn import(&self, location: &str, region: &str) -> String {
        match self.try_import(location, region) {
            Ok(id) => id,
            Err(error) => panic!("{location} was not imported: {error}"),
        }
    }

    /// Imports a path and waits for the end.
    ///
    /// # Errors
    /// What the server says is wrong.
    ///
    /// # Panics
    /// When the import cannot be started or does not end.
    pub fn try_import(&self, location: &str, region: &str) -> Result<String, Value> {
        let order = serde_json::json!({ "location": location, "region": region });
        let (status, begun) = self.post("/api/v1/imports", &order);
        assert_eq!(status, 202, "{begun}");
        let began = Instant::now();
        loop {
            assert!(began.elapsed() < PATIENCE, "{location}: the import does not end");
            let runs = self.json("/api/v1/imports");
            let run = runs
                .as_array()
                .and_then(|runs| runs.iter().find(|run| run["id"] == begun["id"]));
            let ended = run.map(|run| run["ended"].clone()).unwrap_or_default();
            if let Some(id) = ended["Ok"][0].as_str() {
                return Ok(id.to_string());
            }
            if !ended["Err"].is_null() {
                return Err(ended["Err"].clone());
            }
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A client that takes every status as an answer and follows no redirect.
#[must_use]
pub fn agent() -> ureq::Agent {
    let config = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .timeout_global(Some(PATIENCE))
        .build();
    config.into()
}

/// A data directory that goes away with the test.
///
/// # Panics
/// When it cannot be made.
#[must_use]
pub fn data() -> TempDir {
    tempfile::tempdir().expect("a temporary directory")
}

/// Reads everything.
///
/// # Panics
/// When it cannot be read.
pub fn read_all(mut from: impl Read) -> String {
    let mut text = String::new();
    from.read_to_string(&mut text).expect("text");
    text
}
