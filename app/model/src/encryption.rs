//! The encryption a migration aims at, and the default encryption of a bucket. Journaled, planned with, and handed to
//! `cloud`.

use crate::inventory::{EncryptionStatus, Region};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The full ARN of a KMS key: `arn:aws:kms:eu-west-2:111122223333:key/0b1c2d3e-…`. Never an alias, which S3 resolves in
/// the requester's account, and never a bare key id, which `UpdateObjectEncryption` refuses.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct KeyArn {
    text: String,
}

/// Why a text is not the ARN of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyArnError {
    /// It is an alias or the ARN of one.
    Alias,
    /// It is a key id without the ARN around it.
    BareId,
    /// It is something else.
    NotAnArn,
}

impl fmt::Display for KeyArnError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::Alias => {
                "this is an alias, which S3 would look up in each requester's own account: give the key's full ARN, `arn:aws:kms:REGION:ACCOUNT:key/ID`"
            }
            Self::BareId => {
                "this is a key id alone: give the key's full ARN, `arn:aws:kms:REGION:ACCOUNT:key/ID`"
            }
            Self::NotAnArn => {
                "this is not the ARN of a KMS key: it has the form `arn:aws:kms:REGION:ACCOUNT:key/ID`"
            }
        };
        formatter.write_str(text)
    }
}

impl std::error::Error for KeyArnError {}

impl KeyArn {
    /// Reads a full key ARN.
    ///
    /// # Errors
    /// When the text is an alias, a bare id or no ARN at all; the message says what to give instead.
    pub fn parse(text: &str) -> Result<Self, KeyArnError> {
        let text = text.trim();
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        match parts.as_slice() {
            ["arn", partition, "kms", region, account, resource] => {
                if resource.starts_with("alias/") {
                    return Err(KeyArnError::Alias);
                }
                let id = resource.strip_prefix("key/").ok_or(KeyArnError::NotAnArn)?;
                let fits = partition.starts_with("aws")
                    && Region::parse(region).is_some()
                    && account.len() == 12
                    && account.bytes().all(|byte| byte.is_ascii_digit())
                    && !id.is_empty()
                    && id
                        .bytes()
                        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
                if fits {
                    Ok(Self {
                        text: text.to_string(),
                    })
                } else {
                    Err(KeyArnError::NotAnArn)
                }
            }
            _ if text.starts_with("alias/") => Err(KeyArnError::Alias),
            _ if text.len() == 36 && text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-') => {
                Err(KeyArnError::BareId)
            }
            _ => Err(KeyArnError::NotAnArn),
        }
    }

    /// The ARN.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The Region it lives in.
    #[must_use]
    pub fn region(&self) -> Region {
        Region(self.text.split(':').nth(3).unwrap_or_default().to_string())
    }

    /// The account that owns it.
    #[must_use]
    pub fn account(&self) -> &str {
        self.text.split(':').nth(4).unwrap_or_default()
    }

    /// The id after `key/`.
    #[must_use]
    pub fn id(&self) -> &str {
        self.text.rsplit('/').next().unwrap_or_default()
    }
}

impl TryFrom<String> for KeyArn {
    type Error = KeyArnError;
    fn try_from(text: String) -> Result<Self, KeyArnError> {
        Self::parse(&text)
    }
}

impl From<KeyArn> for String {
    fn from(arn: KeyArn) -> Self {
        arn.text
    }
}

impl fmt::Display for KeyArn {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

/// What every object of a plan ends under.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetEncryption {
    /// Key.
    pub key: KeyArn,
    /// Whether objects use an S3 Bucket Key. S3's own default is false, so it is always sent.
    pub bucket_key: bool,
}

/// How one object is encrypted now, as `HeadObject` tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectEncryption {
    /// Kind of encryption.
    pub status: EncryptionStatus,
    /// Key, when a KMS key is used and the answer names it.
    pub key: Option<String>,
    /// Whether a bucket key is used.
    pub bucket_key: bool,
}

impl ObjectEncryption {
    /// Whether S3 calls KMS to read it.
    #[must_use]
    pub const fn is_under_kms(&self) -> bool {
        matches!(self.status, EncryptionStatus::SseKms | EncryptionStatus::DsseKms)
    }

    /// Whether the object is where the plan wants it. The bucket key is compared only where the server reports it at
    /// all (`bucket_key_reported`), since some S3 look-alikes never do.
    #[must_use]
    pub fn meets(&self, target: &TargetEncryption, bucket_key_reported: bool) -> bool {
        self.status == EncryptionStatus::SseKms
            && self.key.as_deref() == Some(target.key.as_str())
            && (!bucket_key_reported || self.bucket_key == target.bucket_key)
    }
}

/// Default encryption of a bucket: the whole rule, because `PutBucketEncryption` replaces the whole rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DefaultEncryption {
    /// SSE-S3, SSE-KMS or DSSE-KMS.
    pub status: EncryptionStatus,
    /// Key, when one is named.
    pub key: Option<String>,
    /// Whether new objects use a bucket key.
    pub bucket_key: bool,
    /// Encryption types that uploads may not ask for (`SSE-C`, or `NONE`); carried over when the default changes.
    pub blocked: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_full_key_arns_pass() {
        let arn =
            KeyArn::parse(" arn:aws:kms:eu-west-2:111122223333:key/0b1c2d3e-1111-4222-8333-444455556666 ");
        let arn = arn.expect("a full ARN");
        assert_eq!(arn.region().0, "eu-west-2");
        assert_eq!(arn.account(), "111122223333");
        assert_eq!(arn.id(), "0b1c2d3e-1111-4222-8333-444455556666");
        for (text, error) in [
            ("alias/aws/s3", KeyArnError::Alias),
            ("arn:aws:kms:eu-west-2:111122223333:alias/x", KeyArnError::Alias),
            ("0b1c2d3e-1111-4222-8333-444455556666", KeyArnError::BareId),
            ("arn:aws:s3:::bucket", KeyArnError::NotAnArn),
            ("arn:aws:kms:eu-west-2:1111:key/x", KeyArnError::NotAnArn),
            ("", KeyArnError::NotAnArn),
        ] {
            assert_eq!(KeyArn::parse(text), Err(error), "{text}");
        }
    }
}
