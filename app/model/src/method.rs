//! How an object is converted, or why it is left alone: one decision for the plan, which counts groups, and for the
//! runner, which works object by object. Facts: Amazon S3 API Reference, `UpdateObjectEncryption` and `CopyObject`
//! (botocore model of 2026-11-17), S3 User Guide `update-sse-encryption` (2026-04).

use crate::inventory::{BucketKeyStatus, EncryptionStatus, StorageClass};
use crate::line_choices::{LineChoice, LineChoices, LineKey};
use crate::row::ObjectRow;
use serde::{Deserialize, Serialize};

/// An operation that converts an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Method {
    /// `UpdateObjectEncryption`: re-encrypts the data key; no data moves, nothing else changes.
    UpdateObjectEncryption,
    /// `CopyObject` onto itself; `UploadPartCopy` above 5 GiB.
    CopyObject,
}

impl Method {
    /// Both.
    pub const ALL: [Self; 2] = [Self::UpdateObjectEncryption, Self::CopyObject];

    /// Name of the S3 operation.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::UpdateObjectEncryption => "UpdateObjectEncryption",
            Self::CopyObject => "CopyObject",
        }
    }
}

/// Which methods a plan may use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MethodChoice {
    /// The update where it is admissible, a copy elsewhere.
    #[default]
    Automatic,
    /// Copies only: for servers that do not know the update.
    CopyOnly,
    /// Updates only: what would need a copy is left out.
    UpdateOnly,
}

/// Why an object is not touched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LeftOut {
    /// A delete marker has no data.
    DeleteMarker,
    /// SSE-C: only its owner has the key.
    CustomerKey,
    /// Object Lock retention or legal hold.
    Locked,
    /// Archived, and its method reads data.
    NeedsRestore,
    /// A noncurrent version whose method would make it the current one.
    NoncurrentCopy,
    /// A noncurrent version, and the plan leaves those alone.
    NoncurrentByChoice,
    /// DSSE-KMS is the stronger form; the update refuses it and a copy would weaken it.
    DualLayer,
    /// Its only admissible method is excluded by the plan.
    MethodExcluded,
    /// The inventory does not say how it is encrypted, or knows a class that this version does not.
    UnknownState,
    /// Under SSE-KMS already, and the plan does not re-key such objects.
    AlreadyKms,
    /// The update was chosen, which S3 refuses for objects that are not encrypted.
    UpdateRefuses,
    /// The operator chose to leave its line out.
    ByChoice,
}

impl LeftOut {
    /// Why, in a sentence.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::DeleteMarker => "Delete markers hold no data, so there is nothing to encrypt.",
            Self::CustomerKey => "Encrypted with a customer-provided key (SSE-C) that only its owner has.",
            Self::Locked => "Under Object Lock retention or legal hold: S3 refuses the change.",
            Self::NeedsRestore => "Archived and needing a copy: it must be restored first.",
            Self::NoncurrentCopy => "A copy of a noncurrent version would become the current version.",
            Self::NoncurrentByChoice => "Noncurrent versions are left as they are by this plan.",
            Self::DualLayer => "Under DSSE-KMS, which is stronger than SSE-KMS and cannot be updated.",
            Self::MethodExcluded => "The only method that could convert it is excluded by this plan.",
            Self::UnknownState => "The inventory does not say how it is encrypted or which class it has.",
            Self::AlreadyKms => "Already under SSE-KMS; the inventory does not say under which key.",
            Self::UpdateRefuses => "Not encrypted by S3: UpdateObjectEncryption refuses such objects.",
            Self::ByChoice => {
                "Left out by choice: the plan converts no objects of this class and encryption."
            }
        }
    }

    /// What would have to happen first.
    #[must_use]
    pub const fn remedy(self) -> &'static str {
        match self {
            Self::DeleteMarker | Self::DualLayer => "Nothing to do.",
            Self::CustomerKey => "Its owner copies it with the customer key and the new KMS key.",
            Self::Locked => {
                "Wait for the retention to end; governance mode and legal holds can be lifted by an authorised user."
            }
            Self::NeedsRestore => {
                "Restore it, then plan again. What is under SSE-S3 needs neither with UpdateObjectEncryption, which refuses what is not encrypted."
            }
            Self::NoncurrentCopy => {
                "Let lifecycle expire it. UpdateObjectEncryption works on the version itself where it is under SSE-S3, and refuses what is not encrypted."
            }
            Self::NoncurrentByChoice => "Include noncurrent versions in the plan.",
            Self::MethodExcluded => "Allow the other method in the plan.",
            Self::UnknownState => "Import an inventory with the encryption status and storage class columns.",
            Self::AlreadyKms => "Allow re-keying in the plan to move it under the chosen key.",
            Self::UpdateRefuses => "Choose CopyObject for them.",
            Self::ByChoice => "Plan again with a method for them.",
        }
    }
}

