//! Keeps other sites out: a request must name one of our own hosts (a page that rebinds its name to loopback does not),
//! and a request that could change something must come from our own pages, and from somebody where a proxy tells who.

use super::api::Problem;
use super::upload::wants_page;
use super::who::person;
use crate::service::Who;
use app::backend::AppError;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::net::SocketAddr;
use std::sync::Arc;

/// Host names that are ours, and the header that names who asks.
#[derive(Clone, Debug)]
pub(crate) struct Guard {
    hosts: Arc<[String]>,
    identity: Option<HeaderName>,
}

impl Guard {
    /// The address listened on, localhost at its port, and the names that were given.
    pub(crate) fn new(listen: SocketAddr, names: &[String], identity: Option<HeaderName>) -> Self {
        let port = listen.port();
        let mut hosts = vec![
            listen.to_string(),
            format!("localhost:{port}"),
            format!("127.0.0.1:{port}"),
            format!("[::1]:{port}"),
        ];
        for name in names {
            hosts.push(name.to_ascii_lowercase());
            hosts.push(format!("{}:{port}", name.to_ascii_lowercase()));
        }
        Self {
            hosts: hosts.into(),
            identity,
        }
    }

    fn is_ours(&self, host: &str) -> bool {
        let host = host.to_ascii_lowercase();
        self.hosts.contains(&host)
    }

    fn refusal(&self, method: &Method, headers: &HeaderMap) -> Option<&'static str> {
        let text = |name| {
            headers
                .get(name)
                .and_then(|value: &axum::http::HeaderValue| value.to_str().ok())
        };
        match text(header::HOST) {
            Some(host) if self.is_ours(host) => {}
            _ => {
                return Some(
                    "This server does not answer under that host name. Start it with --host-name to allow it.",
                );
            }
        }
        if only_reads(method) {
            return None;
        }
        let foreign_site = headers
            .get("sec-fetch-site")
            .is_some_and(|site| !matches!(site.as_bytes(), b"same-origin" | b"none"));
        let foreign_origin = text(header::ORIGIN).is_some_and(|origin| {
            let host = origin.split_once("://").map_or(origin, |(_, host)| host);
            !self.is_ours(host)
        });
        (foreign_site || foreign_origin).then_some("Changes are only taken from Rekey's own pages.")
    }

    /// In whose name a request that changes something is carried out.
    fn person(&self, method: &Method, headers: &HeaderMap) -> Result<Who, AppError> {
        match &self.identity {
            Some(header) if !only_reads(method) => person(header, headers),
            _ => Ok(Who::default()),
        }
    }
}

fn only_reads(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

/// Says to whoever asked that nobody knows who that is.
fn unnamed(headers: &HeaderMap, error: AppError) -> Response {
    if wants_page(headers) {
        let text = format!("{} {}", error.message, error.hint.unwrap_or_default());
        return (StatusCode::FORBIDDEN, text).into_response();
    }
    Problem::from(error).into_response()
}

/// The layer.
pub(crate) async fn check(State(guard): State<Guard>, mut request: Request, next: Next) -> Response {
    if let Some(reason) = guard.refusal(request.method(), request.headers()) {
        tracing::warn!(path = request.uri().path(), reason, "request refused");
        return (StatusCode::FORBIDDEN, reason).into_response();
    }
    match guard.person(request.method(), request.headers()) {
        Ok(who) => request.extensions_mut().insert(who),
        Err(error) => {
            tracing::warn!(
                path = request.uri().path(),
                reason = error.message,
                "request refused"
            );
            return unnamed(request.headers(), error);
        }
    };
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "same-origin"),
    ] {
        headers.insert(name, axum::http::HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(method: Method, pairs: &[(&'static str, &'static str)]) -> bool {
        let guard = Guard::new(
            SocketAddr::from(([127, 0, 0, 1], 3000)),
            &["rekey.example".to_string()],
            None,
        );
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.insert(*name, axum::http::HeaderValue::from_static(value));
        }
        guard.refusal(&method, &headers).is_some()
    }

    #[test]
    fn only_our_own_names_and_pages_pass() {
        let ours = ("host", "127.0.0.1:3000");
        assert!(!refused(Method::GET, &[ours]));
        assert!(!refused(Method::GET, &[("host", "LOCALHOST:3000")]));
        assert!(!refused(Method::POST, &[("host", "rekey.example")]));
        assert!(refused(Method::GET, &[("host", "evil.example:3000")]));
        assert!(refused(Method::GET, &[]));
        assert!(!refused(
            Method::POST,
            &[
                ours,
                ("origin", "http://127.0.0.1:3000"),
                ("sec-fetch-site", "same-origin")
            ]
        ));
        assert!(refused(Method::POST, &[ours, ("origin", "http://evil.example")]));
        assert!(refused(Method::POST, &[ours, ("origin", "null")]));
        assert!(refused(Method::POST, &[ours, ("sec-fetch-site", "cross-site")]));
        assert!(
            !refused(Method::POST, &[ours]),
            "a command-line client sends neither"
        );
    }
}
