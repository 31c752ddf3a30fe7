//! Imports a source into a snapshot: finds it, verifies it, counts its files side by side, and reports progress. Called
//! by `rekey import` and by the server on a blocking thread; writes nothing, so a failed import leaves nothing behind.

use crate::cancel::CancelFlag;
use crate::columns::Column;
use crate::delivery::Delivery;
use crate::error::ImportError;
use crate::groups::Groups;
use crate::guard::guarded;
use crate::limits;
use crate::locate::{Located, locate};
use crate::macie;
use crate::rules::Rules;
use crate::table;
use crate::warnings::of_absent_columns;
use model::inventory::{Region, Snapshot, SnapshotSource, SourceKind};
use model::quantity::Bytes;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

/// Between two reports of progress while no file is finished.
const REPORT_EVERY: Duration = Duration::from_millis(100);

/// What the caller knows or wants beyond the source itself.
#[derive(Clone, Debug)]
pub struct ImportOptions {
    /// Region of the source bucket, which an inventory does not say. Macie's list has its own.
    pub region: Option<Region>,
    /// First prefix segments kept by name; the rest is folded together.
    pub prefixes_max: usize,
    /// Calls the import off.
    pub cancel: CancelFlag,
}

impl Default for ImportOptions {
    fn default() -> Self {
        Self {
            region: None,
            prefixes_max: limits::PREFIXES_MAX,
            cancel: CancelFlag::default(),
        }
    }
}

/// How far an import is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Data files counted.
    pub files_done: u64,
    /// Data files in the delivery.
    pub files_total: u64,
    /// Rows counted.
    pub rows: u64,
    /// Compressed bytes counted.
    pub bytes_read: Bytes,
    /// Compressed bytes in the delivery.
    pub bytes_total: Bytes,
    /// Since the import began.
    pub elapsed: Duration,
}

/// Imports what `location` names: a `manifest.json`, a folder that holds one, Macie's answer to `DescribeBuckets`, or Parquet
/// files of an S3 Metadata table.
pub fn import(
    location: &Path,
    options: &ImportOptions,
    progress: &mut dyn FnMut(Progress),
) -> Result<Snapshot, ImportError> {
    match locate(location)? {
        Located::Macie(path, text) => macie::read(&path, &text, location),
        Located::Manifest(path) => {
            let location = location.display().to_string();
            Delivery::open_manifest(&path)?.import(location, options, progress)
        }
        Located::Table(files) => table::import(&files, location, options, progress),
    }
}

/// Imports Macie's answer to `DescribeBuckets`; `location` is how the snapshot names it.
pub fn import_macie(text: &[u8], location: &str) -> Result<Snapshot, ImportError> {
    let place = Path::new(location);
    macie::read(place, text, place)
}

impl Delivery {
    /// Imports this delivery; `location` is how the snapshot names it.
    pub fn import(
        &self,
        location: String,
        options: &ImportOptions,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Snapshot, ImportError> {
        inventory(self, location, options, progress)
    }
}

fn inventory(
    delivery: &Delivery,
    location: String,
    options: &ImportOptions,
    progress: &mut dyn FnMut(Progress),
) -> Result<Snapshot, ImportError> {
    let groups = Counting::new(delivery).run(&options.cancel, progress)?;
    if groups.rows == 0 {
        return Err(ImportError::Empty {
            path: delivery.manifest_path().to_path_buf(),
        });
    }
    let mut groups = groups;
    let file_name = |file: usize| delivery.shards().get(file).map_or("", |shard| shard.key());
    let mut warnings = of_absent_columns(&delivery.manifest.schema, groups.rows, file_name(0));
    warnings.extend(std::mem::take(&mut groups.oddities).into_warnings(file_name));
    let (rows, delete_markers) = (groups.rows, groups.delete_markers);
    let groups = groups.into_groups(
        delivery.source_bucket(),
        options.region.as_ref(),
        options.prefixes_max,
    );
    Ok(Snapshot {
        id: delivery.snapshot_id(),
        source: SnapshotSource {
            kind: SourceKind::Inventory,
            format: delivery.format().word().to_string(),
            as_of: Some(delivery.created()),
            location,
            files: delivery.shards().len() as u64,
        },
        rows,
        objects: groups.iter().map(|group| group.objects).sum(),
        bytes: groups.iter().map(|group| group.bytes).sum(),
        delete_markers,
        groups,
        keys: Vec::new(),
        totals: Vec::new(),
        warnings,
    })
}

/// The counting of one delivery, shared by the threads that read its files.
struct Counting<'d> {
    delivery: &'d Delivery,
    rules: Rules,
    started: Instant,
    next_file: AtomicUsize,
    rows: AtomicU64,
    bytes_read: AtomicU64,
    /// Ends all readers: on cancelling, and when one of them fails.
    stop: CancelFlag,
}

