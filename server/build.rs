//! Lists the browser bundle for embedding, as Rust that `src/assets.rs` includes.
//!
//! Run by cargo. The bundle is what `cargo xtask bundle` left in `REKEY_SITE_DIR`, else in `site` under the
//! target folder; the format of its list is described in `xtask/src/site.rs`. Without a bundle the style sheet
//! is taken from the source tree, so that plain `cargo build`, clippy and rustdoc work, and pages are styled
//! but do not come alive in the browser.

use std::env;
use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

const STYLE: &str = "style/rekey.css";
const STYLE_PATH: &str = "/pkg/rekey.css";

fn main() -> Result<(), Box<dyn Error>> {
    let package = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let root = package
        .parent()
        .ok_or("the package is not inside the workspace")?;
    let site = site_folder(root);
    // Cargo takes a missing path for changed at every build, so the folder is made when it is not there.
    fs::create_dir_all(&site)?;
    println!("cargo::rerun-if-env-changed=REKEY_SITE_DIR");
    println!("cargo::rerun-if-env-changed=CARGO_TARGET_DIR");
    println!("cargo::rerun-if-changed={}", site.display());
    println!("cargo::rerun-if-changed={}", root.join("style").display());

    let manifest = site.join("site.tsv");
    let generated = if manifest.is_file() {
        from_site(&site, &fs::read_to_string(manifest)?)?
    } else {
        from_sources(root)?
    };
    fs::write(PathBuf::from(env::var("OUT_DIR")?).join("assets.rs"), generated)?;
    Ok(())
}

/// The same rule as in `xtask/src/workspace.rs`: a relative target folder is relative to the workspace.
fn site_folder(root: &Path) -> PathBuf {
    if let Some(site) = env::var_os("REKEY_SITE_DIR") {
        return root.join(site);
    }
    root.join(env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into()))
        .join("site")
}

fn from_site(site: &Path, manifest: &str) -> Result<String, Box<dyn Error>> {
    let mut assets = String::new();
    let (mut js, mut wasm, mut css) = (None, None, None);
    for line in manifest.lines() {
        let [path, content_type, hash, cache] = line.split('\t').collect::<Vec<_>>()[..] else {
            return Err(format!("site.tsv has a line that this build does not understand: {line}").into());
        };
        let immutable = cache == "immutable";
        push(
            &mut assets,
            path,
            content_type,
            Some(hash),
            immutable,
            &site.join(path.trim_start_matches('/')),
        )?;
        match path.rsplit_once('.') {
            Some((_, "js")) if immutable => js = Some(path),
            Some((_, "wasm")) if immutable => wasm = Some(path),
            Some((_, "css")) if immutable => css = Some(path),
            _ => {}
        }
    }
    let css = css.ok_or("the bundle has no style sheet; run `cargo xtask bundle` again")?;
    Ok(whole(&assets, js, wasm, css))
}

fn from_sources(root: &Path) -> Result<String, Box<dyn Error>> {
    let mut assets = String::new();
    push(
        &mut assets,
        STYLE_PATH,
        "text/css; charset=utf-8",
        None,
        false,
        &root.join(STYLE),
    )?;
    Ok(whole(&assets, None, None, STYLE_PATH))
}

/// Appends one `Asset` literal; compressed twins of `file` are used if they are there.
fn push(
    assets: &mut String,
    path: &str,
    content_type: &str,
    hash: Option<&str>,
    immutable: bool,
    file: &Path,
) -> Result<(), Box<dyn Error>> {
    let twin = |suffix: &str| {
        let twin = PathBuf::from(format!("{}.{suffix}", file.display()));
        if twin.is_file() {
            format!("Some(include_bytes!({twin:?}))")
        } else {
            "None".to_owned()
        }
    };
    writeln!(
        assets,
        "    Asset {{ path: {path:?}, content_type: {content_type:?}, hash: {hash:?}, immutable: {immutable}, \
         plain: include_bytes!({file:?}), br: {}, gzip: {} }},",
        twin("br"),
        twin("gz"),
    )?;
    Ok(())
}

fn whole(assets: &str, js: Option<&str>, wasm: Option<&str>, css: &str) -> String {
    format!(
        "static ASSETS: &[Asset] = &[\n{assets}];\n\
         const BUNDLE: BundleNames = BundleNames {{ js: {js:?}, wasm: {wasm:?}, css: {css:?} }};\n"
    )
}
