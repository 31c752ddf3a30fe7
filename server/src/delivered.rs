//! Files that the server keeps in its data directory: uploads, until they are imported, and deliveries that a migration
//! will read rows from.

use crate::failure::Failure;
use std::fs;
use std::path::Path;

/// Writes a file and the directories above it, unless it is there already.
pub(crate) fn write_new(path: &Path, content: &[u8]) -> Result<(), Failure> {
    if path.is_file() {
        return Ok(());
    }
    let failure = |source| Failure::other(format!("{} cannot be written", path.display()), source);
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(failure)?;
    }
    fs::write(path, content).map_err(failure)
}

/// The name of an uploaded file without any directory, or nothing when no name is left.
pub(crate) fn base_name(name: &str) -> Option<&str> {
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    (!name.is_empty() && name != "." && name != ".." && !name.contains('\0')).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::base_name;

    #[test]
    fn uploads_cannot_choose_their_directory() {
        for (name, base) in [
            ("manifest.json", Some("manifest.json")),
            ("../../etc/passwd", Some("passwd")),
            ("C:\\inventory\\manifest.json", Some("manifest.json")),
            ("..", None),
            ("a/", None),
            ("", None),
        ] {
            assert_eq!(base_name(name), base, "{name}");
        }
    }
}
