//! The two other servers as processes of the test, and the boto3 client that sets things up on them.

use cloud::aws::{AccessKey, ConnectOptions, connect};
use cloud::{Account, ObjectRef};
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

const START_LIMIT: Duration = Duration::from_secs(60);

/// A process that ends with the test.
#[derive(Debug)]
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A running server with its client.
#[derive(Debug)]
pub(crate) struct Peer {
    pub(crate) endpoint: String,
    client: Mutex<(ChildStdin, BufReader<ChildStdout>)>,
    _client: Process,
    _server: Process,
    _home: tempfile::TempDir,
}

/// A path that `cargo xtask test` hands over.
fn needed(variable: &str) -> PathBuf {
    let value = std::env::var_os(variable);
    PathBuf::from(value.unwrap_or_else(|| {
        panic!("{variable} is not set: run these tests by `cargo xtask test`, which brings the peers and names them")
    }))
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("its number").port()
}

impl Peer {
    pub(crate) fn moto() -> Self {
        let port = free_port();
        let mut command = Command::new(needed("REKEY_MOTO_PYTHON"));
        command.args(["-m", "moto.server", "-H", "127.0.0.1", "-p", &port.to_string()]);
        Self::start(command, port)
    }

    pub(crate) fn ministack() -> Self {
        let port = free_port();
        let mut command = Command::new(needed("REKEY_MINISTACK_BIN"));
        command
            .env("GATEWAY_PORT", port.to_string())
            .env("BIND_HOST", "127.0.0.1")
            .env("AUTH", "true");
        Self::start(command, port)
    }

    fn start(mut command: Command, port: u16) -> Self {
        let home = tempfile::tempdir().expect("a folder");
        command
            .current_dir(home.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let mut server = Process(
            command
                .spawn()
                .unwrap_or_else(|error| panic!("{command:?}: {error}")),
        );
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            let ended = server.0.try_wait().expect("its state");
            assert!(ended.is_none(), "{command:?} ended before it listened: {ended:?}");
            assert!(
                begun.elapsed() < START_LIMIT,
                "{command:?} does not listen on port {port}"
            );
            std::thread::sleep(Duration::from_millis(50));
        }
        let endpoint = format!("http://127.0.0.1:{port}");
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/client.py");
        let mut client = Command::new(needed("REKEY_MOTO_PYTHON"))
            .arg(script)
            .arg(&endpoint)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the boto3 client");
        let pipes = (
            client.stdin.take().expect("a pipe"),
            BufReader::new(client.stdout.take().expect("a pipe")),
        );
        Self {
            endpoint,
            client: Mutex::new(pipes),
            _client: Process(client),
            _server: server,
            _home: home,
        }
    }

    /// The account as Rekey connects to it.
    pub(crate) async fn account(&self) -> Account {
        let access_key = AccessKey {
            id: "test".to_string(),
            secret: "test".to_string(),
        };
        let options = ConnectOptions {
            changes_allowed: true,
            region: Some("us-east-1".to_string()),
            endpoint_url: Some(self.endpoint.clone()),
            access_key: Some(access_key),
        };
        connect(options).await.expect("an account")
    }

    /// Has boto3 do something.
    pub(crate) fn call(&self, command: Value) -> Value {
        let mut pipes = self.client.lock().expect("the client");
        writeln!(pipes.0, "{command}").expect("the client listens");
        let mut line = String::new();
        pipes.1.read_line(&mut line).expect("the client answers");
        let mut answer: Value = serde_json::from_str(&line).expect("JSON");
        assert!(answer["error"].is_null(), "{command}: {}", answer["error"]);
        answer["ok"].take()
    }

    pub(crate) fn put(&self, object: &ObjectRef, body: &str, arguments: Value) -> Option<String> {
        let command = json!({"do": "put", "bucket": object.bucket, "key": object.key, "body": body, "arguments": arguments});
        self.call(command).as_str().map(ToString::to_string)
    }

    pub(crate) fn look(&self, object: &ObjectRef) -> Value {
        self.call(json!({"do": "look", "bucket": object.bucket, "key": object.key}))
    }
}
