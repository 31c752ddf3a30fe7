//! Two independent servers that stand in for AWS: moto and MiniStack. Started on a free port, ended by process id.

use crate::setting;
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long a peer may take to come up on a loaded machine.
const START: Duration = Duration::from_secs(90);

/// Which one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// moto.
    Moto,
    /// `MiniStack`.
    MiniStack,
}

/// A running peer.
#[derive(Debug)]
pub struct Peer {
    child: Child,
    port: u16,
    /// Which one.
    pub kind: Kind,
}

impl Peer {
    /// Starts one that checks signatures where it can.
    ///
    /// # Panics
    /// When it does not come up.
    #[must_use]
    pub fn start(kind: Kind) -> Self {
        Self::started(kind, true)
    }

    /// Starts one that takes unsigned requests, for what stands between it and Rekey.
    ///
    /// # Panics
    /// When it does not come up.
    #[must_use]
    pub fn unsigned(kind: Kind) -> Self {
        Self::started(kind, false)
    }

    fn started(kind: Kind, signed: bool) -> Self {
        let port = free_port();
        let mut command = match kind {
            Kind::Moto => {
                let mut command = Command::new(setting("REKEY_MOTO_PYTHON"));
                command.args(["-m", "moto.server", "-H", "127.0.0.1", "-p", &port.to_string()]);
                command
            }
            Kind::MiniStack => {
                let mut command = Command::new(setting("REKEY_MINISTACK_BIN"));
                command
                    .env("GATEWAY_PORT", port.to_string())
                    .env("BIND_HOST", "127.0.0.1")
                    .env("AUTH", signed.to_string());
                command
            }
        };
        let child = command
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the peer starts");
        let mut peer = Self { child, port, kind };
        let began = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(began.elapsed() < START, "{kind:?} did not come up");
            assert!(
                peer.child.try_wait().expect("its state").is_none(),
                "{kind:?} ended at once"
            );
            std::thread::yield_now();
        }
        peer
    }

    /// `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Variables with which `rekey` works on it.
    #[must_use]
    pub fn variables(&self) -> Vec<(String, String)> {
        Self::variables_at(&self.endpoint())
    }

    /// Variables with which `rekey` works on a peer through another endpoint.
    #[must_use]
    pub fn variables_at(endpoint: &str) -> Vec<(String, String)> {
        [
            ("AWS_ENDPOINT_URL", endpoint),
            ("AWS_ACCESS_KEY_ID", "test"),
            ("AWS_SECRET_ACCESS_KEY", "test"),
            ("AWS_REGION", "us-east-1"),
            ("AWS_EC2_METADATA_DISABLED", "true"),
        ]
        .map(|(name, value)| (name.to_string(), value.to_string()))
        .to_vec()
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    listener.local_addr().expect("its address").port()
}

/// What the fixture reads of an object that a copy in place keeps.
pub const KEPT: [&str; 8] = [
    "name",
    "body",
    "class",
    "headers",
    "metadata",
    "tags",
    "grants",
    "checksums",
];

/// Runs the fixture against a peer, through another SDK than ours.
///
/// # Panics
/// When it fails.
#[must_use]
pub fn fixture(peer: &Peer, arguments: &[&str]) -> serde_json::Value {
    let script = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/estate.py");
    let output = Command::new(setting("REKEY_MOTO_PYTHON"))
        .arg(script)
        .arg(peer.endpoint())
        .args(arguments)
        .output()
        .expect("Python starts");
    assert!(
        output.status.success(),
        "{:?}: {}",
        peer.kind,
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).expect("the fixture prints JSON")
}
