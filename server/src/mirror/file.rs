//! One file of a delivery: from a stream to disk through one buffer, with length and MD5 checked on the way. It gets its
//! name when it is whole and on disk; until then it has another, which goes away with whatever breaks off.

use super::{MirrorError, S3Location};
use cloud::{Content, Deliveries};
use ingest::{Arrivals, CancelFlag, Checksum, Delivery, ImportError, Shard};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::fs::File;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

/// Bytes that are read and written at a time.
const BUFFER: usize = 1 << 20;

/// Times that a file is fetched from its beginning when its download breaks off.
const TRIES: u32 = 3;

/// What an unfinished file's name ends in.
const UNFINISHED: &str = ".part";

/// A file of a delivery to bring.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) delivery: Arc<Delivery>,
    /// Its number in the delivery.
    pub(super) index: usize,
    pub(super) from: S3Location,
    /// Told as soon as the file lies in its place, so that it is counted while it is still being brought to the disk.
    pub(super) arrivals: Arrivals,
}

impl Target {
    /// Leaves the file in its place, whole: fetches it, unless it is there already.
    pub(super) async fn bring(
        &self,
        account: &dyn Deliveries,
        cancel: &CancelFlag,
    ) -> Result<(), MirrorError> {
        if self.is_here(cancel).await? {
            self.arrivals.arrived(self.index);
            return Ok(());
        }
        let mut left = TRIES;
        loop {
            left -= 1;
            match self.fetch(account, cancel).await {
                Err(error @ MirrorError::Truncated { .. }) if left > 0 => {
                    tracing::warn!(%error, "the file is fetched once more");
                }
                ended => return ended,
            }
        }
    }

    /// The file as the manifest lists it.
    fn shard(&self) -> Result<&Shard, MirrorError> {
        let shards = self.delivery.shards();
        let missing = || ImportError::NoSuchShard {
            shard: self.index,
            shards: shards.len(),
        };
        Ok(shards.get(self.index).ok_or_else(missing)?)
    }

    async fn is_here(&self, cancel: &CancelFlag) -> Result<bool, MirrorError> {
        if !tokio::fs::try_exists(self.shard()?.path()).await.unwrap_or(false) {
            return Ok(false);
        }
        let (delivery, index, cancel) = (Arc::clone(&self.delivery), self.index, cancel.clone());
        let looking = tokio::task::spawn_blocking(move || match delivery.shards().get(index) {
            Some(shard) => shard.check(&cancel),
            None => Err(ImportError::Cancelled),
        });
        match looking.await {
            Ok(Ok(())) => Ok(true),
            Ok(Err(ImportError::Cancelled)) => Err(ImportError::Cancelled.into()),
            // Another delivery's, or damaged: it is fetched anew.
            Ok(Err(_)) => Ok(false),
            Err(source) => Err(MirrorError::BrokenOff { source }),
        }
    }

    async fn fetch(&self, account: &dyn Deliveries, cancel: &CancelFlag) -> Result<(), MirrorError> {
        let shard = self.shard()?;
        let mut content = account.open(&self.from.bucket, &self.from.key).await?;
        if let Some(found) = content.size.filter(|found| found.0 != shard.size_bytes()) {
            return Err(self.wrong_size(shard, found.0));
        }
        let unfinished = Unfinished::beside(shard.path()).await?;
        let mut file = unfinished.create()?;
        let found = self.pass(&mut content, &mut file, cancel).await?;
        if !found.eq_ignore_ascii_case(shard.md5()) {
            return Err(MirrorError::Checksum {
                location: self.from.clone(),
                expected: shard.md5().to_string(),
                found,
            });
        }
        let file = unfinished.name(file, shard.path()).await?;
        self.arrivals.arrived(self.index);
        settle(file, shard.path()).await
    }

