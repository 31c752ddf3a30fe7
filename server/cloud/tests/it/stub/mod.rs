//! A stub of Service Quotas and Pricing (JSON 1.1), of CloudWatch (smithy-rpc-v2-cbor, which is what its client sends) and
//! of S3's bucket settings and jobs, over real HTTP. A test says what it answers; it says what it was asked. It knows nothing of how
//! the services behave.

mod cbor;

use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

pub(crate) use cbor::at;

/// A request as it was understood.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    /// Operation: that of the target header or of the path; method, path and query for S3.
    pub(crate) operation: String,
    /// What stands before the operation: `ServiceQuotasV20190624`, `AWSPriceListService`, `GraniteServiceVersion20100801`.
    pub(crate) service: String,
    /// Region that it was signed for.
    pub(crate) region: String,
    /// Input, whatever the protocol; for S3 the account, the host and the document.
    pub(crate) input: Value,
}

/// An answer.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    /// The output of the operation; for CBOR, times are made with [`at`].
    Output(Value),
    /// An error with its status.
    Error(u16, &'static str, &'static str),
    /// A document of S3.
    Xml(String),
    /// Nothing: the connection stays open.
    Silence,
}

type Answering = Arc<dyn Fn(&Call) -> Reply + Send + Sync>;

/// The stub; it ends with the test's runtime.
pub(crate) struct Stub {
    pub(crate) endpoint: String,
    calls: Arc<Mutex<Vec<Call>>>,
}

impl Stub {
    pub(crate) async fn start(answer: impl Fn(&Call) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let endpoint = format!("http://{}", listener.local_addr().expect("its address"));
        let calls = Arc::new(Mutex::new(Vec::new()));
        let (seen, answer): (_, Answering) = (Arc::clone(&calls), Arc::new(answer));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&seen), Arc::clone(&answer)));
            }
        });
        Self { endpoint, calls }
    }

    pub(crate) fn calls(&self) -> Vec<Call> {
        self.calls.lock().expect("the calls").clone()
    }

    /// Operations in the order in which they were asked for.
    pub(crate) fn operations(&self) -> Vec<String> {
        self.calls().into_iter().map(|call| call.operation).collect()
    }
}

/// A request as it came.
struct Incoming {
    line: String,
    headers: BTreeMap<String, String>,
    body: Vec<u8>,
}

impl Incoming {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    fn is_cbor(&self) -> bool {
        self.header("smithy-protocol") == "rpc-v2-cbor"
    }

    fn call(&self) -> Call {
        // Credential=AKID/20261124/eu-west-2/servicequotas/aws4_request
        let region = self.header("authorization").split('/').nth(2).unwrap_or_default();
        let region = region.to_string();
        if self.is_cbor() {
            let path = self.line.split_whitespace().nth(1).unwrap_or_default();
            let mut parts = path.trim_start_matches("/service/").split("/operation/");
            return Call {
                service: parts.next().unwrap_or_default().to_string(),
                operation: parts.next().unwrap_or_default().to_string(),
                region,
                input: cbor::read(&self.body),
            };
        }
        match self.header("x-amz-target").split_once('.') {
            Some((service, operation)) => Call {
                service: service.to_string(),
                operation: operation.to_string(),
                region,
                input: serde_json::from_slice(&self.body).expect("a JSON document"),
            },
            None => Call {
                service: "s3".to_string(),
                operation: self.line.clone(),
                region,
                input: json!({
                    "account": self.header("x-amz-account-id"), "host": self.header("host"),
                    "body": String::from_utf8_lossy(&self.body),
                }),
            },
        }
    }
}

async fn serve(stream: TcpStream, seen: Arc<Mutex<Vec<Call>>>, answer: Answering) {
    let mut stream = BufReader::new(stream);
    while let Some(request) = read(&mut stream).await {
        let call = request.call();
        let reply = answer(&call);
        seen.lock().expect("the calls").push(call);
        let Some(answer) = written(&request, reply) else {
            return std::future::pending().await;
        };
        if stream.get_mut().write_all(&answer).await.is_err() {
            return;
        }
    }
}

/// The bytes of an answer; none for silence.
fn written(request: &Incoming, reply: Reply) -> Option<Vec<u8>> {
    let json = |value: &Value| serde_json::to_vec(value).expect("JSON");
    let (status, kind, body) = match reply {
        Reply::Silence => return None,
        Reply::Xml(text) => (200, "application/xml", text.into_bytes()),
        Reply::Output(output) if request.is_cbor() => (200, "application/cbor", cbor::write(&output)),
        Reply::Output(output) => (200, "application/x-amz-json-1.1", json(&output)),
        Reply::Error(status, code, message) if request.is_cbor() => {
            let error = json!({"__type": format!("com.amazonaws.cloudwatch#{code}"), "message": message});
            (status, "application/cbor", cbor::write(&error))
        }
        Reply::Error(status, code, message) if request.header("x-amz-target").is_empty() => {
            let text = format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>");
            // S3 Control puts one more element around it.
            let text = match request.header("x-amz-account-id") {
                "" => text,
                _ => format!("<ErrorResponse>{text}</ErrorResponse>"),
            };
            (status, "application/xml", text.into_bytes())
        }
        Reply::Error(status, code, message) => {
            let error = json!({"__type": code, "message": message});
            (status, "application/x-amz-json-1.1", json(&error))
        }
    };
    let mut head = format!(
        "HTTP/1.1 {status} Answer\r\ncontent-type: {kind}\r\ncontent-length: {}\r\nx-amzn-requestid: R1\r\n",
        body.len()
    );
    if request.is_cbor() {
        head.push_str("smithy-protocol: rpc-v2-cbor\r\n");
    }
    head.push_str("\r\n");
    let mut answer = head.into_bytes();
    answer.extend_from_slice(&body);
    Some(answer)
}

async fn read(stream: &mut BufReader<TcpStream>) -> Option<Incoming> {
    let mut first = String::new();
    stream
        .read_line(&mut first)
        .await
        .ok()
        .filter(|length| *length > 0)?;
    let mut headers = BTreeMap::new();
    loop {
        let mut header = String::new();
        stream.read_line(&mut header).await.ok()?;
        match header.trim_end().split_once(": ") {
            Some((name, value)) => headers.insert(name.to_ascii_lowercase(), value.to_string()),
            None => break,
        };
    }
    let length = headers.get("content-length").and_then(|value| value.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    stream.read_exact(&mut body).await.ok()?;
    Some(Incoming {
        line: first.trim_end().trim_end_matches(" HTTP/1.1").to_string(),
        headers,
        body,
    })
}
