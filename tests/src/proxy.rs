//! A proxy of ours between Rekey and a server that stands in for AWS, for what none of these servers does: it throttles
//! in the name of KMS, refuses the key, loses answers, puts errors into answers of 200, and carries
//! `UpdateObjectEncryption` out as the copy in place that leaves the same object behind. Objects stay the other server's.

use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;

const KMS_SLOW: &str = "Please reduce your request rate for operations involving AWS KMS.";
const KMS_DENIED: &str = "User: arn:aws:iam::111122223333:user/test is not authorized to perform: kms:GenerateDataKey on this resource because no resource-based policy allows the kms:GenerateDataKey action";

/// What a request meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// 503 `SlowDown`, in the name of KMS; nothing happens.
    KmsSlow,
    /// 403 `AccessDenied` on the key, until [`Proxy::heal`]; nothing happens.
    KeyDenied,
    /// It happens, and the connection ends without an answer.
    AnswerLost,
    /// 200 with an error in its body; nothing happens.
    ErrorInside,
    /// 500 `InternalError`; nothing happens.
    Internal,
}

/// Which requests fare badly.
#[derive(Clone, Debug)]
pub struct Weather {
    /// Of a thousand requests that convert an object, so many for each [`Fate`] but [`Fate::KeyDenied`].
    pub per_mille: u64,
    /// Objects on which the key is refused, by the end of their path.
    pub denied: Vec<String>,
}

/// A running proxy; it ends with the value.
#[derive(Debug)]
pub struct Proxy {
    state: Arc<State>,
    endpoint: String,
    _runtime: Runtime,
}

#[derive(Debug)]
struct State {
    peer: String,
    weather: Weather,
    healed: AtomicBool,
    met: Mutex<BTreeMap<Fate, u64>>,
    tries: Mutex<HashMap<String, u64>>,
    /// When an object was last modified before its encryption was updated: a copy would tell another date.
    dates: Mutex<HashMap<String, String>>,
    /// Updates that asked for a bucket key.
    bucket_keys: Mutex<u64>,
}

