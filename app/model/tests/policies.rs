//! Policies from outside: who loses access by the move, and what the checks of a plan find in policies, grants and ACLs.

use model::encryption::{KeyArn, TargetEncryption};
use model::inventory::{Region, SnapshotId};
use model::plan::PlanBucket;
use model::policy::{Ask, Caller, Context, Policy, Verdict, enforced, evaluate};
use model::preflight::{
    Access, AclsIgnoredBy, BucketEvidence, Grant, IdentitySays, KeyEvidence, Lifecycle, Look, Loss,
    PublicAcls, Reader, ReaderAsked, Replication, Severity, look, reader,
};

const KEY: &str = "arn:aws:kms:eu-west-2:111122223333:key/0b1c2d3e-1111-4222-8333-444455556666";

fn key() -> KeyArn {
    KeyArn::parse(KEY).expect("an ARN")
}

const ROOT: &str = r#"{"Statement":[{"Sid":"Iam","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"}]}"#;

fn plan(bucket_key: bool) -> PlanBucket {
    PlanBucket {
        bucket: "alpha".to_string(),
        region: Region("eu-west-2".to_string()),
        snapshot: SnapshotId("s-1".to_string()),
        target: TargetEncryption {
            key: key(),
            bucket_key,
        },
        rows: 0,
        lines: Vec::new(),
        left_out: Vec::new(),
    }
}

fn bucket(policy: Option<&str>) -> BucketEvidence {
    BucketEvidence {
        default_encryption: Ok(None),
        versioned: Ok(false),
        object_lock: Ok(false),
        policy: Ok(policy.map(ToString::to_string)),
        logs_to: Ok(None),
        logs_from: Vec::new(),
        replication: Ok(Replication::default()),
        lifecycle: Ok(Lifecycle::default()),
        notifications: Ok(Vec::new()),
        public: Ok(false),
        acls: Ok(PublicAcls::Off),
        website: Ok(false),
    }
}

fn key_evidence(policy: &str) -> KeyEvidence {
    KeyEvidence {
        arn: KEY.to_string(),
        obstacle: Ok(None),
        customer_managed: true,
        policy: Ok(policy.to_string()),
        grants: Ok(Vec::new()),
    }
}

fn read_by(
    arn: &str,
    says: (IdentitySays, IdentitySays),
    bucket_policy: Option<&str>,
    key_policy: &str,
) -> Reader {
    let asked = ReaderAsked {
        caller: Caller::by_arn(arn),
        reads: says.0,
        decrypts: says.1,
    };
    let (bucket, key) = (bucket(bucket_policy), key_evidence(key_policy));
    read_in(&asked, &bucket, &key)
}

fn read_in(asked: &ReaderAsked, bucket: &BucketEvidence, key: &KeyEvidence) -> Reader {
    let plan = plan(true);
    let runner = Caller::by_arn("arn:aws:iam::111122223333:role/runner");
    reader(
        &Look {
            plan: &plan,
            bucket,
            key,
            runner: &runner,
        },
        asked,
    )
}

/// The demonstration: a user with `s3:*` and nothing on the key reads under SSE-S3 and is refused under SSE-KMS.
#[test]
fn a_user_with_all_of_s3_and_nothing_on_the_key_loses_access() {
    use IdentitySays::{Allowed, Silent};
    let user = "arn:aws:iam::111122223333:user/s3-only";
    let found = read_by(user, (Allowed, Silent), None, ROOT);
    assert_eq!(found.loss(), Loss::Loses, "{found:?}");
    let may_decrypt = read_by(user, (Allowed, Allowed), None, ROOT);
    assert_eq!(may_decrypt.loss(), Loss::Keeps, "{may_decrypt:?}");
    let stranger = read_by(user, (Silent, Silent), None, ROOT);
    assert_eq!(
        stranger.loss(),
        Loss::ReadsNot,
        "who cannot read today loses nothing: {stranger:?}"
    );
}

