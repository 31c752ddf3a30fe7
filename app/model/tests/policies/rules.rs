//! What the rules about policies, keys, grants and ACLs find.

use crate::evidence::{KEY, ROOT, Scene, bucket, key_evidence, line, statement};
use model::encryption::KeyArn;
use model::method::Method;
use model::policy::{Caller, enforced};
use model::preflight::{
    AclsIgnoredBy, BucketEvidence, KeyEvidence, Neighbours, PublicAcls, Replication, Severity, look,
};

fn severities(bucket: &BucketEvidence, key: &KeyEvidence, bucket_key: bool) -> Vec<(&'static str, Severity)> {
    let mut scene = Scene {
        bucket: bucket.clone(),
        key: key.clone(),
        ..Scene::plain()
    };
    scene.plan.target.bucket_key = bucket_key;
    scene.grave()
}

#[test]
fn a_bucket_without_peculiarities_has_nothing_against_it() {
    assert_eq!(severities(&bucket(None), &key_evidence(ROOT), true), []);
}

/// What was found clean is said by the rule that looked, so that it is known to have been looked at.
#[test]
fn each_rule_says_that_it_looked_and_found_nothing() {
    for (bucket_key, policy) in [(false, None), (false, Some(r#"{"Statement":[]}"#)), (true, None)] {
        let mut scene = Scene {
            bucket: bucket(policy),
            ..Scene::plain()
        };
        scene.plan.target.bucket_key = bucket_key;
        let found = look(&scene.at());
        for rule in model::preflight::RULES.iter().copied().flatten() {
            let mut of_rule = found.iter().filter(|finding| finding.rule.id == rule.id);
            // Of a plan without objects there are no events.
            let said = of_rule.next().is_some_and(|finding| {
                finding.found.severity <= Severity::Information && !finding.found.looked_at.is_empty()
            });
            assert!(said || rule.id == "trail-events", "{} {policy:?}", rule.id);
        }
    }
}

#[test]
fn acls_that_may_make_objects_public_need_a_word() {
    use Severity::{Passed, Watch};
    let in_force = |bucket_is_public| Ok(PublicAcls::InForce { bucket_is_public });
    for (acls, severity, text) in [
        (Ok(PublicAcls::Off), Passed, "switched off"),
        (
            Ok(PublicAcls::Ignored(AclsIgnoredBy::Bucket)),
            Passed,
            "the bucket’s Block Public Access",
        ),
        (
            Ok(PublicAcls::Ignored(AclsIgnoredBy::Account)),
            Passed,
            "the account’s Block Public Access",
        ),
        (in_force(Ok(false)), Watch, "single objects may be public"),
        (in_force(Ok(true)), Watch, "own ACL is public"),
        (
            in_force(Err("AccessDenied".to_string())),
            Watch,
            "s3:GetBucketAcl",
        ),
        (
            Err("AccessDenied".to_string()),
            Watch,
            "could not be read: AccessDenied",
        ),
    ] {
        let bucket = BucketEvidence { acls, ..bucket(None) };
        let scene = Scene {
            bucket: bucket.clone(),
            ..Scene::plain()
        };
        let found = look(&scene.at());
        let fits = found.iter().any(|finding| {
            finding.rule.id == "public-access"
                && finding.found.severity == severity
                && finding.found.found.contains(text)
        });
        assert!(fits, "{:?}: {found:?}", bucket.acls);
    }
}

/// Rights that somebody else has say nothing of a runner whose ARN is not known; a denial to one of its account would, and
/// one to another account never.
#[test]
fn what_a_policy_allows_others_is_no_question_of_the_runner() {
    for (effect, account, expected) in [
        ("Allow", "444455556666", Severity::Passed),
        ("Allow", "111122223333", Severity::Passed),
        ("Deny", "111122223333", Severity::Watch),
        ("Deny", "444455556666", Severity::Passed),
    ] {
        let policy = format!(
            r#"{{"Statement":[{{"Sid":"X","Effect":"{effect}","Principal":{{"AWS":"arn:aws:iam::{account}:role/x"}},"Action":"s3:*","Resource":"*"}}]}}"#
        );
        let mut scene = Scene::plain().with_policy(&policy);
        scene.runner.arn = None;
        let found = scene.found("policy-runner");
        let found: Vec<Severity> = found.into_iter().map(|found| found.severity).collect();
        assert_eq!(found, [expected], "{effect} {account}");
    }
}

/// A denial for a prefix denies the runner what is there, as far as the inventory lists something there.
#[test]
fn denials_for_a_part_of_the_bucket_are_found() {
    use Severity::{Passed, Watch};
    let deny = |resource: &str| {
        statement(
            "Deny",
            "s3:GetObject",
            &format!("arn:aws:s3:::alpha/{resource}"),
            "{}",
        )
    };
    let listed: &[&str] = &["open/", "secret/"];
    for (resource, prefixes, severity, text) in [
        ("secret/*", listed, Watch, "s3:GetObject in secret/"),
        ("secret/2026/*", listed, Watch, "cannot be told"),
        ("secret/*", &[], Watch, "cannot be told"),
        ("old/*", listed, Passed, "denies the runner nothing"),
        ("*", listed, Severity::Stop, "denies the runner s3:GetObject."),
    ] {
        let scene = Scene::plain()
            .with_policy(&deny(resource))
            .with_prefixes(prefixes, false);
        scene.assert(resource, "policy-runner", severity, text);
    }
}

/// The same for uploads, which may also go where nothing is listed yet.
#[test]
fn uploads_that_are_refused_in_a_part_of_the_bucket_are_found() {
    use Severity::{Information, Watch};
    let condition = r#"{"StringNotEquals":{"s3:x-amz-server-side-encryption":"AES256"}}"#;
    let deny = |resource: &str| {
        statement(
            "Deny",
            "s3:PutObject",
            &format!("arn:aws:s3:::alpha/{resource}"),
            condition,
        )
    };
    for (resource, severity, text) in [
        ("*", Watch, "refuses uploads that name SSE-KMS"),
        ("secret/*", Watch, "refuses uploads to secret/ that name SSE-KMS"),
        ("old/*", Information, "alpha/old/*"),
    ] {
        let scene = Scene::plain()
            .with_policy(&deny(resource))
            .with_prefixes(&["open/", "secret/"], false);
        scene.assert(resource, "policy-clients", severity, text);
    }
}

/// A right that is not sure to be needed stops nothing; one that is does.
#[test]
fn a_policy_that_asks_for_headers_does_not_stop_updates() {
    use Severity::{Passed, Stop, Watch};
    let headers = statement(
        "Deny",
        "s3:PutObject",
        "arn:aws:s3:::alpha/*",
        r#"{"Null":{"s3:x-amz-server-side-encryption":"true"}}"#,
    );
    let puts = statement("Deny", "s3:PutObject", "arn:aws:s3:::alpha/*", "{}");
    let updates = statement("Deny", "s3:UpdateObjectEncryption", "arn:aws:s3:::alpha/*", "{}");
    let (update, copy) = (
        line(Method::UpdateObjectEncryption, 5),
        line(Method::CopyObject, 5),
    );
    let (by_update, by_copy) = ([update.clone()], [copy.clone()]);
    let by_both = [update, copy];
    let cases = [
        (
            "headers, updates",
            &headers,
            by_update.as_slice(),
            Watch,
            "not certain",
        ),
        ("headers, copies", &headers, &by_copy, Passed, "nothing"),
        ("headers, both", &headers, &by_both, Watch, "not certain"),
        ("no writes, updates", &puts, &by_update, Watch, "not certain"),
        ("no writes, copies", &puts, &by_copy, Stop, "s3:PutObject"),
        ("no writes, both", &puts, &by_both, Stop, "s3:PutObject"),
        (
            "no updates",
            &updates,
            &by_update,
            Stop,
            "s3:UpdateObjectEncryption",
        ),
        ("no updates, copies", &updates, &by_copy, Passed, "nothing"),
    ];
    for (what, policy, lines, severity, text) in cases {
        let scene = Scene::plain().with_policy(policy).with_lines(lines);
        scene.assert(what, "policy-runner", severity, text);
    }
}

/// S3 takes only keys of the bucket's account for updates.
#[test]
fn a_key_of_another_account_is_found() {
    use Severity::{Passed, Stop, Watch};
    let foreign = KEY.replace("111122223333", "444455556666");
    let (update, copy) = (
        line(Method::UpdateObjectEncryption, 5),
        line(Method::CopyObject, 5),
    );
    for (what, key, lines, severity, text) in [
        (
            "its own",
            KEY,
            vec![update.clone()],
            Passed,
            "account of the bucket",
        ),
        (
            "updates",
            foreign.as_str(),
            vec![copy.clone(), update],
            Stop,
            "would refuse the updates",
        ),
        (
            "copies",
            &foreign,
            vec![copy, line(Method::UpdateObjectEncryption, 0)],
            Watch,
            "444455556666",
        ),
    ] {
        let mut scene = Scene::plain().with_lines(&lines);
        scene.key.arn = key.to_string();
        scene.assert(what, "key-account", severity, text);
    }
    let mut unknown = Scene::plain();
    unknown.runner = Caller::default();
    unknown.assert("nobody knows", "key-account", Watch, "not known");
}

#[test]
fn key_stores_and_grants_that_were_not_read_need_a_word() {
    use Severity::{Passed, Watch};
    let mut scene = Scene::plain();
    scene.assert("none", "key-store", Passed, "no custom key store");
    scene.key.custom_key_store = Some("cks-1".to_string());
    scene.assert("one", "key-store", Watch, "cks-1, which takes 1,800 requests/s");
    scene.assert("all read", "key-grants", Passed, "All were read: 0");
    scene.key.more_grants = true;
    scene.assert("more", "key-grants", Watch, "more than the first 0");
    scene.key.grants = Err("AccessDenied".to_string());
    scene.assert("unread", "key-grants", Watch, "AccessDenied");
    assert_eq!(
        scene.found("bucket-key-context"),
        [],
        "the other rule tells of it"
    );
}

/// What stands against a key, each alone.
#[test]
fn keys_that_cannot_be_used_stop_a_plan() {
    use Severity::{Passed, Stop};
    let of = |obstacle, customer_managed| KeyEvidence {
        obstacle,
        customer_managed,
        ..key_evidence(ROOT)
    };
    for (key, severity, text) in [
        (of(Ok(None), true), Passed, "Enabled, symmetric"),
        (of(Ok(None), false), Stop, "AWS managed key"),
        (
            of(Ok(Some("The key is Disabled".to_string())), true),
            Stop,
            "Disabled",
        ),
        (of(Err("AccessDenied".to_string()), false), Stop, "AccessDenied"),
    ] {
        let scene = Scene {
            key,
            ..Scene::plain()
        };
        scene.assert(text, "key-usable", severity, text);
    }
}

/// Denies everything but listing.
const DENY_ALL: &str =
    r#"{"Statement":[{"Effect":"Deny","Principal":"*","NotAction":"s3:ListBucket","Resource":"*"}]}"#;

#[track_caller]
fn assert_found(found: &BucketEvidence, expected: &[(&str, Severity)]) {
    assert_eq!(severities(found, &key_evidence(ROOT), true), expected);
}

#[test]
fn what_a_policy_lets_and_denies_is_found_by_its_rule() {
    use Severity::{Stop, Watch};
    let lets = |service: &str| {
        bucket(Some(&format!(
            r#"{{"Statement":[{{"Effect":"Allow","Principal":{{"Service":"{service}"}},"Action":"s3:PutObject","Resource":"arn:aws:s3:::alpha/*"}}]}}"#
        )))
    };
    for service in ["logging.s3", "logdelivery.elasticloadbalancing"] {
        assert_found(
            &lets(&format!("{service}.amazonaws.com")),
            &[("log-destination", Stop)],
        );
    }
    assert_found(&lets("config.amazonaws.com"), &[("service-writers", Watch)]);
    let demands_sse_s3 = bucket(Some(
        r#"{"Statement":[{"Sid":"Aes","Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"arn:aws:s3:::alpha/*","Condition":{"StringNotEquals":{"s3:x-amz-server-side-encryption":"AES256"}}}]}"#,
    ));
    let clients = ("policy-clients", Watch);
    assert_found(&demands_sse_s3, &[clients, clients]);
    assert_found(
        &bucket(Some(DENY_ALL)),
        &[("policy-runner", Stop), clients, clients],
    );
    let other = KeyArn::parse(&KEY.replace("0b1c2d3e", "99999999")).expect("an ARN");
    let by_an_earlier_migration = enforced(None, "alpha", &other).expect("a policy");
    assert_found(&bucket(Some(&by_an_earlier_migration)), &[clients]);
}

#[test]
fn what_is_set_beside_the_policy_is_found_by_its_rule() {
    use Severity::{Stop, Watch};
    let logged = BucketEvidence {
        neighbours: Neighbours {
            logs_from: vec!["beta".to_string()],
            ..Neighbours::default()
        },
        ..bucket(None)
    };
    assert_found(&logged, &[("log-destination", Stop)]);
    let replicating = BucketEvidence {
        replication: Ok(Replication {
            rules: 2,
            with_kms: 0,
            ..Replication::default()
        }),
        ..bucket(None)
    };
    assert_found(&replicating, &[("replication", Watch)]);
    let public = BucketEvidence {
        public: Ok(true),
        ..bucket(None)
    };
    assert_found(&public, &[("public-access", Watch)]);
    let unread = BucketEvidence {
        policy: Err("AccessDenied".to_string()),
        ..bucket(None)
    };
    assert_found(&unread, &[("policy-runner", Watch)]);
}

#[test]
fn what_a_key_policy_lacks_or_asks_for_is_found() {
    use Severity::{Stop, Watch};
    let by_context = r#"{"Statement":[{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"kms:*","Resource":"*"},{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/x"},"Action":"kms:Decrypt","Resource":"*","Condition":{"StringLike":{"kms:EncryptionContext:aws:s3:arn":"arn:aws:s3:::alpha/*"}}}]}"#;
    let nobody = r#"{"Statement":[]}"#;
    assert_eq!(
        severities(&bucket(None), &key_evidence(nobody), true),
        [("key-policy", Stop)]
    );
    assert_eq!(
        severities(&bucket(None), &key_evidence(by_context), true),
        [("bucket-key-context", Watch)]
    );
    assert_eq!(
        severities(&bucket(None), &key_evidence(by_context), false),
        [],
        "without a Bucket Key nothing changes"
    );
}