impl Proxy {
    /// Starts in front of the server at `peer`, as `http://HOST:PORT`.
    ///
    /// # Panics
    /// When there is no port for it.
    #[must_use]
    pub fn start(peer: &str, weather: Weather) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .expect("a runtime");
        let listener = runtime
            .block_on(TcpListener::bind("127.0.0.1:0"))
            .expect("a free port");
        let endpoint = format!("http://{}", listener.local_addr().expect("its address"));
        let state = Arc::new(State {
            peer: peer.trim_start_matches("http://").to_string(),
            weather,
            healed: AtomicBool::new(false),
            met: Mutex::default(),
            tries: Mutex::default(),
            dates: Mutex::default(),
            bucket_keys: Mutex::default(),
        });
        let serving = Arc::clone(&state);
        runtime.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&serving)));
            }
        });
        Self {
            state,
            endpoint,
            _runtime: runtime,
        }
    }

    /// `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Lets the key be used on every object from now on.
    pub fn heal(&self) {
        self.state.healed.store(true, Ordering::Relaxed);
    }

    /// How many requests met which fate.
    #[must_use]
    pub fn met(&self) -> BTreeMap<Fate, u64> {
        lock(&self.state.met).clone()
    }

    /// Updates that were carried out and asked for a bucket key.
    #[must_use]
    pub fn bucket_keys(&self) -> u64 {
        *lock(&self.state.bucket_keys)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A message with its first line and headers as they came.
#[derive(Clone, Debug)]
struct Message {
    first: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Message {
    fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(of, _)| of.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    fn word(&self, position: usize) -> &str {
        self.first.split(' ').nth(position).unwrap_or_default()
    }

    /// Path without the query, and the query.
    fn target(&self) -> (&str, &str) {
        let target = self.word(1);
        target.split_once('?').unwrap_or((target, ""))
    }

    fn is_head(&self) -> bool {
        self.word(0) == "HEAD"
    }

    fn bytes(&self) -> Vec<u8> {
        let mut bytes = format!("{}\r\n", self.first).into_bytes();
        for (name, value) in &self.headers {
            bytes.extend(format!("{name}: {value}\r\n").into_bytes());
        }
        bytes.extend(b"\r\n");
        bytes.extend(&self.body);
        bytes
    }

    fn answer(status: u16, body: &str) -> Self {
        Self {
            first: format!("HTTP/1.1 {status} Answer"),
            headers: vec![
                ("content-type".to_string(), "application/xml".to_string()),
                ("content-length".to_string(), body.len().to_string()),
            ],
            body: body.as_bytes().to_vec(),
        }
    }

    fn error(status: u16, code: &str, message: &str) -> Self {
        Self::answer(
            status,
            &format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>"),
        )
    }
}

/// Whether a request converts an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Update,
    Copy,
    Other,
}

fn kind(request: &Message) -> Kind {
    let (path, query) = request.target();
    let names_object = path.trim_start_matches('/').contains('/') && !path.ends_with('/');
    if request.word(0) != "PUT" || !names_object {
        Kind::Other
    } else if query
        .split('&')
        .any(|part| part.trim_end_matches('=') == "encryption")
    {
        Kind::Update
    } else if request.header("x-amz-copy-source").is_some() {
        Kind::Copy
    } else {
        Kind::Other
    }
}

impl State {
    /// What a conversion meets: the same for the same object and try, whatever the order of requests.
    fn fate(&self, path: &str, kind: Kind) -> Option<Fate> {
        if self.weather.denied.iter().any(|end| path.ends_with(end)) && !self.healed.load(Ordering::Relaxed) {
            return Some(Fate::KeyDenied);
        }
        let number = {
            let mut tries = lock(&self.tries);
            let number = tries.entry(path.to_string()).or_default();
            *number += 1;
            *number
        };
        let mut hasher = DefaultHasher::new();
        (path, number).hash(&mut hasher);
        let fates = [Fate::KmsSlow, Fate::AnswerLost, Fate::Internal, Fate::ErrorInside];
        let drawn =
            usize::try_from(hasher.finish() % 1000 / self.weather.per_mille.max(1)).unwrap_or(usize::MAX);
        // The update's answer has no body that an error could be in.
        let known = if kind == Kind::Copy { 4 } else { 3 };
        fates[..known]
            .get(drawn)
            .copied()
            .filter(|_| self.weather.per_mille > 0)
    }
}

async fn serve(stream: TcpStream, state: Arc<State>) {
    // Whoever goes away in the middle is not the proxy's concern.
    let _ = exchange_all(BufReader::new(stream), &state).await;
}

async fn exchange_all(mut client: BufReader<TcpStream>, state: &State) -> io::Result<()> {
    let mut peer = Upstream {
        address: state.peer.clone(),
        stream: None,
    };
    while let Some(request) = read(&mut client, false).await? {
        let kind = kind(&request);
        let path = request.target().0.to_string();
        let fate = match kind {
            Kind::Other => None,
            _ => state.fate(&path, kind),
        };
        if let Some(fate) = fate {
            *lock(&state.met).entry(fate).or_default() += 1;
        }
        let answer = match fate {
            Some(Fate::KmsSlow) => Message::error(503, "SlowDown", KMS_SLOW),
            Some(Fate::KeyDenied) => Message::error(403, "AccessDenied", KMS_DENIED),
            Some(Fate::ErrorInside) => {
                Message::error(200, "InternalError", "We encountered an internal error.")
            }
            Some(Fate::Internal) => Message::error(500, "InternalError", "We encountered an internal error."),
            Some(Fate::AnswerLost) | None => pass_on(&mut peer, state, &request, kind, &path).await?,
        };
        if fate == Some(Fate::AnswerLost) {
            return Ok(());
        }
        client.get_mut().write_all(&answer.bytes()).await?;
    }
    Ok(())
}

async fn pass_on(
    peer: &mut Upstream,
    state: &State,
    request: &Message,
    kind: Kind,
    path: &str,
) -> io::Result<Message> {
    if kind == Kind::Update {
        return update(peer, state, request, path).await;
    }
    let mut answer = peer.exchange(request).await?;
    if request.word(0) == "PUT" {
        lock(&state.dates).remove(path);
    }
    if let Some(date) = lock(&state.dates).get(path) {
        let stated = answer
            .headers
            .iter_mut()
            .find(|(name, _)| name.eq_ignore_ascii_case("last-modified"));
        if let Some((_, value)) = stated {
            value.clone_from(date);
        }
    }
    Ok(answer)
}

/// Does what `UpdateObjectEncryption` does by the means that the peer has.
async fn update(peer: &mut Upstream, state: &State, request: &Message, path: &str) -> io::Result<Message> {
    let body = String::from_utf8_lossy(&request.body);
    let within = |tag: &str| {
        let (_, rest) = body.split_once(&format!("<{tag}>"))?;
        rest.split_once('<').map(|(value, _)| value.to_string())
    };
    let (Some(key), bucket_key) = (within("KMSKeyArn"), within("BucketKeyEnabled")) else {
        return Ok(Message::error(400, "MalformedXML", "no key"));
    };
    let host = request.header("host").unwrap_or_default().to_string();
    // The peers check no signature, but one of them takes a request without any for an anonymous one.
    let signature = request.header("authorization").unwrap_or_default().to_string();
    let to = |method: &str, headers: &[(&str, &str)]| Message {
        first: format!("{method} {path} HTTP/1.1"),
        headers: [("host", host.as_str()), ("authorization", signature.as_str())]
            .iter()
            .chain(headers)
            .map(|(name, value)| ((*name).to_string(), (*value).to_string()))
            .collect(),
        body: Vec::new(),
    };
    let before = peer.exchange(&to("HEAD", &[])).await?;
    if before.word(1) != "200" {
        return Ok(Message::error(
            404,
            "NoSuchKey",
            "The specified key does not exist.",
        ));
    }
    if before.header("x-amz-server-side-encryption").is_none() {
        return Ok(Message::error(
            400,
            "InvalidRequest",
            "The source object is unencrypted.",
        ));
    }
    let copy = to(
        "PUT",
        &[
            ("content-length", "0"),
            ("x-amz-copy-source", path.trim_start_matches('/')),
            ("x-amz-metadata-directive", "COPY"),
            ("x-amz-tagging-directive", "COPY"),
            (
                "x-amz-storage-class",
                before.header("x-amz-storage-class").unwrap_or("STANDARD"),
            ),
            ("x-amz-server-side-encryption", "aws:kms"),
            ("x-amz-server-side-encryption-aws-kms-key-id", &key),
            (
                "x-amz-server-side-encryption-bucket-key-enabled",
                bucket_key.as_deref().unwrap_or("false"),
            ),
        ],
    );
    let copied = peer.exchange(&copy).await?;
    if copied.word(1) != "200" {
        return Ok(copied);
    }
    if let Some(date) = before.header("last-modified") {
        lock(&state.dates)
            .entry(path.to_string())
            .or_insert_with(|| date.to_string());
    }
    if bucket_key.as_deref() == Some("true") {
        *lock(&state.bucket_keys) += 1;
    }
    Ok(Message::answer(200, ""))
}

/// A connection to the peer, opened when it is needed.
#[derive(Debug)]
struct Upstream {
    address: String,
    stream: Option<BufReader<TcpStream>>,
}

impl Upstream {
    async fn exchange(&mut self, request: &Message) -> io::Result<Message> {
        if let Some(stream) = self.stream.take()
            && let Ok(Some(answer)) = self.over(stream, request).await
        {
            return Ok(answer);
        }
        // None was open, or the peer had closed it meanwhile.
        let stream = TcpStream::connect(&self.address).await?;
        stream.set_nodelay(true)?;
        let answer = self.over(BufReader::new(stream), request).await?;
        answer.ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
    }

    async fn over(
        &mut self,
        mut stream: BufReader<TcpStream>,
        request: &Message,
    ) -> io::Result<Option<Message>> {
        stream.get_mut().write_all(&request.bytes()).await?;
        let Some(answer) = read(&mut stream, request.is_head()).await? else {
            return Ok(None);
        };
        let closes = answer.first.starts_with("HTTP/1.0")
            || answer
                .header("connection")
                .is_some_and(|value| value.eq_ignore_ascii_case("close"));
        if !closes {
            self.stream = Some(stream);
        }
        let mut answer = answer;
        answer.first = answer.first.replacen("HTTP/1.0", "HTTP/1.1", 1);
        answer.headers.retain(|(name, _)| {
            !["connection", "transfer-encoding"].contains(&name.to_ascii_lowercase().as_str())
        });
        if !request.is_head() && answer.header("content-length").is_none() {
            let length = answer.body.len().to_string();
            answer.headers.push(("content-length".to_string(), length));
        }
        Ok(Some(answer))
    }
}

/// Reads a message; none when the other side is through. An answer to `HEAD` has no body, whatever its length says.
async fn read(stream: &mut BufReader<TcpStream>, to_head: bool) -> io::Result<Option<Message>> {
    let mut first = String::new();
    if stream.read_line(&mut first).await? == 0 {
        return Ok(None);
    }
    let mut message = Message {
        first: first.trim_end().to_string(),
        headers: Vec::new(),
        body: Vec::new(),
    };
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await?;
        let Some((name, value)) = line.trim_end().split_once(':') else {
            break;
        };
        message.headers.push((name.to_string(), value.trim().to_string()));
    }
    if to_head {
        return Ok(Some(message));
    }
    let chunked = message.header("transfer-encoding") == Some("chunked");
    let length = message
        .header("content-length")
        .and_then(|value| value.parse().ok());
    if chunked {
        read_chunks(stream, &mut message.body).await?;
    } else if let Some(length) = length {
        message.body.resize(length, 0);
        stream.read_exact(&mut message.body).await?;
    } else if message.first.starts_with("HTTP/") && !["204", "304"].contains(&message.word(1)) {
        stream.read_to_end(&mut message.body).await?;
    }
    Ok(Some(message))
}

async fn read_chunks(stream: &mut BufReader<TcpStream>, body: &mut Vec<u8>) -> io::Result<()> {
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await?;
        let length = line.trim().split(';').next().unwrap_or_default();
        let length = usize::from_str_radix(length, 16).map_err(|_| io::ErrorKind::InvalidData)?;
        let mut chunk = vec![0; length + 2];
        stream.read_exact(&mut chunk).await?;
        if length == 0 {
            return Ok(());
        }
        body.extend(&chunk[..length]);
    }
}