#[test]
fn key_policies_decide_as_documented() {
    use IdentitySays::{Allowed, Silent};
    let user = "arn:aws:iam::111122223333:user/a";
    let named = r#"{"Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:user/a"},"Action":"kms:Decrypt","Resource":"*"}]}"#;
    assert!(matches!(
        read_by(user, (Allowed, Silent), None, named).after,
        Access::Yes(_)
    ));
    let nobody = r#"{"Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:user/b"},"Action":"kms:*","Resource":"*"}]}"#;
    let losing = |key_policy| read_by(user, (Allowed, Allowed), None, key_policy).loss();
    assert_eq!(losing(nobody), Loss::Loses, "IAM alone opens no key");
    let denied = r#"{"Statement":[{"Sid":"Iam","Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"kms:*","Resource":"*"},{"Sid":"Not","Effect":"Deny","Principal":"*","Action":"kms:Decrypt","Resource":"*","Condition":{"StringEquals":{"kms:ViaService":"s3.eu-west-2.amazonaws.com"}}}]}"#;
    assert_eq!(losing(denied), Loss::Loses);
    let by_address = r#"{"Statement":[{"Sid":"Net","Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"kms:*","Resource":"*","Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}}]}"#;
    assert_eq!(losing(by_address), Loss::CannotTell);
}

/// Of another account nobody tells the reader's own policies; a key that is closed to it is closed whatever they say.
#[test]
fn what_is_certain_of_readers_in_other_accounts_is_said() {
    let partner = "arn:aws:iam::444455556666:role/partner";
    let open = r#"{"Statement":[{"Effect":"Allow","Principal":{"AWS":"444455556666"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::alpha/*"}]}"#;
    let to_partner = r#"{"Statement":[{"Effect":"Allow","Principal":{"AWS":"444455556666"},"Action":"kms:Decrypt","Resource":"*"}]}"#;
    let denied = r#"{"Statement":[{"Effect":"Allow","Principal":{"AWS":"444455556666"},"Action":"kms:Decrypt","Resource":"*"},{"Effect":"Deny","Principal":{"AWS":"arn:aws:iam::444455556666:role/partner"},"Action":"kms:*","Resource":"*"}]}"#;
    for (what, bucket_policy, key_policy, expected) in [
        ("the key is closed to it", Some(open), ROOT, Loss::LosesIfItReads),
        ("the key denies it", Some(open), denied, Loss::LosesIfItReads),
        (
            "the key is open to its account",
            Some(open),
            to_partner,
            Loss::CannotTell,
        ),
        ("the bucket is closed to it", None, to_partner, Loss::ReadsNot),
    ] {
        let unseen = || IdentitySays::CannotTell("they are in another account".to_string());
        let found = read_by(partner, (unseen(), unseen()), bucket_policy, key_policy);
        assert_eq!(found.loss(), expected, "{what}: {found:?}");
    }
}

/// An ACL may let another account read that no policy names.
#[test]
fn acls_leave_it_open_whether_another_account_reads() {
    let unseen = || IdentitySays::CannotTell("they are in another account".to_string());
    let asked = ReaderAsked {
        caller: Caller::by_arn("arn:aws:iam::444455556666:role/partner"),
        reads: unseen(),
        decrypts: unseen(),
    };
    let in_force = PublicAcls::InForce {
        bucket_is_public: Ok(false),
    };
    for (acls, expected) in [
        (Ok(PublicAcls::Off), Loss::ReadsNot),
        (
            Ok(PublicAcls::Ignored(AclsIgnoredBy::Account)),
            Loss::LosesIfItReads,
        ),
        (Ok(in_force), Loss::LosesIfItReads),
        (Err("AccessDenied".to_string()), Loss::LosesIfItReads),
    ] {
        let bucket = BucketEvidence { acls, ..bucket(None) };
        let found = read_in(&asked, &bucket, &key_evidence(ROOT));
        assert_eq!(found.loss(), expected, "{:?}: {found:?}", bucket.acls);
    }
}