type FileResult = (usize, Result<Groups, ImportError>);

impl<'d> Counting<'d> {
    fn new(delivery: &'d Delivery) -> Self {
        Self {
            delivery,
            rules: delivery.rules(),
            started: Instant::now(),
            next_file: AtomicUsize::new(0),
            rows: AtomicU64::new(0),
            bytes_read: AtomicU64::new(0),
            stop: CancelFlag::default(),
        }
    }

    fn run(&self, cancel: &CancelFlag, progress: &mut dyn FnMut(Progress)) -> Result<Groups, ImportError> {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let readers = cores.min(limits::READERS_MAX).min(self.delivery.shards().len());
        std::thread::scope(|scope| {
            let (sender, receiver) = mpsc::channel();
            for _ in 0..readers {
                let sender = sender.clone();
                scope.spawn(move || self.read_files(&sender));
            }
            drop(sender);
            self.gather(&receiver, cancel, progress)
        })
    }

    /// Takes one file after another until none is left.
    fn read_files(&self, results: &Sender<FileResult>) {
        while !self.stop.is_cancelled() {
            let file = self.next_file.fetch_add(1, Ordering::Relaxed);
            let Some(shard) = self.delivery.shards().get(file) else {
                return;
            };
            let result = guarded(shard.path(), || self.count_file(file));
            if result.is_err() {
                self.stop.cancel();
            }
            // The receiver is gone only when nobody wants results any more.
            if results.send((file, result)).is_err() {
                return;
            }
        }
    }

    fn count_file(&self, file: usize) -> Result<Groups, ImportError> {
        let mut groups = Groups::new();
        let mut source = self.delivery.open_shard(file, Column::OF_GROUPS, &self.stop)?;
        let mut bytes_counted = 0;
        loop {
            self.stop.check()?;
            let mut add = |row: &crate::row::RawRow<'_>| groups.add(row, &self.rules, file);
            let rows = source.visit(limits::ROWS_PER_STEP, &mut add)?;
            let bytes = source.bytes_read();
            self.rows.fetch_add(rows, Ordering::Relaxed);
            self.bytes_read
                .fetch_add(bytes - bytes_counted, Ordering::Relaxed);
            bytes_counted = bytes;
            if rows < limits::ROWS_PER_STEP {
                return Ok(groups);
            }
        }
    }

    /// Merges what the readers send, in the order of the files, so that the result is always the same.
    fn gather(
        &self,
        results: &Receiver<FileResult>,
        cancel: &CancelFlag,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Groups, ImportError> {
        let mut merged = Groups::new();
        let mut waiting: BTreeMap<usize, Groups> = BTreeMap::new();
        let mut failed: Option<(usize, ImportError)> = None;
        let (mut merged_files, mut files_done) = (0, 0);
        loop {
            progress(self.progress(files_done));
            match results.recv_timeout(REPORT_EVERY) {
                Ok((file, Ok(groups))) => {
                    files_done += 1;
                    waiting.insert(file, groups);
                    while let Some(next) = waiting.remove(&merged_files) {
                        merged.merge(next);
                        merged_files += 1;
                    }
                }
                // Readers that were stopped because of another's failure have nothing to say.
                Ok((_, Err(ImportError::Cancelled))) => {}
                Ok((file, Err(error))) => {
                    if failed.as_ref().is_none_or(|(first, _)| file < *first) {
                        failed = Some((file, error));
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            if cancel.is_cancelled() {
                self.stop.cancel();
            }
        }
        match failed {
            Some((_, error)) => Err(error),
            // Files that will not come: what was counted is not the delivery.
            None if merged_files < self.delivery.shards().len() => Err(ImportError::Cancelled),
            None => cancel.check().map(|()| merged),
        }
    }

    fn progress(&self, files_done: u64) -> Progress {
        Progress {
            files_done,
            files_total: self.delivery.shards().len() as u64,
            rows: self.rows.load(Ordering::Relaxed),
            bytes_read: Bytes(self.bytes_read.load(Ordering::Relaxed)),
            bytes_total: Bytes(
                self.delivery
                    .shards()
                    .iter()
                    .map(|shard| shard.size_bytes())
                    .sum(),
            ),
            elapsed: self.started.elapsed(),
        }
    }
}
