//! What to do about an error of an account, in a sentence. For pages and commands; the engine has its own words for what
//! befalls objects.

use crate::error::{CloudError, Fault};

/// Codes of credentials that no longer hold (AWS STS and Amazon S3 API References, common errors).
const EXPIRED: [&str; 4] = [
    "ExpiredToken",
    "ExpiredTokenException",
    "TokenRefreshRequired",
    "RequestExpired",
];

/// Codes of credentials that the Region does not know: they are wrong, or the account has not enabled the Region.
const UNKNOWN: [&str; 6] = [
    "InvalidClientTokenId",
    "UnrecognizedClientException",
    "InvalidAccessKeyId",
    "InvalidToken",
    "AuthFailure",
    "SignatureDoesNotMatch",
];

/// Codes of a request that went to another Region than the bucket's.
const ELSEWHERE: [&str; 4] = [
    "PermanentRedirect",
    "AuthorizationHeaderMalformed",
    "IllegalLocationConstraintException",
    "TemporaryRedirect",
];

impl CloudError {
    /// The code that the server gave, where it gave one.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        let word = |text: &str| {
            !text.is_empty()
                && text
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'.')
        };
        let (code, _) = self
            .message
            .split_once(": ")
            .or_else(|| self.message.split_once(" ("))?;
        word(code).then_some(code)
    }

    /// Whether the request failed for its credentials, which says nothing of what it was about.
    #[must_use]
    pub fn is_of_credentials(&self) -> bool {
        let code = self.code().unwrap_or_default();
        EXPIRED.contains(&code) || UNKNOWN.contains(&code) || self.message.starts_with(UNSIGNED)
    }

    /// Whether it is the bucket that is missing, as far as the server tells: an answer to `HEAD` does not.
    #[must_use]
    pub fn is_of_bucket(&self) -> bool {
        self.fault == Fault::NotFound && self.code() == Some("NoSuchBucket")
    }

    /// What to do about it.
    #[must_use]
    pub fn remedy(&self) -> String {
        let code = self.code().unwrap_or_default();
        let text = if EXPIRED.contains(&code) {
            "The credentials have expired: sign in again (for example aws sso login), or give new ones. A running server \
             takes new ones from the profile by itself; those in its environment need a restart."
        } else if UNKNOWN.contains(&code) {
            "AWS does not accept these credentials there: they are wrong or deleted, or the account has not enabled this \
             Region. Check them with aws sts get-caller-identity, and enable the Region in the account's settings if you \
             use it."
        } else if ELSEWHERE.contains(&code) || self.message.contains("(HTTP status 301)") {
            "The bucket is in another Region than the request went to: set AWS_REGION or the endpoint to that of the \
             bucket."
        } else {
            return self.by_fault();
        };
        text.to_string()
    }

    fn by_fault(&self) -> String {
        let operation = self.operation;
        match self.fault {
            Fault::AccessDenied if self.message.starts_with(UNSIGNED) => {
                "There are no credentials: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run where a \
                 role is given."
                    .to_string()
            }
            Fault::AccessDenied if operation == "AssumeRole" => {
                "Allow sts:AssumeRole on the role to the credentials of this server, and name them in the role's trust \
                 policy: the settings page says who they are. Check that the role exists."
                    .to_string()
            }
            Fault::AccessDenied if operation == "DescribeBuckets" => {
                "Enable Amazon Macie in this Region, or allow macie2:DescribeBuckets: the settings page has the policy."
                    .to_string()
            }
            Fault::AccessDenied if operation == "GetBucketStatistics" => {
                "Allow macie2:GetBucketStatistics: the settings page has the policy.".to_string()
            }
            Fault::AccessDenied => format!(
                "Allow {operation} to these credentials: the settings page has the policy. A bucket policy, a key policy or \
                 an organisation's policy can refuse as well."
            ),
            Fault::NotFound => {
                "Check the name; a bucket of another account or at another endpoint is not seen here.".to_string()
            }
            Fault::NotSupported => "This server does not have the operation.".to_string(),
            Fault::Throttled(_) => "Too many requests for now: try again in a minute.".to_string(),
            Fault::KeyUnusable => "Enable the KMS key, or cancel its deletion.".to_string(),
            Fault::Transient | Fault::Unanswered => {
                "Check that the endpoint can be reached from this machine, and try again.".to_string()
            }
            Fault::NeedsRestore => "Restore the object first.".to_string(),
            Fault::ReadOnly => "Start the server with --allow-changes.".to_string(),
            Fault::Changed | Fault::Locked | Fault::Refused => "Read what the server says, and try again.".to_string(),
        }
    }
}

/// What begins the message of a request that could not be signed.
pub(crate) const UNSIGNED: &str = "the request could not be signed";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_that_is_refused_has_its_own_remedy() {
        let role = "arn:aws:iam::444455556666:role/rekey";
        let error = CloudError::new(
            Fault::AccessDenied,
            "AssumeRole",
            role,
            "AccessDenied: not authorized",
        );
        assert!(error.remedy().contains("trust policy"), "{}", error.remedy());
    }

    #[test]
    fn each_trouble_has_its_remedy() {
        for (fault, message, part) in [
            (
                Fault::AccessDenied,
                "ExpiredToken: The provided token has expired.",
                "have expired",
            ),
            (
                Fault::AccessDenied,
                "InvalidClientTokenId: The security token is invalid",
                "not enabled this Region",
            ),
            (
                Fault::AccessDenied,
                "the request could not be signed: no providers in chain",
                "There are no credentials",
            ),
            (
                Fault::Refused,
                "PermanentRedirect: use the specified endpoint",
                "another Region",
            ),
            (
                Fault::Refused,
                "PermanentRedirect (HTTP status 301)",
                "another Region",
            ),
            (Fault::AccessDenied, "AccessDenied: no", "Allow GetObject"),
            (Fault::NotFound, "NoSuchBucket: none", "Check the name"),
        ] {
            let error = CloudError::new(fault, "GetObject", "s3://b/k", message);
            assert!(error.remedy().contains(part), "{message}: {}", error.remedy());
        }
    }
}