/// What a plan allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MethodRules {
    /// Methods to use.
    pub choice: MethodChoice,
    /// Whether noncurrent versions are converted.
    pub noncurrent: bool,
    /// Whether objects already under SSE-KMS are put under the plan's key.
    pub rekey: bool,
    /// What was chosen for single lines, which goes before the general choice.
    #[serde(default, skip_serializing_if = "LineChoices::is_empty")]
    pub lines: LineChoices,
}

/// What decides the method of an object or of a group of like objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Whether it is a delete marker.
    pub delete_marker: bool,
    /// Whether it is the current version.
    pub current: bool,
    /// Storage class.
    pub storage_class: StorageClass,
    /// Encryption now.
    pub encryption_status: EncryptionStatus,
    /// Bucket-key status now.
    pub bucket_key_status: BucketKeyStatus,
    /// Whether Object Lock holds it.
    pub locked: bool,
}

impl From<&ObjectRow> for Candidate {
    fn from(row: &ObjectRow) -> Self {
        Self {
            delete_marker: row.delete_marker,
            current: row.current,
            storage_class: row.storage_class,
            encryption_status: row.encryption_status,
            bucket_key_status: row.bucket_key_status,
            locked: row.locked,
        }
    }
}

/// The method for a candidate, or why there is none.
///
/// # Errors
/// The reason for which the object is left out.
pub fn choose(candidate: Candidate, rules: MethodRules) -> Result<Method, LeftOut> {
    if candidate.delete_marker {
        return Err(LeftOut::DeleteMarker);
    }
    if !candidate.current && !rules.noncurrent {
        return Err(LeftOut::NoncurrentByChoice);
    }
    let wanted = match candidate.encryption_status {
        EncryptionStatus::SseS3 => Method::UpdateObjectEncryption,
        EncryptionStatus::SseKms if rules.rekey => Method::UpdateObjectEncryption,
        EncryptionStatus::SseKms => return Err(LeftOut::AlreadyKms),
        EncryptionStatus::NotSse => Method::CopyObject,
        EncryptionStatus::SseC => return Err(LeftOut::CustomerKey),
        EncryptionStatus::DsseKms => return Err(LeftOut::DualLayer),
        EncryptionStatus::Unknown => return Err(LeftOut::UnknownState),
    };
    if candidate.locked {
        return Err(LeftOut::Locked);
    }
    let method = match (rules.lines.of(LineKey::of(&candidate)), wanted) {
        (Some(LineChoice::Leave), _) => return Err(LeftOut::ByChoice),
        (Some(LineChoice::Copy), _) => Method::CopyObject,
        // What the update refuses it refuses whoever chose it.
        (Some(LineChoice::Update), Method::CopyObject) => return Err(LeftOut::UpdateRefuses),
        (Some(LineChoice::Update), method) => method,
        (None, wanted) => by_rule(wanted, rules.choice)?,
    };
    if method == Method::CopyObject {
        if !candidate.current {
            return Err(LeftOut::NoncurrentCopy);
        }
        if candidate.storage_class.needs_restore() {
            return Err(LeftOut::NeedsRestore);
        }
        // A copy must name the class, or the object becomes STANDARD.
        if candidate.storage_class == StorageClass::Unknown {
            return Err(LeftOut::UnknownState);
        }
    }
    Ok(method)
}

