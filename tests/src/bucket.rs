//! A bucket as S3 serves one, out of a folder: objects by path and the Region of the bucket, nothing else. For what no
//! other server does: downloads that break off, and speed.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// What becomes of a download: how many of an object's bytes are sent, given its key and length.
type Cut = dyn Fn(&str, u64) -> u64 + Send + Sync;

/// A running server; it ends with the value.
#[derive(Debug)]
pub struct Bucket {
    address: String,
    read: Arc<Mutex<Vec<String>>>,
    ending: Arc<AtomicBool>,
}

struct Served {
    folder: PathBuf,
    name: String,
    cut: Box<Cut>,
    read: Arc<Mutex<Vec<String>>>,
}

impl Bucket {
    /// Serves the files below a folder as objects of a bucket.
    #[must_use]
    pub fn of(folder: &Path, name: &str) -> Self {
        Self::cutting(folder, name, |_, length| length)
    }

    /// The same with downloads that break off.
    ///
    /// # Panics
    /// When there is no port for it.
    #[must_use]
    pub fn cutting(
        folder: &Path,
        name: &str,
        cut: impl Fn(&str, u64) -> u64 + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let address = listener.local_addr().expect("its address").to_string();
        let (read, ending): (Arc<Mutex<Vec<String>>>, Arc<AtomicBool>) = Default::default();
        let served = Arc::new(Served {
            folder: folder.to_path_buf(),
            name: name.to_string(),
            cut: Box::new(cut),
            read: Arc::clone(&read),
        });
        let end = Arc::clone(&ending);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if end.load(Ordering::Relaxed) {
                    return;
                }
                let served = Arc::clone(&served);
                // A connection that breaks is the client's affair.
                std::thread::spawn(move || stream.ok().and_then(|stream| answer(&stream, &served)));
            }
        });
        Self {
            address,
            read,
            ending,
        }
    }

    /// Variables with which `rekey` works on it.
    #[must_use]
    pub fn variables(&self) -> Vec<(&'static str, String)> {
        vec![
            ("AWS_ENDPOINT_URL", format!("http://{}", self.address)),
            ("AWS_ACCESS_KEY_ID", "test".to_string()),
            ("AWS_SECRET_ACCESS_KEY", "test".to_string()),
            ("AWS_REGION", "eu-west-2".to_string()),
            ("AWS_EC2_METADATA_DISABLED", "true".to_string()),
        ]
    }

    /// Keys that were read since this was asked last, in order.
    #[must_use]
    pub fn reads(&self) -> Vec<String> {
        std::mem::take(&mut self.read.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for Bucket {
    fn drop(&mut self) {
        self.ending.store(true, Ordering::Relaxed);
        // Wakes the thread that waits for a connection.
        let _ = TcpStream::connect(&self.address);
    }
}

/// Answers the requests of a connection, until it or an answer breaks off.
fn answer(stream: &TcpStream, served: &Served) -> Option<()> {
    // As servers of S3 do: a body must not wait until its head is acknowledged.
    stream.set_nodelay(true).ok()?;
    let mut requests = BufReader::new(stream);
    loop {
        let (mut line, mut header, mut body) = (String::new(), String::new(), 0);
        requests.read_line(&mut line).ok().filter(|length| *length > 0)?;
        while requests.read_line(&mut header).ok()? > 2 {
            if let Some(length) = header.to_ascii_lowercase().strip_prefix("content-length:") {
                body = length.trim().parse().ok()?;
            }
            header.clear();
        }
        std::io::copy(&mut requests.by_ref().take(body), &mut std::io::sink()).ok()?;
        let (method, path) = line.split_once(' ')?;
        let path = path.split([' ', '?']).next()?.trim_start_matches('/');
        let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
        let file = (bucket == served.name).then(|| served.folder.join(key));
        match file.filter(|file| file.exists()) {
            Some(file) if file.is_file() => send(stream, served, key, &file)?,
            Some(_) if method == "HEAD" => {
                write!(
                    &mut &*stream,
                    "HTTP/1.1 200 OK\r\nx-amz-bucket-region: eu-west-2\r\ncontent-length: 0\r\n\r\n"
                )
                .ok()?;
            }
            _ => {
                let code = if bucket == served.name {
                    "NoSuchKey"
                } else {
                    "NoSuchBucket"
                };
                let body = format!("<Error><Code>{code}</Code><Message>It is not there.</Message></Error>");
                let body = if method == "HEAD" { String::new() } else { body };
                write!(
                    &mut &*stream,
                    "HTTP/1.1 404 Not Found\r\ncontent-length: {}\r\n\r\n{body}",
                    body.len()
                )
                .ok()?;
            }
        }
    }
}

fn send(mut stream: &TcpStream, served: &Served, key: &str, file: &Path) -> Option<()> {
    served
        .read
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(key.to_string());
    let mut file = std::fs::File::open(file).ok()?;
    let length = file.metadata().ok()?.len();
    let sent = (served.cut)(key, length);
    let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n");
    stream.write_all(head.as_bytes()).ok()?;
    let mut buffer = vec![0; 256 << 10];
    let mut left = sent;
    while left > 0 {
        let most = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
        let read = file.read(&mut buffer[..most]).ok().filter(|read| *read > 0)?;
        stream.write_all(&buffer[..read]).ok()?;
        left -= read as u64;
    }
    // Less than was promised: the connection ends here.
    (sent == length).then_some(())
}
