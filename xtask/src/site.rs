//! The folder of files that the server embeds: names, hashes, compressed twins, and the list of them.
//!
//! Written by the bundle and read by `server/build.rs`, which is the other side of the format of
//! [`MANIFEST`]: one line per file, fields separated by tabs, so that a build script needs no parser.
//!
//! | Field | Example |
//! |---|---|
//! | path that the browser asks for | `/pkg/rekey-1a2b3c4d.wasm` |
//! | content type | `application/wasm` |
//! | first 16 digits of the SHA-256 | `1a2b3c4d5e6f7081` |
//! | `immutable` if the name holds the hash, else `revalidate` | `immutable` |
//!
//! A file's compressed twins lie beside it as `NAME.br` and `NAME.gz`, where they are smaller.

use std::path::{Path, PathBuf};

use brotli::enc::BrotliEncoderParams;

use crate::failure::{Failure, Outcome};
use crate::files;

const MANIFEST: &str = "site.tsv";

/// A site being written.
#[derive(Debug)]
pub(crate) struct Site {
    folder: PathBuf,
    manifest: String,
}

impl Site {
    /// An empty site in `folder`, which should not exist yet.
    pub(crate) fn new(folder: &Path) -> Self {
        Self {
            folder: folder.to_path_buf(),
            manifest: String::new(),
        }
    }

    /// Whether `folder` holds a site that was finished.
    pub(crate) fn is_complete(folder: &Path) -> bool {
        folder.join(MANIFEST).is_file()
    }

    /// Adds a file of the bundle under a name that holds its hash. Gives its gzipped size in bytes.
    pub(crate) fn add_hashed(
        &mut self,
        name: &str,
        extension: &str,
        content: &[u8],
    ) -> Outcome<Option<usize>> {
        let hash = files::sha256_hex(content);
        self.add(
            &format!("/pkg/{name}-{}.{extension}", &hash[..8]),
            content,
            &hash,
            "immutable",
        )
    }

    /// Adds every file below `source` under its own name, but for notes to developers (`*.md`).
    pub(crate) fn add_folder(&mut self, source: &Path) -> Outcome {
        for file in files::walk(source)? {
            if file.extension().is_some_and(|extension| extension == "md") {
                continue;
            }
            let relative = file.strip_prefix(source).unwrap_or(&file);
            let content = files::read(&file)?;
            let hash = files::sha256_hex(&content);
            self.add(&format!("/{}", relative.display()), &content, &hash, "revalidate")?;
        }
        Ok(())
    }

    /// Writes the list of files, by which the site counts as complete.
    pub(crate) fn finish(self) -> Outcome {
        files::write(&self.folder.join(MANIFEST), self.manifest.as_bytes())
    }

    fn add(&mut self, path: &str, content: &[u8], hash: &str, cache: &str) -> Outcome<Option<usize>> {
        let (content_type, compressible) = content_type(path)?;
        let file = self.folder.join(path.trim_start_matches('/'));
        files::write(&file, content)?;
        self.manifest
            .push_str(&format!("{path}\t{content_type}\t{}\t{cache}\n", &hash[..16]));
        if !compressible {
            return Ok(None);
        }
        let gzipped = gzip(content)?;
        for (suffix, compressed) in [("br", &brotli(content)?), ("gz", &gzipped)] {
            if compressed.len() < content.len() {
                files::write(&PathBuf::from(format!("{}.{suffix}", file.display())), compressed)?;
            }
        }
        Ok(Some(gzipped.len()))
    }
}

/// The content type by the extension, and whether compressing such files pays.
fn content_type(path: &str) -> Outcome<(&'static str, bool)> {
    let extension = path.rsplit_once('.').map_or("", |(_, extension)| extension);
    Ok(match extension {
        "css" => ("text/css; charset=utf-8", true),
        "ico" => ("image/x-icon", true),
        "js" => ("text/javascript; charset=utf-8", true),
        "png" => ("image/png", false),
        "svg" => ("image/svg+xml", true),
        "txt" => ("text/plain; charset=utf-8", true),
        "wasm" => ("application/wasm", true),
        "webmanifest" => ("application/manifest+json", true),
        "woff2" => ("font/woff2", false),
        _ => {
            return Err(Failure::new(
                format!("no content type is known for {path}"),
                "add its extension to xtask/src/site.rs, or take the file out of public/",
            ));
        }
    })
}

fn brotli(content: &[u8]) -> Outcome<Vec<u8>> {
    let mut compressed = Vec::new();
    let parameters = BrotliEncoderParams {
        quality: 11,
        ..BrotliEncoderParams::default()
    };
    brotli::BrotliCompress(&mut &*content, &mut compressed, &parameters)
        .map_err(|error| not_compressed(&error))?;
    Ok(compressed)
}

/// By zopfli, which takes seconds to save a few percent of what every visitor loads.
fn gzip(content: &[u8]) -> Outcome<Vec<u8>> {
    let mut compressed = Vec::new();
    zopfli::compress(
        zopfli::Options::default(),
        zopfli::Format::Gzip,
        content,
        &mut compressed,
    )
    .map_err(|error| not_compressed(&error))?;
    Ok(compressed)
}

fn not_compressed(error: &std::io::Error) -> Failure {
    Failure::new(
        format!("cannot compress a file of the bundle: {error}"),
        "run again; report it if it stays",
    )
}
