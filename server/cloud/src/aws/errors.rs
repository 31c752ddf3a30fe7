//! What an error of the SDK means: the only place that knows status codes and error codes. Sources: Amazon S3 API
//! Reference, error responses (2026-04); AWS KMS Developer Guide, throttling (2026-09). S3 documents no code for a KMS
//! throttle: a public log of 2024-01-29 (aws-samples/cql-replicator issue 92) has `SlowDown` with "AWS KMS" in its text.

use crate::error::{CloudError, Fault, Throttler};
use crate::remedy::UNSIGNED;
use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::error::{ConnectorError, ProvideErrorMetadata, SdkError};
use std::error::Error;
use std::io;

/// Characters of an error's text that are shown.
const TEXT_MAX: usize = 300;

/// Turns an error of the SDK into ours.
pub(super) fn cloud_error<E>(
    operation: &'static str,
    target: impl Into<String>,
    error: SdkError<E, HttpResponse>,
) -> CloudError
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    let header = |name| {
        error
            .raw_response()
            .and_then(|raw| raw.headers().get(name))
            .map(ToString::to_string)
    };
    let request_id = header("x-amz-request-id").or_else(|| header("x-amzn-requestid"));
    let (fault, message) = match &error {
        SdkError::ServiceError(service) => {
            let status = service.raw().status().as_u16();
            let code = service.err().code().unwrap_or_default();
            let text = service.err().message().unwrap_or_default();
            if code.is_empty() && service.raw().status().is_success() {
                // Neither an answer nor an error: whether the request had its effect is not known.
                let message = format!("the answer cannot be read: {}", in_words(&error));
                return CloudError {
                    fault: Fault::Unanswered,
                    operation,
                    target: target.into(),
                    message,
                    request_id,
                };
            }
            (fault(status, code, text), said(status, code, text))
        }
        SdkError::DispatchFailure(failure) => undelivered(failure.as_connector_error(), &error),
        SdkError::ConstructionFailure(_) => (Fault::Refused, in_words(&error)),
        _ => (Fault::Unanswered, in_words(&error)),
    };
    CloudError {
        fault,
        operation,
        target: target.into(),
        message,
        request_id,
    }
}

/// The words of an answer; answers to `HEAD` have none but the status.
fn said(status: u16, code: &str, text: &str) -> String {
    match (code, text) {
        ("", "") => format!("HTTP status {status} without an explanation"),
        ("", text) => text.to_string(),
        (code, "") => format!("{code} (HTTP status {status})"),
        (code, text) => format!("{code}: {text}"),
    }
}

/// The meaning of an error answer. A status of 200 is an error found inside a 200.
pub(crate) fn fault(status: u16, code: &str, text: &str) -> Fault {
    let kms = code.starts_with("KMS.");
    match code {
        "SlowDown"
        | "ServiceUnavailable"
        | "Throttling"
        | "RequestLimitExceeded"
        | "TooManyRequests"
        | "TooManyRequestsException" => throttled(text),
        // KMS itself, asked about keys.
        "ThrottlingException" | "LimitExceededException" => Fault::Throttled(Throttler::Kms),
        // The services that speak JSON send what HTTP has a status for as a 400.
        "AccessDeniedException" => Fault::AccessDenied,
        "NoSuchResourceException" => Fault::NotFound,
        _ if kms && code.contains("Throttl") => Fault::Throttled(Throttler::Kms),
        _ if kms && code.contains("AccessDenied") => Fault::AccessDenied,
        // KMS could not just then; the key is not at fault.
        "KMSInternalException" | "DependencyTimeoutException" | "KeyUnavailableException" => Fault::Transient,
        _ if kms
            && (code.contains("Internal") || code.contains("Timeout") || code.contains("KeyUnavailable")) =>
        {
            Fault::Transient
        }
        "DisabledException" | "KMSInvalidStateException" | "InvalidKeyUsageException" => Fault::KeyUnusable,
        _ if kms => Fault::KeyUnusable,
        // moto's own word for InvalidObjectState.
        "InvalidObjectState" | "ObjectNotInActiveTierError" => Fault::NeedsRestore,
        "PreconditionFailed" | "ConditionalRequestConflict" | "OperationAborted" => Fault::Changed,
        "NoSuchKey" | "NoSuchBucket" | "NoSuchVersion" | "NoSuchUpload" | "NotFound"
        | "NotFoundException" => Fault::NotFound,
        "NotImplemented" => Fault::NotSupported,
        "InternalError" | "RequestTimeout" => Fault::Transient,
        "ExpiredToken" | "ExpiredTokenException" | "InvalidToken" | "TokenRefreshRequired" => {
            Fault::AccessDenied
        }
        "AccessDenied" if names_object_lock(text) => Fault::Locked,
        // Also inside an answer that began well, whose status says nothing.
        "AccessDenied" | "AllAccessDisabled" | "AccountProblem" => Fault::AccessDenied,
        "InvalidRequest" | "InvalidArgument" | "InvalidTag" | "MethodNotAllowed" | "EntityTooLarge" => {
            Fault::Refused
        }
        _ => by_status(status, text),
    }
}

