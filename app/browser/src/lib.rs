//! Entry point of the browser bundle: takes over the page that the server rendered.
//!
//! Called by the start-up script of the page, once, after the WebAssembly module is there. It holds
//! nothing but the hand-over; everything a person sees or does is in the crate `app`.

use wasm_bindgen::prelude::wasm_bindgen;

/// Attaches the pages to the markup that the server sent. A panic afterwards is written to the
/// browser's console with its message, which the browser tests read.
#[wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_body(app::App);
}
