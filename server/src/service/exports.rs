//! What a plan sets, for those who keep their settings in code: the commands that Rekey's steps amount to, and Terraform
//! for what stays. Shown on the review; nothing reads them back. What a command cannot do that Rekey does is said in a
//! comment beside it.

use model::method::Method;
use model::plan::{Plan, PlanBucket};
use model::policy::enforced;
use model::preflight::BucketEvidence;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// What was read of the buckets of a plan, by name.
pub(super) type Read = BTreeMap<String, BucketEvidence>;

/// The plan by command line, for one bucket and one object: what Rekey does for each. A line that begins with `#` is a
/// comment.
pub(super) fn commands(plan: &Plan, read: &Read) -> Vec<String> {
    let of = |bucket| commands_of(bucket, read.get(&bucket.bucket));
    plan.buckets.iter().flat_map(of).collect()
}

fn commands_of(bucket: &PlanBucket, read: Option<&BucketEvidence>) -> Vec<String> {
    let (name, key) = (&bucket.bucket, &bucket.target.key);
    let mut commands = put_default(bucket, read);
    let uses = |method| bucket.lines.iter().any(|line| line.method == method);
    let versioned = read.is_some_and(|read| read.versioned == Ok(true));
    if uses(Method::UpdateObjectEncryption) {
        commands.extend(update(bucket, versioned));
    }
    if uses(Method::CopyObject) {
        commands.extend(copy(bucket, versioned));
    }
    if let Ok(policy) = enforced(None, name, key) {
        commands.push(format!(
            "# after the run, merged into the policy that is there: aws s3api put-bucket-policy --bucket {name} --policy '{policy}'"
        ));
    }
    commands
}

/// What uploads may not ask for today; why that is not known where it could not be read.
fn blocked(read: Option<&BucketEvidence>) -> Result<Vec<String>, String> {
    let unread = || "the bucket was not looked at".to_string();
    let setting = read.ok_or_else(unread)?.default_encryption.clone()?;
    Ok(setting.map(|setting| setting.blocked).unwrap_or_default())
}

fn quoted(words: &[String]) -> String {
    let words: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
    words.join(",")
}

/// The default encryption; the call replaces the whole rule, so that what else is in it is carried over.
fn put_default(bucket: &PlanBucket, read: Option<&BucketEvidence>) -> Vec<String> {
    let (name, key, on) = (&bucket.bucket, &bucket.target.key, bucket.target.bucket_key);
    let (warning, kept) = match blocked(read) {
        Ok(words) if words.is_empty() => (None, String::new()),
        Ok(words) => (
            None,
            format!(
                ",\"BlockedEncryptionTypes\":{{\"EncryptionType\":[{}]}}",
                quoted(&words)
            ),
        ),
        Err(reason) => (
            Some(format!(
                "# The rule that is there could not be read ({}): look at it with aws s3api get-bucket-encryption --bucket {name}, and add its BlockedEncryptionTypes to the next command, which replaces the whole rule.",
                reason.replace(['\n', '\r'], " ")
            )),
            String::new(),
        ),
    };
    let put = format!(
        "aws s3api put-bucket-encryption --bucket {name} --server-side-encryption-configuration '{{\"Rules\":[{{\"ApplyServerSideEncryptionByDefault\":{{\"SSEAlgorithm\":\"aws:kms\",\"KMSMasterKeyID\":\"{key}\"}},\"BucketKeyEnabled\":{on}{kept}}}]}}'"
    );
    warning.into_iter().chain([put]).collect()
}

fn update(bucket: &PlanBucket, versioned: bool) -> [String; 2] {
    let (name, key, on) = (&bucket.bucket, &bucket.target.key, bucket.target.bucket_key);
    let version = if versioned { " --version-id VERSION" } else { "" };
    [
        "# S3 has no condition for an update: Rekey proves it on one object first, and looks just before at what may have come under another key since the inventory.".to_string(),
        format!(
            "aws s3api update-object-encryption --bucket {name} --key KEY{version} --object-encryption '{{\"SSEKMS\":{{\"KMSKeyArn\":\"{key}\",\"BucketKeyEnabled\":{on}}}}}'"
        ),
    ]
}

fn copy(bucket: &PlanBucket, versioned: bool) -> [String; 4] {
    let (name, key) = (&bucket.bucket, &bucket.target.key);
    let (version, source) = if versioned {
        (" --version-id VERSION", "KEY?versionId=VERSION")
    } else {
        ("", "KEY")
    };
    let flag = if bucket.target.bucket_key {
        "--bucket-key-enabled"
    } else {
        "--no-bucket-key-enabled"
    };
    [
        format!(
            "aws s3api head-object --bucket {name} --key KEY{version} --checksum-mode ENABLED   # ETAG, CLASS and ALGORITHM of the copy"
        ),
        format!(
            "aws s3api copy-object --bucket {name} --key KEY --copy-source '{name}/{source}' --copy-source-if-match ETAG --if-match ETAG --storage-class CLASS --checksum-algorithm ALGORITHM --metadata-directive COPY --tagging-directive COPY --server-side-encryption aws:kms --ssekms-key-id {key} {flag}"
        ),
        "# The copy takes neither the ACL's grants nor a website redirect along: send them (--grant-read and others, --website-redirect-location) where head-object and get-object-acl show some. Leave objects with a retention or legal hold: a copy has none.".to_string(),
        "# Above 5 GiB it is create-multipart-upload, upload-part-copy and complete-multipart-upload with the same conditions. Rekey does all of this, tries again what is throttled, and reads each object back.".to_string(),
    ]
}

/// The lasting settings as Terraform: the default encryption of each bucket. Without it the next run of a configuration
/// that says otherwise would undo the change. `blocked_encryption_types` is known to the AWS provider from 6.22.0 on
/// (hashicorp/terraform-provider-aws, 2025-11).
pub(super) fn terraform(plan: &Plan, read: &Read) -> String {
    let mut text = String::new();
    for bucket in &plan.buckets {
        let (name, key, on) = (&bucket.bucket, &bucket.target.key, bucket.target.bucket_key);
        let letter = |letter: char| {
            if letter.is_ascii_alphanumeric() {
                letter
            } else {
                '_'
            }
        };
        let label: String = name.chars().map(letter).collect();
        let kept = match blocked(read.get(name)) {
            Ok(words) if words.is_empty() => String::new(),
            Ok(words) => format!(
                "    # AWS provider 6.22.0 or newer\n    blocked_encryption_types = [{}]\n",
                quoted(&words)
            ),
            Err(_) => "    # The rule that is there could not be read: add its blocked_encryption_types.\n"
                .to_string(),
        };
        // Writing into a text cannot fail.
        let _ = writeln!(
            text,
            "resource \"aws_s3_bucket_server_side_encryption_configuration\" \"{label}\" {{\n  bucket = \"{name}\"\n\n  rule {{\n    bucket_key_enabled = {on}\n{kept}\n    apply_server_side_encryption_by_default {{\n      sse_algorithm     = \"aws:kms\"\n      kms_master_key_id = \"{key}\"\n    }}\n  }}\n}}\n"
        );
    }
    text
}
