//! The embedded files: browser bundle, style sheet, fonts, icon.
//!
//! The router is mounted by the server's start-up, and the page's shell asks for [`bundle_names`]. What is
//! embedded is decided by `build.rs`, and made by `cargo xtask bundle`. Nothing is read from disk here.

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY,
};
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::response::Response;
use axum::routing::get;

/// One embedded file.
#[derive(Debug)]
struct Asset {
    /// What the browser asks for, with the leading slash.
    path: &'static str,
    content_type: &'static str,
    /// Part of the content's hash; a style sheet taken straight from the sources has none.
    hash: Option<&'static str>,
    /// Whether `path` holds the hash, so that this path never has another content.
    immutable: bool,
    plain: &'static [u8],
    br: Option<&'static [u8]>,
    gzip: Option<&'static [u8]>,
}

/// Paths of the files that every page refers to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BundleNames {
    /// The script that loads the WebAssembly module, if the bundle was built.
    pub(crate) js: Option<&'static str>,
    /// The WebAssembly module, if the bundle was built.
    pub(crate) wasm: Option<&'static str>,
    /// The style sheet.
    pub(crate) css: &'static str,
}

include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// What the page's shell has to refer to.
pub(crate) fn bundle_names() -> BundleNames {
    BUNDLE
}

/// One route for each embedded file; any other path is left to the routers this one is merged with.
pub(crate) fn router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    ASSETS.iter().fold(Router::new(), |router, asset| {
        router.route(
            asset.path,
            get(move |headers: HeaderMap| async move { respond(asset, &headers) }),
        )
    })
}

/// How a body is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Encoding {
    Brotli,
    Gzip,
    Identity,
}

impl Encoding {
    /// The name in `Accept-Encoding` and `Content-Encoding`.
    fn name(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Gzip => "gzip",
            Self::Identity => "identity",
        }
    }
}

