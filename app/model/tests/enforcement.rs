//! Enforcement from outside: what the merged bucket policy refuses and what it lets through, and what is left of a policy that
//! was there.

use model::encryption::KeyArn;
use model::policy::{
    Ask, Caller, Context, Policy, Verdict, enforced, evaluate, has_ours, is_enforced, released,
};

const KEY: &str = "arn:aws:kms:eu-west-2:111122223333:key/0b1c2d3e-1111-4222-8333-444455556666";
const OTHER: &str = "arn:aws:kms:eu-west-2:111122223333:key/99999999-1111-4222-8333-444455556666";
const ALGORITHM: &str = "s3:x-amz-server-side-encryption";
const KEY_ID: &str = "s3:x-amz-server-side-encryption-aws-kms-key-id";

fn key() -> KeyArn {
    KeyArn::parse(KEY).expect("an ARN")
}

fn upload(policy: &str, context: &Context) -> Verdict {
    let policy = Policy::parse(policy).expect("a policy");
    let caller = Caller::by_arn("arn:aws:iam::111122223333:role/app");
    evaluate(
        &policy,
        Ask {
            caller: Some(&caller),
            action: "s3:PutObject",
            resource: "arn:aws:s3:::alpha/a",
            context,
        },
    )
}

#[test]
fn enforcement_refuses_other_encryption_and_never_uploads_without_a_header() {
    let policy = enforced(None, "alpha", &key()).expect("a policy");
    let named = |algorithm: &str| Context::default().with(ALGORITHM, algorithm);
    for (what, context, refused) in [
        (
            "no header, key filled in",
            Context::default().without(ALGORITHM).with(KEY_ID, KEY),
            false,
        ),
        (
            "no header, nothing filled in",
            Context::default().without(ALGORITHM).without(KEY_ID),
            false,
        ),
        ("the key", named("aws:kms").with(KEY_ID, KEY), false),
        ("another key", named("aws:kms").with(KEY_ID, OTHER), true),
        ("SSE-S3", named("AES256").without(KEY_ID), true),
        ("DSSE-KMS", named("aws:kms:dsse").with(KEY_ID, KEY), true),
        (
            "SSE-KMS without a key, nothing filled in",
            named("aws:kms").without(KEY_ID),
            true,
        ),
        (
            "SSE-KMS without a key, aws/s3 filled in",
            named("aws:kms").with(KEY_ID, OTHER),
            true,
        ),
    ] {
        let verdict = upload(&policy, &context);
        assert_eq!(
            matches!(verdict, Verdict::Denied(_)),
            refused,
            "{what}: {verdict:?}"
        );
    }
}

#[test]
fn enforcement_keeps_what_is_there_and_can_be_taken_back() {
    let before = r#"{"Version":"2012-10-17","Id":"x","Statement":{"Sid":"Tls","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::alpha/*","Condition":{"Bool":{"aws:SecureTransport":"false"}}}}"#;
    let after = enforced(Some(before), "alpha", &key()).expect("a policy");
    assert_eq!(
        enforced(Some(&after), "alpha", &key()).expect("a policy"),
        after,
        "twice is once"
    );
    assert!(is_enforced(&after, "alpha", &key()).expect("a policy"));
    assert!(!is_enforced(before, "alpha", &key()).expect("a policy"));
    assert!(!is_enforced(&after, "alpha", &KeyArn::parse(OTHER).expect("an ARN")).expect("a policy"));
    let plain = Context::default()
        .with("aws:SecureTransport", "false")
        .without(ALGORITHM)
        .without(KEY_ID);
    assert_eq!(upload(&after, &plain), Verdict::Denied("Tls".to_string()));
    let back = released(&after).expect("a policy").expect("what was there");
    let of = |text: &str| Policy::parse(text).expect("a policy");
    assert_eq!(of(&back), of(before));
    let ours = enforced(None, "alpha", &key()).expect("a policy");
    assert_eq!(released(&ours), Ok(None), "nothing else was there");
    assert!(enforced(Some("<xml/>"), "alpha", &key()).is_err());
}

/// What earlier versions wrote: two statements.
const EARLIER: &str = r#"{"Version":"2012-10-17","Statement":[
    {"Sid":"Tls","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::alpha/*","Condition":{"Bool":{"aws:SecureTransport":"false"}}},
    {"Sid":"RekeyOnlyThisKey","Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"arn:aws:s3:::alpha/*","Condition":{"StringNotEquals":{"s3:x-amz-server-side-encryption-aws-kms-key-id":"arn:aws:kms:eu-west-2:111122223333:key/0b1c2d3e-1111-4222-8333-444455556666"},"Null":{"s3:x-amz-server-side-encryption-aws-kms-key-id":"false"}}},
    {"Sid":"RekeyOnlySseKms","Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"arn:aws:s3:::alpha/*","Condition":{"StringNotEquals":{"s3:x-amz-server-side-encryption":"aws:kms"},"Null":{"s3:x-amz-server-side-encryption":"false"}}}]}"#;

#[test]
fn a_policy_with_the_statements_of_an_earlier_version_is_completed_and_taken_back() {
    assert_eq!(has_ours(EARLIER), Ok(true));
    assert_eq!(is_enforced(EARLIER, "alpha", &key()), Ok(false), "one is missing");
    let now = enforced(Some(EARLIER), "alpha", &key()).expect("a policy");
    assert_eq!(is_enforced(&now, "alpha", &key()), Ok(true));
    let names = |text: &str| -> Vec<String> {
        let policy = Policy::parse(text).expect("a policy");
        policy.statements.into_iter().map(|one| one.name).collect()
    };
    assert_eq!(
        names(&now),
        ["Tls", "RekeyOnlyThisKey", "RekeyOnlySseKms", "RekeyKeyIsNamed"]
    );
    for text in [EARLIER, &now] {
        let back = released(text).expect("a policy").expect("the other statement");
        assert_eq!(
            (names(&back), has_ours(&back)),
            (vec!["Tls".to_string()], Ok(false))
        );
    }
}
