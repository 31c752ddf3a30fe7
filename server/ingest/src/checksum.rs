//! MD5 as S3 Inventory uses it: of the manifest, of each data file, and of what names a snapshot. It guards against
//! cut and mixed-up files, not against an attacker.

use crate::cancel::CancelFlag;
use crate::error::ImportError;
use crate::limits;
use md5::{Digest as _, Md5};
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// An MD5 that grows with what is read.
#[derive(Clone, Debug, Default)]
pub struct Checksum(Md5);

impl Checksum {
    /// Takes the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The sum of all bytes so far, in lower-case hex.
    #[must_use]
    pub fn finish(self) -> String {
        hex(&self.0.finalize())
    }
}

/// MD5 of some bytes, in lower-case hex.
pub(crate) fn of_bytes(bytes: &[u8]) -> String {
    hex(&Md5::digest(bytes))
}

/// Fails unless the file has this length and this MD5.
pub(crate) fn verify_file(path: &Path, size: u64, md5: &str, cancel: &CancelFlag) -> Result<(), ImportError> {
    let read = |source| ImportError::Read {
        path: path.to_path_buf(),
        source,
    };
    let mut file = File::open(path).map_err(read)?;
    let found = file.metadata().map_err(read)?.len();
    if found != size {
        return Err(ImportError::SizeMismatch {
            path: path.to_path_buf(),
            expected: size,
            found,
        });
    }
    let mut sum = Checksum::default();
    let mut buffer = vec![0; limits::READ_BYTES];
    loop {
        cancel.check()?;
        let length = file.read(&mut buffer).map_err(read)?;
        if length == 0 {
            break;
        }
        sum.update(&buffer[..length]);
    }
    expect(path, md5, sum.finish())
}

/// Fails unless both are the same MD5.
pub(crate) fn expect(path: &Path, expected: &str, found: String) -> Result<(), ImportError> {
    if expected.eq_ignore_ascii_case(&found) {
        return Ok(());
    }
    Err(ImportError::ChecksumMismatch {
        path: path.to_path_buf(),
        expected: expected.to_string(),
        found,
    })
}

/// Whether the text has the shape of an MD5 in hex.
pub(crate) fn is_md5(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .map(|half| char::from(DIGITS[usize::from(half)]))
        .collect()
}
