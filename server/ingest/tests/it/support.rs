//! Sample deliveries, temporary copies of them, and the aggregate that `expected.json` holds.

use ingest::{ImportError, ImportOptions, import};
use md5::{Digest, Md5};
use model::inventory::Snapshot;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A file or folder of `tests/samples`.
pub(crate) fn sample(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/samples")
        .join(name)
}

pub(crate) fn import_it(location: &Path) -> Result<Snapshot, ImportError> {
    import(location, &ImportOptions::default(), &mut |_| {})
}

/// A writable copy of a sample delivery.
pub(crate) struct Copy {
    pub(crate) folder: TempDir,
}

impl Copy {
    pub(crate) fn of(name: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        copy_folder(&sample(name), folder.path());
        Self { folder }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The only file whose name ends so.
    pub(crate) fn file(&self, end: &str) -> PathBuf {
        self.files(end)
            .into_iter()
            .next()
            .unwrap_or_else(|| panic!("no {end}"))
    }

    /// Files whose names end so, sorted.
    pub(crate) fn files(&self, end: &str) -> Vec<PathBuf> {
        let mut found = Vec::new();
        list(self.path(), &mut found);
        found.retain(|path| path.to_string_lossy().ends_with(end));
        found.sort();
        found
    }

    /// Changes the manifest and writes its new checksum.
    pub(crate) fn edit_manifest(&self, edit: impl FnOnce(&mut Value)) {
        let path = self.file("manifest.json");
        let mut manifest: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        edit(&mut manifest);
        self.write_manifest(&serde_json::to_vec_pretty(&manifest).unwrap());
    }

    /// Replaces the manifest and its checksum.
    pub(crate) fn write_manifest(&self, text: &[u8]) {
        fs::write(self.file("manifest.json"), text).unwrap();
        fs::write(self.file("manifest.checksum"), md5(text)).unwrap();
    }

    /// Replaces a data file, and in the manifest its size and checksum.
    pub(crate) fn write_file(&self, path: &Path, content: &[u8]) {
        fs::write(path, content).unwrap();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        self.edit_manifest(|manifest| {
            let files = manifest["files"].as_array_mut().unwrap();
            let file = files
                .iter_mut()
                .find(|file| file["key"].as_str().unwrap().ends_with(&name))
                .unwrap();
            file["size"] = json!(content.len());
            file["MD5checksum"] = json!(md5(content));
        });
    }

    pub(crate) fn import(&self) -> Result<Snapshot, ImportError> {
        import_it(self.path())
    }

    /// What the import says, with the causes underneath.
    pub(crate) fn failure(&self) -> String {
        chain(&self.import().expect_err("the import must fail"))
    }
}

/// An error and its causes on one line.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    text
}

pub(crate) fn md5(content: &[u8]) -> String {
    Md5::digest(content)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            fs::write(&target, fs::read(entry.path()).unwrap()).unwrap();
        }
    }
}

fn list(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            list(&path, found);
        } else {
            found.push(path);
        }
    }
}

/// A snapshot in the shape of `expected.json`: prefixes and size bands folded away.
pub(crate) fn folded(snapshot: &Snapshot) -> Value {
    let mut groups: BTreeMap<_, Value> = BTreeMap::new();
    for group in &snapshot.groups {
        let words = (
            group.storage_class.word(),
            group.encryption_status.word(),
            group.bucket_key_status.word(),
            group.current,
        );
        let dates = [group.oldest, group.newest].map(|date| date.unwrap().to_iso().replace('Z', "+00:00"));
        let sums = groups.entry(words).or_insert_with(|| {
            json!({
                "storage_class": words.0, "encryption_status": words.1, "bucket_key_status": words.2,
                "current": words.3, "objects": 0, "bytes": 0, "over_5_gib": 0, "locked": 0,
                "oldest": dates[0], "newest": dates[1],
            })
        });
        for (name, value) in [
            ("objects", group.objects.0),
            ("bytes", group.bytes.0),
            ("over_5_gib", group.over_5_gib.0),
            ("locked", group.locked.0),
        ] {
            sums[name] = json!(sums[name].as_u64().unwrap() + value);
        }
        sums["oldest"] = json!(dates[0].as_str().min(sums["oldest"].as_str().unwrap()));
        sums["newest"] = json!(dates[1].as_str().max(sums["newest"].as_str().unwrap()));
    }
    json!({
        "rows": snapshot.rows,
        "objects": snapshot.objects.0,
        "delete_markers": snapshot.delete_markers.0,
        "bytes": snapshot.bytes.0,
        "groups": groups.into_values().collect::<Vec<_>>(),
    })
}

/// Fails unless the message holds all parts.
#[track_caller]
pub(crate) fn assert_says(message: &str, parts: &[&str]) {
    for part in parts {
        assert!(message.contains(part), "`{part}` is not in: {message}");
    }
}