fn by_status(status: u16, text: &str) -> Fault {
    match status {
        // Found inside an answer that began well, and no code that is known above.
        200..=299 | 500 | 502 | 504 | 505.. => Fault::Transient,
        401 | 403 => Fault::AccessDenied,
        404 => Fault::NotFound,
        409 | 412 => Fault::Changed,
        429 | 503 => throttled(text),
        501 => Fault::NotSupported,
        _ => Fault::Refused,
    }
}

fn throttled(text: &str) -> Fault {
    Fault::Throttled(if text.contains("KMS") {
        Throttler::Kms
    } else {
        Throttler::S3
    })
}

fn names_object_lock(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    text.contains("object lock") || text.contains("worm protected")
}

/// A request that got no answer: whether it may have had an effect.
fn undelivered(connector: Option<&ConnectorError>, error: &(dyn Error + 'static)) -> (Fault, String) {
    let message = in_words(error);
    // The SDK calls "other" what failed before anything was sent: most often credentials.
    if connector.is_some_and(|connector| connector.is_other() && connector.as_other().is_none()) {
        return (Fault::AccessDenied, format!("{UNSIGNED}: {message}"));
    }
    let never_sent = chain(error).any(|cause| {
        let io = cause.downcast_ref::<io::Error>();
        io.is_some_and(|io| io.kind() == io::ErrorKind::ConnectionRefused)
            || cause.to_string().contains("dns error")
    });
    if never_sent {
        (Fault::Transient, message)
    } else {
        (Fault::Unanswered, message)
    }
}

/// An error and its causes as people read them: without what the SDK holds beside them, such as the body of the answer.
fn in_words(error: &(dyn Error + 'static)) -> String {
    let mut causes: Vec<String> = chain(error).map(ToString::to_string).collect();
    causes.dedup();
    let text = causes.join(": ");
    match text.char_indices().nth(TEXT_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |cause| Error::source(*cause))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_answer_has_its_meaning() {
        let kms_slow = "Please reduce your request rate for operations involving AWS KMS.";
        let lock = "The encryption type for the specified object can’t be updated because that object is protected by S3 Object Lock.";
        for (status, code, text, expected) in [
            (503, "SlowDown", kms_slow, Fault::Throttled(Throttler::Kms)),
            (
                503,
                "SlowDown",
                "Please reduce your request rate.",
                Fault::Throttled(Throttler::S3),
            ),
            (
                503,
                "KMS.ThrottlingException",
                "",
                Fault::Throttled(Throttler::Kms),
            ),
            (
                400,
                "ThrottlingException",
                "You have exceeded the rate",
                Fault::Throttled(Throttler::Kms),
            ),
            (503, "", "", Fault::Throttled(Throttler::S3)),
            (200, "SlowDown", kms_slow, Fault::Throttled(Throttler::Kms)),
            (
                200,
                "InternalError",
                "We encountered an internal error.",
                Fault::Transient,
            ),
            (200, "Unheard", "", Fault::Transient),
            (200, "AccessDenied", "Access Denied", Fault::AccessDenied),
            (200, "InvalidRequest", "", Fault::Refused),
            (200, "KMS.DisabledException", "", Fault::KeyUnusable),
            (500, "KMS.KMSInternalException", "", Fault::Transient),
            (503, "KMS.DependencyTimeoutException", "", Fault::Transient),
            (500, "KMS.KeyUnavailableException", "", Fault::Transient),
            (500, "InternalError", "", Fault::Transient),
            (412, "PreconditionFailed", "", Fault::Changed),
            (409, "ConditionalRequestConflict", "", Fault::Changed),
            (403, "InvalidObjectState", "", Fault::NeedsRestore),
            (403, "ObjectNotInActiveTierError", "", Fault::NeedsRestore),
            (400, "KMS.DisabledException", "", Fault::KeyUnusable),
            (400, "KMS.KMSInvalidStateException", "", Fault::KeyUnusable),
            (400, "KMS.NotFoundException", "", Fault::KeyUnusable),
            (400, "KMS.InvalidKeyUsageException", "", Fault::KeyUnusable),
            (403, "AccessDenied", "Access Denied", Fault::AccessDenied),
            (403, "AccessDenied", lock, Fault::Locked),
            (400, "AccessDeniedException", "", Fault::AccessDenied),
            (400, "NoSuchResourceException", "", Fault::NotFound),
            (
                400,
                "TooManyRequestsException",
                "",
                Fault::Throttled(Throttler::S3),
            ),
            (403, "", "", Fault::AccessDenied),
            (404, "", "", Fault::NotFound),
            (404, "NoSuchBucket", "", Fault::NotFound),
            (400, "InvalidRequest", "", Fault::Refused),
            (405, "MethodNotAllowed", "", Fault::Refused),
            (501, "NotImplemented", "", Fault::NotSupported),
        ] {
            assert_eq!(fault(status, code, text), expected, "{status} {code} {text}");
        }
    }
}