/// The response to a GET of `asset`; axum drops the body for HEAD.
fn respond(asset: &Asset, request: &HeaderMap) -> Response {
    let accepted = joined(request, &ACCEPT_ENCODING);
    let (encoding, body) = match choose(&accepted, asset.br.is_some(), asset.gzip.is_some()) {
        Encoding::Brotli => (Encoding::Brotli, asset.br.unwrap_or(asset.plain)),
        Encoding::Gzip => (Encoding::Gzip, asset.gzip.unwrap_or(asset.plain)),
        Encoding::Identity => (Encoding::Identity, asset.plain),
    };
    let cache_control = if asset.immutable {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let mut response = Response::new(Body::empty());
    let mut set = |name: HeaderName, value: &str| {
        if let Ok(value) = value.parse() {
            response.headers_mut().insert(name, value);
        }
    };
    set(CACHE_CONTROL, cache_control);
    set(VARY, "accept-encoding");
    // The compressed forms differ byte by byte, so each has a tag of its own.
    let tag = asset.hash.map(|hash| format!("\"{hash}-{}\"", encoding.name()));
    if let Some(tag) = &tag {
        set(ETAG, tag);
    }
    if tag.is_some_and(|tag| matches(&joined(request, &IF_NONE_MATCH), &tag)) {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        return response;
    }
    set(CONTENT_TYPE, asset.content_type);
    if encoding != Encoding::Identity {
        set(CONTENT_ENCODING, encoding.name());
    }
    *response.body_mut() = Body::from(Bytes::from_static(body));
    response
}

/// All values of a list header as one list; values that are not text count as absent.
fn joined(headers: &HeaderMap, name: &HeaderName) -> String {
    let values = headers
        .get_all(name)
        .iter()
        .filter_map(|value| value.to_str().ok());
    values.collect::<Vec<_>>().join(",")
}

/// The smallest form that both sides have. Weights only rule a form out (`q=0`): the order of preference
/// is ours, since the bodies are compressed already.
fn choose(accepted: &str, has_br: bool, has_gzip: bool) -> Encoding {
    if has_br && accepts(accepted, "br") {
        Encoding::Brotli
    } else if has_gzip && accepts(accepted, "gzip") {
        Encoding::Gzip
    } else {
        Encoding::Identity
    }
}

/// Whether a value of `Accept-Encoding` allows `name`, by that name or else by `*`.
fn accepts(accepted: &str, name: &str) -> bool {
    let allowed = |wanted: &str| {
        accepted.split(',').find_map(|item| {
            let (coding, parameters) = item.split_once(';').unwrap_or((item, ""));
            let weight = parameters
                .trim()
                .strip_prefix("q=")
                .and_then(|weight| weight.trim().parse::<f32>().ok());
            coding
                .trim()
                .eq_ignore_ascii_case(wanted)
                .then(|| weight.is_none_or(|weight| weight > 0.0))
        })
    };
    allowed(name).or_else(|| allowed("*")).unwrap_or(false)
}

/// Whether a value of `If-None-Match` names `tag`; weak and strong tags compare alike here.
fn matches(header: &str, tag: &str) -> bool {
    header
        .split(',')
        .map(str::trim)
        .any(|item| item == "*" || item.strip_prefix("W/").unwrap_or(item) == tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCRIPT: Asset = Asset {
        path: "/pkg/rekey-0a1b2c3d.js",
        content_type: "text/javascript; charset=utf-8",
        hash: Some("0a1b2c3d4e5f6071"),
        immutable: true,
        plain: b"plain",
        br: Some(b"br"),
        gzip: Some(b"gz"),
    };

    fn request(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, value.parse().expect("a header value"));
        }
        headers
    }

    fn header<'a>(response: &'a Response, name: &str) -> Option<&'a str> {
        response
            .headers()
            .get(name)
            .map(|value| value.to_str().expect("text"))
    }

    #[test]
    fn the_encoding_follows_the_request() {
        let cases = [
            ("gzip, deflate, br, zstd", Encoding::Brotli),
            ("gzip;q=1.0, br;q=0.1", Encoding::Brotli),
            ("br;q=0, gzip", Encoding::Gzip),
            ("BR; q=0.000 , GZIP;q=0.5", Encoding::Gzip),
            ("br;q=0, *", Encoding::Gzip),
            ("*", Encoding::Brotli),
            ("*;q=0", Encoding::Identity),
            ("deflate, zstd", Encoding::Identity),
            ("", Encoding::Identity),
        ];
        for (accepted, expected) in cases {
            assert_eq!(choose(accepted, true, true), expected, "{accepted}");
        }
        assert_eq!(choose("br, gzip", false, true), Encoding::Gzip);
        assert_eq!(choose("br, gzip", false, false), Encoding::Identity);
    }

    #[test]
    fn a_hashed_file_is_kept_for_good() {
        let response = respond(
            &SCRIPT,
            &request(&[("accept-encoding", "gzip"), ("accept-encoding", "br")]),
        );
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(header(&response, "content-encoding"), Some("br"));
        assert_eq!(
            header(&response, "content-type"),
            Some("text/javascript; charset=utf-8")
        );
        assert_eq!(
            header(&response, "cache-control"),
            Some("public, max-age=31536000, immutable")
        );
        assert_eq!(header(&response, "vary"), Some("accept-encoding"));
        assert_eq!(header(&response, "etag"), Some("\"0a1b2c3d4e5f6071-br\""));
    }

    #[test]
    fn a_known_tag_is_answered_without_a_body() {
        let known = request(&[("if-none-match", "\"other\", W/\"0a1b2c3d4e5f6071-identity\"")]);
        let response = respond(&SCRIPT, &known);
        assert_eq!(response.status(), StatusCode::NOT_MODIFIED);
        assert_eq!(header(&response, "etag"), Some("\"0a1b2c3d4e5f6071-identity\""));
        assert_eq!(header(&response, "content-type"), None);

        let other_form = request(&[("if-none-match", "\"0a1b2c3d4e5f6071-br\"")]);
        assert_eq!(respond(&SCRIPT, &other_form).status(), StatusCode::OK);
    }

    #[test]
    fn a_file_without_a_hash_is_always_sent() {
        let style = Asset {
            hash: None,
            immutable: false,
            ..SCRIPT
        };
        let response = respond(&style, &request(&[("if-none-match", "*")]));
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(header(&response, "cache-control"), Some("no-cache"));
        assert_eq!(header(&response, "etag"), None);
    }

    #[test]
    fn every_name_of_the_bundle_is_served() {
        let names = bundle_names();
        for path in [names.js, names.wasm, Some(names.css)].into_iter().flatten() {
            assert!(ASSETS.iter().any(|asset| asset.path == path), "{path}");
        }
        let _router: Router = router();
    }
}
