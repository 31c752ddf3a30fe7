//! The last step of a move: a bucket's policy that refuses uploads under another key, merged into the policy that is
//! there.
//!
//! All statements speak only of uploads that name an encryption in their headers. A plain "deny unless the header is
//! right" refuses every client that sends none and relies on the bucket's default, which is what such clients should do;
//! `StringNotLikeIfExists` does too, where S3 does not fill the condition key in from the default. With `Null: false`
//! beside the comparison neither can happen: uploads without the header take the default, which is the key.
//!
//! An upload that sends `aws:kms` and no key comes under `aws/s3`, not under the default (S3 API Reference, `PutObject`,
//! 2026-11). Whether S3 fills the condition key in with that key is not spelled out, so a statement of its own refuses it
//! where the condition key is absent. Uploads under keys of the client's own (SSE-C) are not spoken of here: the default
//! encryption blocks them, or does not.

use super::statement::{PolicyError, statements};
use crate::encryption::KeyArn;
use serde_json::{Map, Value, json};

/// Names of the statements that are ours; no others are ever changed.
pub const OUR_STATEMENTS: [&str; 3] = ["RekeyOnlyThisKey", "RekeyOnlySseKms", "RekeyKeyIsNamed"];

/// Amazon S3 API Reference, condition keys (2026-04).
const KEY_ID: &str = "s3:x-amz-server-side-encryption-aws-kms-key-id";
const ALGORITHM: &str = "s3:x-amz-server-side-encryption";

/// The policy of a bucket with the statements that hold uploads to a key; everything else in it stays as it is.
///
/// # Errors
/// When the policy that is there cannot be read.
pub fn enforced(current: Option<&str>, bucket: &str, key: &KeyArn) -> Result<String, PolicyError> {
    let mut document = match current {
        Some(text) => parse(text)?,
        None => Map::from_iter([("Version".to_string(), json!("2012-10-17"))]),
    };
    let mut kept = others(&document, current.is_none())?;
    let partition = key.as_str().split(':').nth(1).unwrap_or("aws");
    let resource = format!("arn:{partition}:s3:::{bucket}/*");
    let other_than = |condition_key: &str, value: &str| {
        json!({
            "StringNotEquals": { condition_key: value },
            "Null": { condition_key: "false" },
        })
    };
    let without_a_key = json!({
        "StringEquals": { ALGORITHM: "aws:kms" },
        "Null": { KEY_ID: "true" },
    });
    let conditions = [
        other_than(KEY_ID, key.as_str()),
        other_than(ALGORITHM, "aws:kms"),
        without_a_key,
    ];
    let ours = OUR_STATEMENTS.into_iter().zip(conditions);
    kept.extend(ours.map(|(sid, condition)| denial(sid, &resource, &condition)));
    document.insert("Statement".to_string(), Value::Array(kept));
    Ok(Value::Object(document).to_string())
}

/// The policy without our statements; `None` when nothing is left of it.
///
/// # Errors
/// When it cannot be read.
pub fn released(current: &str) -> Result<Option<String>, PolicyError> {
    let mut document = parse(current)?;
    let kept = others(&document, false)?;
    if kept.is_empty() {
        return Ok(None);
    }
    document.insert("Statement".to_string(), Value::Array(kept));
    Ok(Some(Value::Object(document).to_string()))
}

/// Whether a policy holds uploads to this key, by our statements.
///
/// # Errors
/// When it cannot be read.
pub fn is_enforced(current: &str, bucket: &str, key: &KeyArn) -> Result<bool, PolicyError> {
    let wanted = parse(&enforced(None, bucket, key)?)?;
    let (wanted, found) = (Value::Object(wanted), Value::Object(parse(current)?));
    let found = statements(&found)?;
    Ok(statements(&wanted)?
        .iter()
        .all(|statement| found.contains(statement)))
}

/// Whether a policy has a statement of ours, be it one of an earlier version that had fewer.
///
/// # Errors
/// When it cannot be read.
pub fn has_ours(current: &str) -> Result<bool, PolicyError> {
    let document = Value::Object(parse(current)?);
    Ok(statements(&document)?.into_iter().any(is_ours))
}

fn denial(sid: &str, resource: &str, condition: &Value) -> Value {
    json!({
        "Sid": sid,
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:PutObject",
        "Resource": resource,
        "Condition": condition,
    })
}

fn is_ours(statement: &Value) -> bool {
    let sid = statement.get("Sid").and_then(Value::as_str);
    sid.is_some_and(|sid| OUR_STATEMENTS.contains(&sid))
}

fn parse(text: &str) -> Result<Map<String, Value>, PolicyError> {
    match serde_json::from_str(text) {
        Ok(Value::Object(document)) => Ok(document),
        Ok(_) => Err(PolicyError::new("it is not an object")),
        Err(error) => Err(PolicyError::new(error.to_string())),
    }
}

/// The statements that are not ours.
fn others(document: &Map<String, Value>, may_be_without: bool) -> Result<Vec<Value>, PolicyError> {
    if may_be_without && !document.contains_key("Statement") {
        return Ok(Vec::new());
    }
    let document = Value::Object(document.clone());
    let all = statements(&document)?.into_iter();
    Ok(all.filter(|statement| !is_ours(statement)).cloned().collect())
}