    /// Passes the body on to the file, and gives its MD5.
    async fn pass(
        &self,
        content: &mut Content,
        file: &mut File,
        cancel: &CancelFlag,
    ) -> Result<String, MirrorError> {
        let shard = self.shard()?;
        let mut buffer = vec![0; BUFFER];
        let (mut sum, mut received) = (Checksum::default(), 0);
        loop {
            if cancel.is_cancelled() {
                return Err(ImportError::Cancelled.into());
            }
            let length = match fill(content, &mut buffer).await {
                (0, None) => break,
                (length, None) => length,
                (length, Some(source)) => {
                    return Err(self.truncated(shard, received + length as u64, source));
                }
            };
            received += length as u64;
            if received > shard.size_bytes() {
                return Err(self.wrong_size(shard, received));
            }
            sum.update(&buffer[..length]);
            let written = file.write_all(&buffer[..length]).await;
            written.map_err(|source| disk(shard.path(), source))?;
        }
        if received < shard.size_bytes() {
            return Err(self.truncated(shard, received, std::io::ErrorKind::UnexpectedEof.into()));
        }
        Ok(sum.finish())
    }

    fn wrong_size(&self, shard: &Shard, found: u64) -> MirrorError {
        MirrorError::Size {
            location: self.from.clone(),
            expected: shard.size_bytes(),
            found,
        }
    }

    fn truncated(&self, shard: &Shard, received: u64, source: std::io::Error) -> MirrorError {
        MirrorError::Truncated {
            location: self.from.clone(),
            expected: shard.size_bytes(),
            received,
            source,
        }
    }
}

/// Reads until the buffer is full or nothing more comes: what arrives in small pieces is written in large ones, since each
/// write goes to another thread. Gives what was read, and why reading ended before that.
async fn fill(content: &mut Content, buffer: &mut [u8]) -> (usize, Option<std::io::Error>) {
    let mut filled = 0;
    while filled < buffer.len() {
        match content.body.read(&mut buffer[filled..]).await {
            Ok(0) => break,
            Ok(length) => filled += length,
            Err(error) => return (filled, Some(error)),
        }
    }
    (filled, None)
}

/// Writes a small file that is known whole.
pub(super) async fn write(to: &Path, content: &[u8]) -> Result<(), MirrorError> {
    let unfinished = Unfinished::beside(to).await?;
    let mut file = unfinished.create()?;
    let written = file.write_all(content).await;
    written.map_err(|source| disk(&unfinished.0, source))?;
    let file = unfinished.name(file, to).await?;
    settle(file, to).await
}

/// Waits until a file and its name are on disk.
async fn settle(file: File, to: &Path) -> Result<(), MirrorError> {
    let failed = |source| disk(to, source);
    file.sync_all().await.map_err(failed)?;
    let folder = File::open(to.parent().unwrap_or(to)).await.map_err(failed)?;
    folder.sync_all().await.map_err(failed)
}

fn disk(path: &Path, source: std::io::Error) -> MirrorError {
    MirrorError::Disk {
        path: path.to_path_buf(),
        source,
    }
}

/// A file that has not its name yet; removed unless it is finished.
struct Unfinished(PathBuf);

impl Unfinished {
    /// A name beside `to`; makes the folder. One import at a time works on a delivery, so what already has this name was
    /// left by a process that ended in the middle, and is overwritten.
    async fn beside(to: &Path) -> Result<Self, MirrorError> {
        let folder = to.parent().unwrap_or(to);
        tokio::fs::create_dir_all(folder)
            .await
            .map_err(|source| disk(folder, source))?;
        let name = to.file_name().unwrap_or_default().to_string_lossy();
        Ok(Self(folder.join(format!(".{name}{UNFINISHED}"))))
    }

    /// At once and not on another thread: called off in between, that would make the file after its name was removed.
    fn create(&self) -> Result<File, MirrorError> {
        let file = std::fs::File::create(&self.0).map_err(|source| disk(&self.0, source))?;
        Ok(File::from_std(file))
    }

    /// Gives the file its name once all of it was handed over; after a power cut it may still be another's or half, which
    /// its MD5 shows when it is looked at again.
    async fn name(self, mut file: File, to: &Path) -> Result<File, MirrorError> {
        let failed = |source| disk(to, source);
        // Says what became of the last write, which syncing does not.
        file.flush().await.map_err(failed)?;
        tokio::fs::rename(&self.0, to).await.map_err(failed)?;
        Ok(file)
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // It is gone when it was finished.
        let _ = std::fs::remove_file(&self.0);
    }
}
