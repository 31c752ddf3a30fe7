//! A server of our own that says what a test wants said, for what no stand-in of AWS has: accounts apart, quotas, Macie. It
//! knows nothing of how the services behave. Each connection has a thread, so that an answer may wait for other requests.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// A request as it came.
#[derive(Clone, Debug)]
pub struct Request {
    /// Method, path and query.
    pub line: String,
    /// Headers, by lower-case name.
    pub headers: BTreeMap<String, String>,
    /// Body, as text.
    pub body: String,
}

impl Request {
    /// A header; empty when it is not there.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    /// A part of what the request is signed for: `Credential=KEY/date/Region/service/aws4_request`.
    fn scope(&self, part: usize) -> &str {
        let credential = self.header("authorization").split("Credential=").nth(1);
        credential
            .and_then(|text| text.split('/').nth(part))
            .unwrap_or_default()
    }

    /// Id of the access key.
    #[must_use]
    pub fn key(&self) -> &str {
        self.scope(0)
    }

    /// Region.
    #[must_use]
    pub fn region(&self) -> &str {
        self.scope(2)
    }

    /// What it asks for: the operation of the target header, of the path, or of the form; else the line.
    #[must_use]
    pub fn operation(&self) -> &str {
        if let Some((_, operation)) = self.header("x-amz-target").split_once('.') {
            return operation;
        }
        if let Some((_, operation)) = self.line.split_once("/operation/") {
            return operation;
        }
        let action = self.body.strip_prefix("Action=");
        action
            .and_then(|form| form.split('&').next())
            .unwrap_or(&self.line)
    }
}

/// An answer.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// Status.
    pub status: u16,
    /// Headers.
    pub headers: Vec<(&'static str, String)>,
    /// Body.
    pub body: Vec<u8>,
}

impl Answer {
    /// With a body.
    #[must_use]
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: body.into(),
        }
    }

    /// JSON.
    #[must_use]
    pub fn json(value: &serde_json::Value) -> Self {
        Self::new(200, value.to_string()).with("content-type", "application/json")
    }

    /// With one more header.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_string()));
        self
    }
}

type Answering = dyn Fn(&Request) -> Answer + Send + Sync;

/// A running server; it ends with the value.
#[derive(Debug)]
pub struct Stub {
    address: String,
    seen: Arc<Mutex<Vec<Request>>>,
    ending: Arc<AtomicBool>,
}

impl Stub {
    /// Starts one.
    ///
    /// # Panics
    /// When there is no port for it.
    #[must_use]
    pub fn start(answer: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let address = listener.local_addr().expect("its address").to_string();
        let (seen, ending): (Arc<Mutex<Vec<Request>>>, Arc<AtomicBool>) = Default::default();
        let answer: Arc<Answering> = Arc::new(answer);
        let (noted, end) = (Arc::clone(&seen), Arc::clone(&ending));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if end.load(Ordering::Relaxed) {
                    return;
                }
                let (noted, answer) = (Arc::clone(&noted), Arc::clone(&answer));
                // A connection that breaks is the client's affair.
                std::thread::spawn(move || stream.ok().and_then(|stream| serve(&stream, &noted, &*answer)));
            }
        });
        Self {
            address,
            seen,
            ending,
        }
    }

    /// Variables with which `rekey` works on it, by the access key `AKIDOWN`.
    #[must_use]
    pub fn variables(&self) -> Vec<(&'static str, String)> {
        vec![
            ("AWS_ENDPOINT_URL", format!("http://{}", self.address)),
            ("AWS_ACCESS_KEY_ID", "AKIDOWN".to_string()),
            ("AWS_SECRET_ACCESS_KEY", "test".to_string()),
            ("AWS_REGION", "eu-west-2".to_string()),
            ("AWS_EC2_METADATA_DISABLED", "true".to_string()),
        ]
    }

    /// What was asked so far.
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Stub {
    fn drop(&mut self) {
        self.ending.store(true, Ordering::Relaxed);
        // Wakes the thread that waits for a connection.
        let _ = TcpStream::connect(&self.address);
    }
}

/// Answers the requests of a connection until it breaks off.
fn serve(mut stream: &TcpStream, seen: &Mutex<Vec<Request>>, answer: &Answering) -> Option<()> {
    let mut requests = BufReader::new(stream);
    loop {
        let request = read(&mut requests)?;
        seen.lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(request.clone());
        let answer = answer(&request);
        let mut head = format!(
            "HTTP/1.1 {} Answer\r\ncontent-length: {}\r\n",
            answer.status,
            answer.body.len()
        );
        for (name, value) in &answer.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str("\r\n");
        stream.write_all(head.as_bytes()).ok()?;
        if !request.line.starts_with("HEAD ") {
            stream.write_all(&answer.body).ok()?;
        }
    }
}

fn read(from: &mut BufReader<&TcpStream>) -> Option<Request> {
    let mut line = String::new();
    from.read_line(&mut line).ok().filter(|length| *length > 0)?;
    let mut headers = BTreeMap::new();
    loop {
        let mut header = String::new();
        from.read_line(&mut header).ok()?;
        match header.trim_end().split_once(": ") {
            Some((name, value)) => headers.insert(name.to_ascii_lowercase(), value.to_string()),
            None => break,
        };
    }
    let length = headers.get("content-length").and_then(|value| value.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    from.read_exact(&mut body).ok()?;
    Some(Request {
        line: line.trim_end().trim_end_matches(" HTTP/1.1").to_string(),
        headers,
        body: String::from_utf8_lossy(&body).into_owned(),
    })
}
