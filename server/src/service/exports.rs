//! What a plan sets, for those who keep their settings in code: the commands that Rekey's steps amount to, and Terraform
//! for what stays. Shown on the review; nothing reads them back.

use model::method::Method;
use model::plan::Plan;
use model::policy::enforced;
use std::fmt::Write as _;

/// The plan by command line, for one bucket and one object: what Rekey does for each.
pub(super) fn commands(plan: &Plan) -> Vec<String> {
    let mut commands = Vec::new();
    for bucket in &plan.buckets {
        let (name, key, on) = (&bucket.bucket, &bucket.target.key, bucket.target.bucket_key);
        commands.push(format!(
            "aws s3api put-bucket-encryption --bucket {name} --server-side-encryption-configuration '{{\"Rules\":[{{\"ApplyServerSideEncryptionByDefault\":{{\"SSEAlgorithm\":\"aws:kms\",\"KMSMasterKeyID\":\"{key}\"}},\"BucketKeyEnabled\":{on}}}]}}'"
        ));
        let uses = |method| bucket.lines.iter().any(|line| line.method == method);
        if uses(Method::UpdateObjectEncryption) {
            commands.push(format!(
                "aws s3api update-object-encryption --bucket {name} --key KEY --object-encryption '{{\"SSEKMS\":{{\"KMSKeyArn\":\"{key}\",\"BucketKeyEnabled\":{on}}}}}'"
            ));
        }
        if uses(Method::CopyObject) {
            let flag = if on {
                "--bucket-key-enabled"
            } else {
                "--no-bucket-key-enabled"
            };
            commands.push(format!(
                "aws s3api copy-object --bucket {name} --key KEY --copy-source {name}/KEY --copy-source-if-match ETAG --storage-class CLASS --metadata-directive COPY --tagging-directive COPY --server-side-encryption aws:kms --ssekms-key-id {key} {flag}"
            ));
        }
        if let Ok(policy) = enforced(None, name, key) {
            commands.push(format!(
                "# after the run, merged into the policy that is there: aws s3api put-bucket-policy --bucket {name} --policy '{policy}'"
            ));
        }
    }
    commands
}

/// The lasting settings as Terraform: the default encryption of each bucket. Without it the next run of a configuration
/// that says otherwise would undo the change.
pub(super) fn terraform(plan: &Plan) -> String {
    let mut text = String::new();
    for bucket in &plan.buckets {
        let (name, key, on) = (&bucket.bucket, &bucket.target.key, bucket.target.bucket_key);
        let label: String = name
            .chars()
            .map(|letter| {
                if letter.is_ascii_alphanumeric() {
                    letter
                } else {
                    '_'
                }
            })
            .collect();
        // Writing into a text cannot fail.
        let _ = writeln!(
            text,
            "resource \"aws_s3_bucket_server_side_encryption_configuration\" \"{label}\" {{\n  bucket = \"{name}\"\n\n  rule {{\n    bucket_key_enabled = {on}\n\n    apply_server_side_encryption_by_default {{\n      sse_algorithm     = \"aws:kms\"\n      kms_master_key_id = \"{key}\"\n    }}\n  }}\n}}\n"
        );
    }
    text
}
