//! The document around the pages: head, style sheet, and the script that hydrates. The server calls it for every page;
//! the browser never does.

use crate::App;
use leptos::nonce::use_nonce;
use leptos::prelude::*;
use leptos_meta::MetaTags;

/// Addresses of what the browser loads. Script and module are there together or not at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bundle {
    /// The script that loads the WebAssembly module, if it was built.
    pub js: Option<&'static str>,
    /// The WebAssembly module, if it was built.
    pub wasm: Option<&'static str>,
    /// The style sheet.
    pub css: &'static str,
}

/// Takes the stored theme before the first paint, so that nothing flashes; [`crate::frame`] stores it.
const THEME: &str = "try{const t=localStorage.getItem('theme');if(t==='light'||t==='dark')document.documentElement.dataset.theme=t}catch{}";

/// What is for script alone does not show without it.
const WITHOUT_SCRIPT: &str = "<style>.needs-script{display:none!important}</style>";

/// The whole document. The options are the router's; nothing of them shows.
pub fn shell(options: LeptosOptions, bundle: Bundle) -> impl IntoView {
    let _ = options;
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8"/>
                <meta http-equiv="Content-Security-Policy" content=content_policy()/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content="light dark"/>
                <script nonce=use_nonce()>{THEME}</script>
                <noscript inner_html=WITHOUT_SCRIPT></noscript>
                <link rel="stylesheet" href=bundle.css/>
                <link rel="icon" href="/favicon.svg" type="image/svg+xml"/>
                {start(bundle)}
                <MetaTags/>
            </head>
            <body>
                <App/>
            </body>
        </html>
    }
}

/// What a page may load and run: its own files, and the scripts that were written with it. Charts and bars carry their
/// sizes as styles. Nothing else that stands in a name or a message is run.
fn content_policy() -> String {
    let nonce = use_nonce().map_or_else(String::new, |nonce| format!(" 'nonce-{nonce}'"));
    format!(
        "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'{nonce}; style-src 'self' 'unsafe-inline'; object-src 'none'; base-uri 'none'; form-action 'self'"
    )
}

/// Loads the module while the page is read, then hydrates.
fn start(bundle: Bundle) -> Option<impl IntoView> {
    let (js, wasm) = (bundle.js?, bundle.wasm?);
    let script = format!(
        "import start,{{hydrate}} from '{js}';start({{module_or_path:'{wasm}'}}).then(()=>hydrate())"
    );
    Some(view! {
        <link rel="modulepreload" href=js/>
        <link rel="preload" href=wasm r#as="fetch" r#type="application/wasm" crossorigin="anonymous"/>
        <script type="module" nonce=use_nonce()>{script}</script>
    })
}
