//! Reading a source and keeping its snapshot: what `rekey import` and the import page have in common.

use ingest::{Delivery, ImportError, ImportOptions, Progress, import, sources};
use model::inventory::{Snapshot, SnapshotId, SourceKind};
use model::time::UnixMillis;
use std::path::{Path, absolute};
use store::{Store, StoreError};

/// Imports a source. Its location becomes the absolute path of the very manifest, so that a migration finds these files
/// again and not a later delivery in the same directory. Blocks.
fn read(
    location: &Path,
    options: &ImportOptions,
    progress: &mut dyn FnMut(Progress),
) -> Result<Snapshot, ImportError> {
    let mut snapshot = import(location, options, progress)?;
    let manifest = match snapshot.source.kind {
        SourceKind::Inventory => Delivery::open(location)?.manifest_path().to_path_buf(),
        SourceKind::Macie => location.to_path_buf(),
    };
    let manifest = absolute(&manifest).unwrap_or(manifest);
    snapshot.source.location = manifest.display().to_string();
    Ok(snapshot)
}

/// Imports every source that a location means. Blocks. Nothing comes of it unless all of them can be read, so that what
/// is in use is never a mixture that nobody asked for.
pub(crate) fn read_all(
    location: &Path,
    options: &ImportOptions,
    progress: &mut dyn FnMut((u64, u64), Progress),
) -> Result<Vec<Snapshot>, ImportError> {
    let sources = sources(location)?;
    let all = sources.len() as u64;
    (1..)
        .zip(&sources)
        .map(|(number, source)| read(source, options, &mut |part| progress((number, all), part)))
        .collect()
}

/// Keeps a snapshot; false when the same was there already. One that was stored without a Region gets the Region that is
/// given now.
pub(crate) async fn keep(store: &Store, snapshot: &Snapshot, at: UnixMillis) -> Result<bool, StoreError> {
    if store.put_snapshot(snapshot, at).await? {
        return Ok(true);
    }
    if differs(store, &snapshot.id, snapshot).await? {
        match store.remove_snapshot(&snapshot.id).await {
            Ok(_) => drop(store.put_snapshot(snapshot, at).await?),
            // A plan runs from the files where they were; they are the same files.
            Err(StoreError::SnapshotNeeded { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(false)
}

async fn differs(store: &Store, id: &SnapshotId, snapshot: &Snapshot) -> Result<bool, StoreError> {
    let region = |snapshot: &Snapshot| snapshot.groups.first().and_then(|group| group.region.clone());
    let stored = store.snapshot(id).await?;
    Ok(stored.is_some_and(|stored| {
        let moved = stored.source.location != snapshot.source.location;
        moved || region(snapshot).is_some_and(|given| region(&stored) != Some(given))
    }))
}
