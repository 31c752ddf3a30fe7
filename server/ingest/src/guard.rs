//! Turns a panic of a decoder or encoder into an error that names the file. MD5 sums keep broken files away from the
//! decoders, but a wrong file with the right sum must not end the server.

use crate::error::{Cause, ImportError};
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

/// Runs what decodes `path`. What it was changing when it panicked must be thrown away by the caller.
pub(crate) fn guarded<T>(
    path: &Path,
    decode: impl FnOnce() -> Result<T, ImportError>,
) -> Result<T, ImportError> {
    catch_unwind(AssertUnwindSafe(decode)).unwrap_or_else(|panic| {
        let source = panic_message(panic.as_ref());
        Err(ImportError::Broken {
            path: path.to_path_buf(),
            rows_read: 0,
            source,
        })
    })
}

/// Runs what encodes rows; encoders of libraries panic on values that they did not expect.
pub(crate) fn guarded_encoder<T>(encode: impl FnOnce() -> Result<T, Cause>) -> Result<T, Cause> {
    catch_unwind(AssertUnwindSafe(encode)).unwrap_or_else(|panic| Err(panic_message(panic.as_ref())))
}

/// What a panic said.
pub(crate) fn panic_message(panic: &(dyn Any + Send)) -> Cause {
    let said = panic.downcast_ref::<&str>().copied().map(str::to_string);
    let said = said.or_else(|| panic.downcast_ref::<String>().cloned());
    said.unwrap_or_else(|| "the decoder panicked".to_string()).into()
}
