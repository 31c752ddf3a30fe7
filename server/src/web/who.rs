//! Who asks. Rekey has no sign-in of its own: a proxy in front has one, and passes the person in a header that an option
//! names. The guard reads it before anything is changed; handlers and server functions get the service in that person's
//! name. Whether the proxy is the only way to this server is for whoever runs it.

use super::Shared;
use crate::service::forms::unprintable;
use crate::service::{Service, Who};
use app::backend::{AppError, ErrorKind};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName};
use std::convert::Infallible;

/// Characters of a person's name: longer than any mail address or ARN.
const NAME_MAX: usize = 300;

/// The person in the header; or why a change is not taken without one.
///
/// # Errors
/// When the header is missing, there more than once, empty, too long, or holds what cannot be shown.
pub(super) fn person(header: &HeaderName, headers: &HeaderMap) -> Result<Who, AppError> {
    let mut values = headers.get_all(header).iter();
    let Some(value) = values.next() else {
        return Err(refused(
            &format!("The request does not say who asks: it has no header {header}."),
            &format!(
                "The proxy in front of this server must sign people in and send their name in {header} with each request. Ask whoever runs it."
            ),
        ));
    };
    let wrong = |what: &str| {
        refused(
            &format!("The header {header}, which names who asks, {what}."),
            &format!(
                "The proxy in front of this server must send one name in {header}, in the place of what a client sends. Ask whoever runs it."
            ),
        )
    };
    if values.next().is_some() {
        return Err(wrong("is there more than once"));
    }
    let text = str::from_utf8(value.as_bytes()).map_err(|_| wrong("is not UTF-8"))?;
    let name = text.trim();
    if name.is_empty() {
        return Err(wrong("is empty"));
    }
    if name.chars().count() > NAME_MAX {
        return Err(wrong(&format!("is longer than {NAME_MAX} characters")));
    }
    if unprintable(name).is_some() {
        return Err(wrong("holds a character that cannot be shown"));
    }
    Ok(Who::new(name))
}

fn refused(message: &str, hint: &str) -> AppError {
    AppError::new(ErrorKind::Forbidden, message, hint)
}

/// The service in the name of the person who asks, for handlers that put a name on record.
#[derive(Debug)]
pub(super) struct InName(pub(super) Service);

impl FromRequestParts<Shared> for InName {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, shared: &Shared) -> Result<Self, Infallible> {
        Ok(Self(in_name(&shared.service, Some(parts))))
    }
}

/// The same for a request whose parts may not be known.
pub(super) fn in_name(service: &Service, parts: Option<&Parts>) -> Service {
    let who = parts.and_then(|parts| parts.extensions.get::<Who>());
    service.in_name_of(who.cloned().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    const HEADER: HeaderName = HeaderName::from_static("x-forwarded-user");

    fn read(values: &[&[u8]]) -> Result<String, String> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(HEADER, HeaderValue::from_bytes(value).expect("a value"));
        }
        person(&HEADER, &headers)
            .map(|who| who.to_string())
            .map_err(|error| error.message)
    }

    #[test]
    fn one_name_that_can_be_shown_is_taken() {
        let long = "a".repeat(NAME_MAX + 1);
        let taken: [&[u8]; 3] = [b" ada@example.org ", "Zo\u{eb}".as_bytes(), b"<b>ada</b>"];
        for value in taken {
            let expected = str::from_utf8(value).expect("text").trim();
            assert_eq!(read(&[value]), Ok(expected.to_string()));
        }
        let refused: [(&[&[u8]], &str); 7] = [
            (&[], "has no header"),
            (&[b"ada", b"eve"], "more than once"),
            (&[b"  "], "is empty"),
            (&[long.as_bytes()], "longer than 300 characters"),
            (&[b"ada\teve"], "cannot be shown"),
            (&["ada\u{202e}eve".as_bytes()], "cannot be shown"),
            (&[b"ad\xe4"], "is not UTF-8"),
        ];
        for (values, reason) in refused {
            let said = read(values).expect_err("it is refused");
            assert!(said.contains(reason), "{said}");
        }
    }
}
