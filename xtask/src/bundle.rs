//! The browser bundle: compile, bind, shrink, lay out for embedding.
//!
//! Called by `serve`, `bundle`, `build` and `test`. It does nothing when no input has changed since the last
//! complete run; the server's build script then finds the same files and does nothing either.

use std::path::Path;
use std::time::Instant;

use wasm_bindgen_cli_support::Bindgen;

use crate::failure::{Failure, Outcome};
use crate::site::Site;
use crate::workspace::Workspace;
use crate::{files, prune, wasm, wasm_opt};

/// Everything that decides what is in the bundle, and how it is made.
const INPUTS: &[&str] = &[
    ".cargo/config.toml",
    "Cargo.lock",
    "Cargo.toml",
    "app",
    "public",
    "style/rekey.css",
    "xtask/src/bundle.rs",
    "xtask/src/prune.rs",
    "xtask/src/site.rs",
    "xtask/src/wasm.rs",
    "xtask/src/wasm_opt.rs",
];

/// The name that the files of the bundle begin with.
const NAME: &str = "rekey";

/// More than this is slow on a bad line; it is reported, not refused.
const WASM_GZIP_BYTES_WANTED: usize = 450 * 1024;

/// Makes the bundle in the folder [`Workspace::site`] unless it is there already.
pub(crate) fn bundle(workspace: &Workspace) -> Outcome {
    let stamp = workspace.built("site.stamp");
    let inputs = hash_inputs(workspace)?;
    let stamped = files::read_text(&stamp).is_ok_and(|found| found == inputs);
    if stamped && Site::is_complete(&workspace.site()) {
        println!("The browser bundle is up to date");
        return Ok(());
    }
    check_versions(workspace)?;
    let started = Instant::now();
    let compiled = wasm::build(workspace)?;
    let scratch = workspace.built("wasm/bound");
    let javascript = bind(&compiled, &scratch.join("bound.wasm"))?;
    println!("Shrinking it with wasm-opt");
    wasm_opt::shrink(
        workspace,
        &scratch.join("bound.wasm"),
        &scratch.join("small.wasm"),
    )?;
    println!("Compressing and laying out the files");
    let module = files::read(&scratch.join("small.wasm"))?;
    let wasm_gzip_bytes = lay_out(workspace, &javascript, &module)?;
    files::write(&stamp, inputs.as_bytes())?;
    println!(
        "The browser bundle is in {}: WebAssembly {} KiB gzipped, made in {} s",
        workspace.site().display(),
        wasm_gzip_bytes / 1024,
        started.elapsed().as_secs(),
    );
    if wasm_gzip_bytes > WASM_GZIP_BYTES_WANTED {
        println!(
            "warning: that is over the {} KiB wanted",
            WASM_GZIP_BYTES_WANTED / 1024
        );
    }
    Ok(())
}

/// One hash over the names and contents of all inputs.
fn hash_inputs(workspace: &Workspace) -> Outcome<String> {
    let mut listing = String::new();
    for input in INPUTS {
        for path in files::walk(&workspace.source(input))? {
            let hash = files::sha256_hex(&files::read(&path)?);
            let name = path.strip_prefix(workspace.source("")).unwrap_or(&path);
            listing.push_str(&format!("{} {hash}\n", name.display()));
        }
    }
    Ok(files::sha256_hex(listing.as_bytes()))
}

/// The two halves of wasm-bindgen speak a format that changes with every version.
fn check_versions(workspace: &Workspace) -> Outcome {
    let library = workspace.locked_version("wasm-bindgen")?;
    let tool = workspace.locked_version("wasm-bindgen-cli-support")?;
    if library == tool {
        return Ok(());
    }
    Err(Failure::new(
        format!("wasm-bindgen is locked at {library} but wasm-bindgen-cli-support at {tool}"),
        format!("run `cargo update wasm-bindgen-cli-support --precise {library}`"),
    ))
}

/// Makes the JavaScript that loads the module, and the module that it loads, which goes to `output`.
fn bind(compiled: &Path, output: &Path) -> Outcome<String> {
    println!("Binding it with wasm-bindgen");
    let mut bindgen = Bindgen::new();
    bindgen.input_path(compiled).out_name(NAME).typescript(false);
    // The names stay for what is pruned by them; `wasm-opt` drops them.
    bindgen.remove_producers_section(true);
    let bound = bindgen.web(true).and_then(Bindgen::generate_output);
    let mut bound = bound.map_err(|error| {
        Failure::new(
            format!("wasm-bindgen refused the module: {error:#}"),
            "see which crate it names",
        )
    })?;
    // Every crate that uses wasm-bindgen has an entry here; most are empty.
    let inline = bound
        .snippets()
        .iter()
        .filter(|(_, scripts)| !scripts.is_empty())
        .map(|(name, _)| name);
    if let Some(name) = inline.chain(bound.local_modules().keys()).next() {
        return Err(Failure::new(
            format!("a crate brings its own JavaScript ({name}), which this bundle does not carry"),
            "do without that crate, or teach xtask/src/site.rs to lay its files out",
        ));
    }
    let javascript = bound.js().to_owned();
    let module = bound.wasm_mut();
    let emptied = prune::prune(module);
    println!("Emptied {emptied} functions that are never called");
    files::write(output, &module.emit_wasm())?;
    Ok(javascript)
}

/// Writes the site beside the present one and then takes its place, so that a build never sees half of it.
fn lay_out(workspace: &Workspace, javascript: &str, module: &[u8]) -> Outcome<usize> {
    let fresh = workspace.built("site.new");
    files::remove_folder(&fresh)?;
    let mut site = Site::new(&fresh);
    let wasm_gzip_bytes = site.add_hashed(NAME, "wasm", module)?.unwrap_or(module.len());
    site.add_hashed(NAME, "js", javascript.as_bytes())?;
    site.add_hashed(NAME, "css", &files::read(&workspace.source("style/rekey.css"))?)?;
    site.add_folder(&workspace.source("public"))?;
    site.finish()?;
    files::remove_folder(&workspace.site())?;
    files::rename(&fresh, &workspace.site())?;
    Ok(wasm_gzip_bytes)
}
