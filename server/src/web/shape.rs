//! Every refusal below `/api/v1` in one form, whoever refuses: a handler, the router, the guard, or what reads a body.
//! Called around all routes; pages and their functions keep their own.

use super::api::Problem;
use app::backend::{AppError, ErrorKind};
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

/// What is read of a refusal in words; those of the router are shorter.
const WORDS_MAX: usize = 4096;

/// The layer.
pub(super) async fn one_shape(request: Request, next: Next) -> Response {
    let path = request.uri().path().to_string();
    let is_api = path == "/api/v1" || path.starts_with("/api/v1/");
    let method = request.method().clone();
    let response = next.run(request).await;
    let status = response.status();
    let refused = status.is_client_error() || status.is_server_error();
    if !is_api || !refused || is_json(response.headers()) {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let words = to_bytes(body, WORDS_MAX).await.unwrap_or_default();
    let words = String::from_utf8_lossy(&words);
    let told = told(&method, &path, status, words.trim());
    let shaped = Problem::from(told).into_response();
    let (shape, body) = shaped.into_parts();
    parts.headers.remove(CONTENT_LENGTH);
    parts.headers.extend(shape.headers);
    Response::from_parts(parts, body)
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    kind.is_some_and(|kind| kind.starts_with("application/json"))
}

/// A refusal of which the status is known, and perhaps a few words.
fn told(method: &Method, path: &str, status: StatusCode, words: &str) -> AppError {
    const DESCRIBED: &str = "Look it up in /api/v1/openapi.json.";
    let (message, hint) = match status {
        StatusCode::NOT_FOUND if words.is_empty() => (format!("There is nothing at {path}."), DESCRIBED),
        // The router names them on the way out, where this layer does not see it.
        StatusCode::METHOD_NOT_ALLOWED => (
            format!("{path} does not take {method}."),
            "The header Allow names what it takes.",
        ),
        StatusCode::PAYLOAD_TOO_LARGE => (
            "The body of the request is too long.".to_string(),
            "Send less at once.",
        ),
        _ if words.is_empty() => (
            format!("{method} {path} was answered with status {}.", status.as_u16()),
            "Look at the server's log.",
        ),
        status if status.is_server_error() => (words.to_string(), "Look at the server's log."),
        StatusCode::FORBIDDEN => (words.to_string(), "Ask whoever runs this server."),
        _ => (words.to_string(), DESCRIBED),
    };
    AppError::new(kind(status), message, hint)
}

fn kind(status: StatusCode) -> ErrorKind {
    match status {
        StatusCode::NOT_FOUND => ErrorKind::NotFound,
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => ErrorKind::Forbidden,
        StatusCode::CONFLICT => ErrorKind::Conflict,
        status if status.is_client_error() => ErrorKind::Input,
        _ => ErrorKind::Internal,
    }
}

/// Nothing is at this address: the words are the layer's.
pub(super) async fn nothing() -> (StatusCode, Body) {
    (StatusCode::NOT_FOUND, Body::empty())
}