/// The method of a line for which nothing was chosen.
const fn by_rule(wanted: Method, choice: MethodChoice) -> Result<Method, LeftOut> {
    match (wanted, choice) {
        (Method::CopyObject, MethodChoice::UpdateOnly) => Err(LeftOut::MethodExcluded),
        (_, MethodChoice::CopyOnly) => Ok(Method::CopyObject),
        (method, _) => Ok(method),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use EncryptionStatus as E;

    const RULES: MethodRules = MethodRules {
        choice: MethodChoice::Automatic,
        noncurrent: true,
        rekey: true,
        lines: LineChoices::NONE,
    };

    fn candidate(encryption_status: E) -> Candidate {
        Candidate {
            delete_marker: false,
            current: true,
            storage_class: StorageClass::Standard,
            encryption_status,
            bucket_key_status: BucketKeyStatus::Disabled,
            locked: false,
        }
    }

    #[test]
    fn each_encryption_has_its_method() {
        for (status, expected) in [
            (E::SseS3, Ok(Method::UpdateObjectEncryption)),
            (E::SseKms, Ok(Method::UpdateObjectEncryption)),
            (E::NotSse, Ok(Method::CopyObject)),
            (E::SseC, Err(LeftOut::CustomerKey)),
            (E::DsseKms, Err(LeftOut::DualLayer)),
            (E::Unknown, Err(LeftOut::UnknownState)),
        ] {
            assert_eq!(choose(candidate(status), RULES), expected, "{status}");
        }
    }

    #[test]
    fn obstacles_of_the_copy_are_none_of_the_update() {
        let archived = |status| Candidate {
            storage_class: StorageClass::DeepArchive,
            ..candidate(status)
        };
        let noncurrent = |status| Candidate {
            current: false,
            ..candidate(status)
        };
        assert_eq!(
            choose(archived(E::SseS3), RULES),
            Ok(Method::UpdateObjectEncryption)
        );
        assert_eq!(choose(archived(E::NotSse), RULES), Err(LeftOut::NeedsRestore));
        assert_eq!(
            choose(noncurrent(E::SseS3), RULES),
            Ok(Method::UpdateObjectEncryption)
        );
        assert_eq!(choose(noncurrent(E::NotSse), RULES), Err(LeftOut::NoncurrentCopy));
    }

    #[test]
    fn locks_markers_and_choices_leave_objects_alone() {
        let locked = Candidate {
            locked: true,
            ..candidate(E::SseS3)
        };
        assert_eq!(choose(locked, RULES), Err(LeftOut::Locked));
        let marker = Candidate {
            delete_marker: true,
            ..candidate(E::Unknown)
        };
        assert_eq!(choose(marker, RULES), Err(LeftOut::DeleteMarker));
        let copy_only = MethodRules {
            choice: MethodChoice::CopyOnly,
            ..RULES
        };
        assert_eq!(choose(candidate(E::SseS3), copy_only), Ok(Method::CopyObject));
        let update_only = MethodRules {
            choice: MethodChoice::UpdateOnly,
            ..RULES
        };
        assert_eq!(
            choose(candidate(E::NotSse), update_only),
            Err(LeftOut::MethodExcluded)
        );
        let keep = MethodRules {
            noncurrent: false,
            rekey: false,
            ..RULES
        };
        assert_eq!(choose(candidate(E::SseKms), keep), Err(LeftOut::AlreadyKms));
        assert_eq!(
            choose(
                Candidate {
                    current: false,
                    ..candidate(E::SseS3)
                },
                keep
            ),
            Err(LeftOut::NoncurrentByChoice)
        );
    }

    #[test]
    fn a_choice_for_a_line_goes_before_the_general_one_and_stops_where_s3_refuses() {
        use StorageClass as C;
        let choose_for = |class, status, current, choice, general| {
            let candidate = Candidate {
                current,
                storage_class: class,
                ..candidate(status)
            };
            let rules = MethodRules {
                choice: general,
                lines: LineChoices::NONE.with(LineKey::of(&candidate), Some(choice)),
                ..RULES
            };
            choose(candidate, rules)
        };
        let (update, copy) = (Ok(Method::UpdateObjectEncryption), Ok(Method::CopyObject));
        let (automatic, copies, updates) = (
            MethodChoice::Automatic,
            MethodChoice::CopyOnly,
            MethodChoice::UpdateOnly,
        );
        for (class, status, current, choice, general, expected) in [
            (C::Standard, E::SseS3, true, LineChoice::Copy, automatic, copy),
            (C::Standard, E::SseS3, true, LineChoice::Update, copies, update),
            (C::Standard, E::NotSse, true, LineChoice::Copy, updates, copy),
            (C::GlacierIr, E::SseS3, true, LineChoice::Copy, automatic, copy),
            (
                C::Standard,
                E::SseS3,
                true,
                LineChoice::Leave,
                automatic,
                Err(LeftOut::ByChoice),
            ),
            (
                C::Standard,
                E::SseKms,
                true,
                LineChoice::Leave,
                automatic,
                Err(LeftOut::ByChoice),
            ),
            (
                C::Standard,
                E::NotSse,
                true,
                LineChoice::Update,
                automatic,
                Err(LeftOut::UpdateRefuses),
            ),
            (
                C::DeepArchive,
                E::SseS3,
                true,
                LineChoice::Copy,
                automatic,
                Err(LeftOut::NeedsRestore),
            ),
            (
                C::Standard,
                E::SseS3,
                false,
                LineChoice::Copy,
                automatic,
                Err(LeftOut::NoncurrentCopy),
            ),
            (
                C::Unknown,
                E::SseS3,
                true,
                LineChoice::Copy,
                automatic,
                Err(LeftOut::UnknownState),
            ),
            (
                C::Standard,
                E::SseC,
                true,
                LineChoice::Copy,
                automatic,
                Err(LeftOut::CustomerKey),
            ),
            (
                C::Standard,
                E::DsseKms,
                true,
                LineChoice::Copy,
                automatic,
                Err(LeftOut::DualLayer),
            ),
            (
                C::Standard,
                E::Unknown,
                true,
                LineChoice::Update,
                automatic,
                Err(LeftOut::UnknownState),
            ),
        ] {
            let chosen = choose_for(class, status, current, choice, general);
            assert_eq!(chosen, expected, "{class} {status} {current} {choice:?}");
        }
        let other = MethodRules {
            lines: LineChoices::NONE.with(LineKey::of(&candidate(E::NotSse)), Some(LineChoice::Leave)),
            ..RULES
        };
        assert_eq!(
            choose(candidate(E::SseS3), other),
            update,
            "other lines are as before"
        );
    }

    #[test]
    fn rules_without_choices_read_and_write_as_before() {
        let stored = r#"{"choice":"automatic","noncurrent":true,"rekey":true}"#;
        let rules: MethodRules = serde_json::from_str(stored).expect("rules of an earlier version");
        assert_eq!(rules, RULES);
        assert_eq!(serde_json::to_string(&rules).expect("JSON"), stored);
    }
}
