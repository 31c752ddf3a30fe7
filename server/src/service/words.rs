//! Sentences for journal entries and settings, as the log of a migration shows them.

use super::job_words::ended;
use model::encryption::DefaultEncryption;
use model::format::{counted, grouped};
use model::jobs::Manifest;
use model::migration::{Entry, FailedObject, Recorded, Setting};
use model::scenario::percent_text;

/// A default encryption in words.
pub(super) fn default_encryption(setting: Option<&DefaultEncryption>) -> String {
    let Some(setting) = setting else {
        return "never configured (SSE-S3)".to_string();
    };
    let key = setting
        .key
        .as_deref()
        .map_or_else(String::new, |key| format!(" under {key}"));
    let bucket_key = if setting.bucket_key {
        ", with a Bucket Key"
    } else {
        ""
    };
    let blocked = if setting.blocked.is_empty() {
        String::new()
    } else {
        format!(", blocking {}", setting.blocked.join(" and "))
    };
    format!("{}{key}{bucket_key}{blocked}", setting.status)
}

/// A journal entry in a sentence; none for those that are too many to list.
pub(super) fn sentence(recorded: &Recorded) -> Option<String> {
    Some(match &recorded.entry {
        Entry::Confirmed { by, .. } => format!("Confirmed by {by}."),
        Entry::RunnerStarted { epoch, caller } => started(*epoch, caller.as_deref()),
        Entry::DefaultEncryptionIntended {
            bucket,
            previous,
            wanted,
        } => format!(
            "{bucket}: default encryption changes from {} to {}.",
            default_encryption(previous.as_ref()),
            default_encryption(Some(wanted))
        ),
        Entry::DefaultEncryptionSet { bucket } => format!("{bucket}: default encryption is set."),
        Entry::MethodProved { bucket, evidence, .. } => format!("{bucket}: {evidence}"),
        Entry::CanaryPassed { bucket, evidence, .. } => format!("{bucket}: canaries: {evidence}"),
        Entry::ManifestIntended { location, .. } => format!("Writing the list of a job to {location}."),
        Entry::JobIntended { bucket, manifest, .. } => format!("{bucket}: {}", job_words(manifest)),
        Entry::JobCreated { bucket, id } => format!("{bucket}: S3 Batch Operations made job {id}."),
        Entry::JobEnded { bucket, result } => format!("{bucket}: the job ended as {}.", ended(result)),
        Entry::BatchIntended { .. } => return None,
        Entry::BatchDone { failures, .. } if failures.is_empty() => return None,
        Entry::BatchDone { failures, .. } => failed(failures),
        Entry::PauseRequested { by } => format!("{by} asked for a pause."),
        Entry::Paused => "Paused.".to_string(),
        Entry::Resumed { by } => format!("{by} resumed it."),
        Entry::CancelRequested { by } => format!("{by} cancelled it."),
        Entry::Cancelled => "Cancelled. What was converted stays converted.".to_string(),
        Entry::Stopped { reason } => format!("Stopped: {reason}"),
        Entry::VerificationStarted => "Reading objects back.".to_string(),
        // How many there are in the end is said when the bucket is through.
        Entry::ExceptionsFound { first: 1.., .. } => return None,
        Entry::ExceptionsFound { bucket, objects, .. } => {
            let found = objects.first().map_or("", |object| object.message.as_str());
            format!("{bucket}: objects read back differently, the first with: {found}")
        }
        Entry::BucketVerified { bucket, result } => {
            format!(
                "{bucket}: {} of {} read back as asked for.",
                grouped(result.met),
                counted(result.checked, "object")
            )
        }
        Entry::Succeeded => "Done: nothing failed, and what was read back is as planned.".to_string(),
        Entry::SucceededWithExceptions => "Done, with exceptions.".to_string(),
        Entry::RetryRequested { by, read_back } => retried(by, *read_back),
        Entry::SettingRequested { by, setting } => format!("{by} asked to {}.", asked(*setting)),
        Entry::SettingIntended { bucket, setting, .. } => format!("{bucket}: about to {}.", asked(*setting)),
        Entry::SettingChanged {
            bucket,
            setting,
            evidence,
        } => format!("{bucket}: {} {evidence}", changed(*setting)),
        Entry::SettingRefused {
            bucket,
            setting,
            reason,
            ..
        } => format!("{bucket}: refused to {}: {reason}.", asked(*setting)),
        Entry::ShareChanged { by, share } => {
            format!(
                "{by} changed the share of headroom to {} %.",
                percent_text(*share)
            )
        }
    })
}

/// A runner that begins.
fn started(epoch: u64, caller: Option<&str>) -> String {
    let what = match epoch {
        1 => "Started",
        _ => "Taken up again where the journal ended",
    };
    match caller {
        Some(caller) => format!("{what}, as {caller}."),
        None => format!("{what}."),
    }
}

/// Failures of a batch.
fn failed(failures: &[FailedObject]) -> String {
    let first = failures.first().map_or("", |failure| failure.message.as_str());
    format!(
        "{} failed, the first with: {first}",
        counted(failures.len() as u64, "object")
    )
}

fn retried(by: &str, read_back: bool) -> String {
    let what = if read_back {
        "what failed or read back differently"
    } else {
        "the failed objects"
    };
    format!("{by} asked to try {what} again.")
}

/// What a job works on.
fn job_words(manifest: &Manifest) -> String {
    match manifest {
        Manifest::Written {
            bucket, key, objects, ..
        } => format!(
            "asking S3 Batch Operations to update the {} in s3://{bucket}/{key}.",
            counted(*objects, "object")
        ),
        Manifest::Inventory { bucket, key, .. } => {
            format!("asking S3 Batch Operations to update every object of s3://{bucket}/{key}.")
        }
        Manifest::Generated => {
            "asking S3 Batch Operations to list and update the objects under SSE-S3.".to_string()
        }
    }
}

/// What a change of a setting does.
const fn asked(setting: Setting) -> &'static str {
    match setting {
        Setting::Enforcement => "hold uploads to the key by the bucket policy",
        Setting::EnforcementReleased => "take the bucket policy back",
        Setting::DefaultRestored => "put the default encryption back",
        Setting::KeyDeletion => "have the key deleted",
        Setting::KeyKept => "keep the key after all",
    }
}

/// That it was done.
const fn changed(setting: Setting) -> &'static str {
    match setting {
        Setting::Enforcement => "uploads are held to the key.",
        Setting::EnforcementReleased => "uploads are not held to the key any more.",
        Setting::DefaultRestored => "the default encryption is put back.",
        Setting::KeyDeletion => "the key is on its way to be deleted.",
        Setting::KeyKept => "the key stays.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::migration::FailureCause;
    use model::quantity::Bytes;
    use model::time::UnixMillis;

    #[test]
    fn exceptions_that_are_named_on_the_way_are_one_line_of_the_log() {
        let line = |first| {
            let object = FailedObject {
                key: "a".to_string(),
                version_id: None,
                noncurrent: false,
                size: Bytes(1),
                cause: FailureCause::NotAsAsked,
                message: "It reads back under SSE-S3.".to_string(),
                line: None,
            };
            sentence(&Recorded {
                seq: 1,
                at: UnixMillis(0),
                entry: Entry::ExceptionsFound {
                    bucket: "alpha".to_string(),
                    first,
                    objects: vec![object],
                },
            })
        };
        let told = line(0).expect("a line");
        assert!(told.contains("alpha") && told.contains("under SSE-S3"), "{told}");
        assert_eq!(line(100), None);
    }
}