/// A grant opens a key that its policy leaves closed, and no key of which a denial keeps the reader out.
#[test]
fn grants_open_a_key_unless_a_denial_closes_it() {
    use IdentitySays::{Allowed, Denied, Silent};
    const USER: &str = "arn:aws:iam::111122223333:user/a";
    let grant = |constrained| {
        Ok(vec![Grant {
            grantee: USER.to_string(),
            operations: vec!["Decrypt".to_string()],
            constrained,
        }])
    };
    let deny = |condition: &str| {
        format!(
            r#"{{"Statement":[{{"Effect":"Deny","Principal":{{"AWS":"{USER}"}},"Action":"kms:Decrypt","Resource":"*"{condition}}}]}}"#
        )
    };
    let (none, denied) = (r#"{"Statement":[]}"#.to_string(), deny(""));
    let perhaps = deny(r#","Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}"#);
    for (what, grants, policy, identity, expected) in [
        ("a grant", grant(false), &none, Silent, Loss::Keeps),
        (
            "a grant for one context",
            grant(true),
            &none,
            Silent,
            Loss::CannotTell,
        ),
        ("no grant", Ok(Vec::new()), &none, Allowed, Loss::Loses),
        (
            "grants unread",
            Err("AccessDenied".to_string()),
            &none,
            Allowed,
            Loss::CannotTell,
        ),
        ("denied by the key", grant(false), &denied, Silent, Loss::Loses),
        ("denied perhaps", grant(false), &perhaps, Silent, Loss::CannotTell),
        ("denied by its own", grant(false), &none, Denied, Loss::Loses),
        (
            "unread, and denied by the key",
            Err("AccessDenied".to_string()),
            &denied,
            Silent,
            Loss::Loses,
        ),
    ] {
        let asked = ReaderAsked {
            caller: Caller::by_arn(USER),
            reads: Allowed,
            decrypts: identity,
        };
        let key = KeyEvidence {
            grants,
            ..key_evidence(policy)
        };
        let found = read_in(&asked, &bucket(None), &key);
        assert_eq!(found.loss(), expected, "{what}: {found:?}");
    }
}

/// The account is let, and whether the user itself is depends on what is not known: its own policies decide only if they
/// allow.
#[test]
fn a_statement_about_the_caller_that_cannot_be_told_is_no_refusal() {
    use IdentitySays::{Allowed, Silent};
    let user = "arn:aws:iam::111122223333:user/a";
    let perhaps = r#"{"Statement":[{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"kms:*","Resource":"*"},{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:user/a"},"Action":"kms:Decrypt","Resource":"*","Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}}]}"#;
    let loss = |identity| read_by(user, (Allowed, identity), None, perhaps).loss();
    assert_eq!((loss(Allowed), loss(Silent)), (Loss::Keeps, Loss::CannotTell));
}

/// What a statement says of a role, by whom it is about. `None`: it depends.
#[test]
fn principals_are_matched_as_documented_and_else_it_depends() {
    const ROLE: &str = "arn:aws:iam::111122223333:role/team/reader";
    const USER: &str = "arn:aws:iam::111122223333:user/a";
    const SESSION: &str = "arn:aws:sts::111122223333:assumed-role/reader/monday";
    let (yes, no) = (Some(true), Some(false));
    for (effect, element, names, expected) in [
        ("Deny", "Principal", vec![ROLE], yes),
        ("Deny", "Principal", vec!["111122223333"], yes),
        ("Deny", "Principal", vec![USER], no),
        ("Deny", "Principal", vec![SESSION], None),
        ("Allow", "Principal", vec![SESSION], None),
        ("Allow", "Principal", vec![SESSION, ROLE], yes),
        (
            "Deny",
            "Principal",
            vec!["arn:aws:sts::111122223333:assumed-role/other/monday"],
            no,
        ),
        ("Deny", "Principal", vec!["AROAEXAMPLEEXAMPLE"], no),
        ("Deny", "NotPrincipal", vec![USER], yes),
        (
            "Deny",
            "NotPrincipal",
            vec!["arn:aws:iam::444455556666:root"],
            yes,
        ),
        ("Deny", "NotPrincipal", vec![ROLE], None),
        ("Deny", "NotPrincipal", vec![ROLE, "111122223333"], None),
        ("Deny", "NotPrincipal", vec!["111122223333"], None),
        ("Deny", "NotPrincipal", vec![SESSION], None),
        ("Deny", "NotPrincipal", vec!["*"], no),
        ("Allow", "NotPrincipal", vec![USER], None),
    ] {
        let policy = format!(
            r#"{{"Statement":[{{"Sid":"One","Effect":"{effect}","{element}":{{"AWS":{names:?}}},"Action":"s3:GetObject","Resource":"*"}}]}}"#
        );
        let policy = Policy::parse(&policy).expect("a policy");
        let (caller, context) = (Caller::by_arn(ROLE), Context::default());
        let ask = Ask {
            caller: Some(&caller),
            action: "s3:GetObject",
            resource: "arn:aws:s3:::alpha/a",
            context: &context,
        };
        let told = match evaluate(&policy, ask) {
            Verdict::Denied(_) | Verdict::Allowed(..) => Some(true),
            Verdict::Silent => Some(false),
            Verdict::CannotTell(_) | Verdict::AllowedByAccount(_) => None,
        };
        assert_eq!(told, expected, "{effect} {element} {names:?}");
    }
}

/// Whether a statement about resources is about an object.
#[test]
fn resources_are_compared_part_by_part_and_variables_are_not_known() {
    const OBJECT: &str = "arn:aws:s3:::alpha/team/a:b";
    let (yes, no) = (Some(true), Some(false));
    for (element, resource, expected) in [
        ("Resource", "*", yes),
        ("Resource", "arn:aws:s3:::alpha/*", yes),
        ("Resource", "arn:aws:s3:::alpha", no),
        ("Resource", "arn:aws:s3:::*:b", yes),
        ("Resource", "arn:*:::alpha/*", None),
        ("Resource", "arn:aws:s3:::alpha/${aws:username}/*", None),
        ("NotResource", "arn:aws:s3:::alpha/${aws:username}/*", None),
        ("NotResource", "arn:aws:s3:::beta/*", yes),
    ] {
        let policy = format!(
            r#"{{"Statement":[{{"Effect":"Deny","Principal":"*","Action":"s3:GetObject","{element}":"{resource}"}}]}}"#
        );
        let policy = Policy::parse(&policy).expect("a policy");
        let (caller, context) = (Caller::default(), Context::default());
        let ask = Ask {
            caller: Some(&caller),
            action: "s3:GetObject",
            resource: OBJECT,
            context: &context,
        };
        let told = match evaluate(&policy, ask) {
            Verdict::Denied(_) => Some(true),
            Verdict::CannotTell(_) => None,
            _ => Some(false),
        };
        assert_eq!(told, expected, "{element} {resource}");
    }
}

fn severities(bucket: &BucketEvidence, key: &KeyEvidence, bucket_key: bool) -> Vec<(&'static str, Severity)> {
    let plan = plan(bucket_key);
    let runner = Caller::by_arn("arn:aws:iam::111122223333:role/runner");
    let found = look(&Look {
        plan: &plan,
        bucket,
        key,
        runner: &runner,
    });
    found
        .into_iter()
        .map(|finding| (finding.rule.id, finding.found.severity))
        .filter(|(_, severity)| *severity >= Severity::Watch)
        .collect()
}

#[test]
fn a_bucket_without_peculiarities_has_nothing_against_it() {
    assert_eq!(severities(&bucket(None), &key_evidence(ROOT), true), []);
}

/// What was found clean is said by the rule that looked, so that it is known to have been looked at.
#[test]
fn each_rule_says_that_it_looked_and_found_nothing() {
    for (bucket_key, policy) in [(false, None), (false, Some(r#"{"Statement":[]}"#)), (true, None)] {
        let (plan, bucket, key) = (plan(bucket_key), bucket(policy), key_evidence(ROOT));
        let runner = Caller::by_arn("arn:aws:iam::111122223333:role/runner");
        let found = look(&Look {
            plan: &plan,
            bucket: &bucket,
            key: &key,
            runner: &runner,
        });
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
        let (plan, key) = (plan(true), key_evidence(ROOT));
        let bucket = BucketEvidence { acls, ..bucket(None) };
        let runner = Caller::by_arn("arn:aws:iam::111122223333:role/runner");
        let found = look(&Look {
            plan: &plan,
            bucket: &bucket,
            key: &key,
            runner: &runner,
        });
        let fits = found.iter().any(|finding| {
            finding.rule.id == "public-access"
                && finding.found.severity == severity
                && finding.found.found.contains(text)
        });
        assert!(fits, "{:?}: {found:?}", bucket.acls);
    }
}

/// Rights that somebody else has say nothing of a runner whose ARN is not known; a denial would.
#[test]
fn what_a_policy_allows_others_is_no_question_of_the_runner() {
    let others = |effect: &str| {
        bucket(Some(&format!(
            r#"{{"Statement":[{{"Sid":"X","Effect":"{effect}","Principal":{{"AWS":"arn:aws:iam::444455556666:role/x"}},"Action":"s3:*","Resource":"*"}}]}}"#
        )))
    };
    let unknown = Caller {
        arn: None,
        account: Some("111122223333".to_string()),
    };
    let found = |bucket: &BucketEvidence| {
        let (plan, key) = (plan(true), key_evidence(ROOT));
        let at = Look {
            plan: &plan,
            bucket,
            key: &key,
            runner: &unknown,
        };
        let found = look(&at)
            .into_iter()
            .filter(|finding| finding.rule.id == "policy-runner");
        found.map(|finding| finding.found.severity).collect::<Vec<_>>()
    };
    assert_eq!(found(&others("Allow")), [Severity::Passed]);
    assert_eq!(found(&others("Deny")), [Severity::Watch]);
}

/// Denies everything but listing.
const DENY_ALL: &str =
    r#"{"Statement":[{"Effect":"Deny","Principal":"*","NotAction":"s3:ListBucket","Resource":"*"}]}"#;

#[test]
fn each_hazard_is_found_by_its_rule() {
    let with_policy = |text: &str| bucket(Some(text));
    let logs = |service: &str| {
        with_policy(&format!(
            r#"{{"Statement":[{{"Effect":"Allow","Principal":{{"Service":"{service}"}},"Action":"s3:PutObject","Resource":"arn:aws:s3:::alpha/*"}}]}}"#
        ))
    };
    let deny_kms = with_policy(
        r#"{"Statement":[{"Sid":"Aes","Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"arn:aws:s3:::alpha/*","Condition":{"StringNotEquals":{"s3:x-amz-server-side-encryption":"AES256"}}}]}"#,
    );
    let deny_all = with_policy(DENY_ALL);
    let other = KeyArn::parse(&KEY.replace("0b1c2d3e", "99999999")).expect("an ARN");
    let held_to_another = with_policy(&enforced(None, "alpha", &other).expect("a policy"));
    let replicating = BucketEvidence {
        replication: Ok(Replication {
            rules: 2,
            with_kms: 1,
        }),
        ..bucket(None)
    };
    let public = BucketEvidence {
        public: Ok(true),
        ..bucket(None)
    };
    let unread = BucketEvidence {
        policy: Err("AccessDenied".to_string()),
        ..bucket(None)
    };
    let logged = BucketEvidence {
        logs_from: vec!["beta".to_string()],
        ..bucket(None)
    };
    use Severity::{Stop, Watch};
    for (what, found, expected) in [
        (
            "server access logs",
            logs("logging.s3.amazonaws.com"),
            vec![("log-destination", Stop)],
        ),
        (
            "load balancer",
            logs("logdelivery.elasticloadbalancing.amazonaws.com"),
            vec![("log-destination", Stop)],
        ),
        ("logs of another bucket", logged, vec![("log-destination", Stop)]),
        (
            "a service",
            logs("config.amazonaws.com"),
            vec![("service-writers", Watch)],
        ),
        (
            "AES256 demanded",
            deny_kms,
            vec![("policy-clients", Watch), ("policy-clients", Watch)],
        ),
        (
            "all denied",
            deny_all,
            vec![
                ("policy-runner", Stop),
                ("policy-clients", Watch),
                ("policy-clients", Watch),
            ],
        ),
        (
            "held to another key by an earlier migration",
            held_to_another,
            vec![("policy-clients", Watch)],
        ),
        ("replication", replicating, vec![("replication", Watch)]),
        ("public", public, vec![("public-access", Watch)]),
        ("unread", unread, vec![("policy-runner", Watch)]),
    ] {
        assert_eq!(severities(&found, &key_evidence(ROOT), true), expected, "{what}");
    }
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
