//! Who reads today and could not afterwards.

use crate::evidence::{ROOT, Scene, bucket, key_evidence};
use model::policy::Caller;
use model::preflight::{
    Access, AclsIgnoredBy, BucketEvidence, Grant, IdentitySays, KeyEvidence, Loss, PublicAcls, Reader,
    ReaderAsked, reader,
};

fn read_by(
    arn: &str,
    says: (IdentitySays, IdentitySays),
    bucket_policy: Option<&str>,
    key_policy: &str,
) -> Reader {
    let (bucket, key) = (bucket(bucket_policy), key_evidence(key_policy));
    read_in(&asked(Caller::by_arn(arn), &[says.0], says.1), bucket, key)
}

fn asked(caller: Caller, reads: &[IdentitySays], decrypts: IdentitySays) -> ReaderAsked {
    ReaderAsked {
        caller,
        reads: reads.to_vec(),
        decrypts,
    }
}

fn read_in(asked: &ReaderAsked, bucket: BucketEvidence, key: KeyEvidence) -> Reader {
    let scene = Scene {
        bucket,
        key,
        ..Scene::plain()
    };
    reader(&scene.at(), asked)
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
    let partner = Caller::by_arn("arn:aws:iam::444455556666:role/partner");
    let asked = asked(partner, &[unseen()], unseen());
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
        let what = format!("{:?}", bucket.acls);
        let found = read_in(&asked, bucket, key_evidence(ROOT));
        assert_eq!(found.loss(), expected, "{what}: {found:?}");
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
        let asked = asked(Caller::by_arn(USER), &[Allowed], identity);
        let key = KeyEvidence {
            grants,
            ..key_evidence(policy)
        };
        let found = read_in(&asked, bucket(None), key);
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

/// Rights on a prefix are rights: who has them and nothing on the key loses access, also where the rest is closed to it.
#[test]
fn a_reader_of_one_prefix_reads() {
    use IdentitySays::{Allowed, Denied, Silent};
    let role = || Caller::by_arn("arn:aws:iam::111122223333:role/reports");
    // The parts are invoices/ and reports/.
    let names = ["invoices/", "reports/"];
    for (what, reads, decrypts, more, expected) in [
        (
            "no right on the key",
            [Silent, Allowed],
            Silent,
            false,
            Loss::Loses,
        ),
        (
            "a right on the key",
            [Silent, Allowed],
            Allowed,
            false,
            Loss::Keeps,
        ),
        ("denied the rest", [Denied, Allowed], Silent, false, Loss::Loses),
        ("no right at all", [Silent, Silent], Silent, false, Loss::ReadsNot),
        ("denied", [Denied, Denied], Silent, false, Loss::ReadsNot),
    ] {
        let scene = Scene::plain().with_prefixes(&names, more);
        let found = reader(&scene.at(), &asked(role(), &reads, decrypts));
        assert_eq!(found.loss(), expected, "{what}: {found:?}");
        let Access::Yes(why) = &found.today else { continue };
        assert!(why.contains("reports/") && !why.contains("invoices/"), "{why}");
    }
    // The bucket as a whole is the third part.
    let scene = Scene::plain().with_prefixes(&names, true);
    let silent = [Silent, Silent, Silent];
    let found = reader(&scene.at(), &asked(role(), &silent, Silent));
    assert_eq!(
        found.loss(),
        Loss::LosesIfItReads,
        "there are more prefixes: {found:?}"
    );
    let denied = [Denied, Denied, Denied];
    let found = reader(&scene.at(), &asked(role(), &denied, Silent));
    assert_eq!(found.loss(), Loss::ReadsNot, "a denial is no silence: {found:?}");
    let found = reader(&scene.at(), &asked(role(), &[], Silent));
    assert_eq!(found.loss(), Loss::LosesIfItReads, "nobody was asked: {found:?}");
}

/// The same by the bucket policy, which may speak of what the inventory does not list by itself.
#[test]
fn bucket_policies_for_a_prefix_make_readers() {
    use IdentitySays::{Allowed, Silent};
    const ROLE: &str = "arn:aws:iam::111122223333:role/reports";
    let about = |effect: &str, principal: &str, resource: &str| {
        format!(
            r#"{{"Statement":[{{"Sid":"One","Effect":"{effect}","Principal":{{"AWS":"{principal}"}},"Action":"s3:GetObject","Resource":"arn:aws:s3:::alpha/{resource}"}}]}}"#
        )
    };
    let listed: &[&str] = &["invoices/", "reports/"];
    for (what, policy, names, reads, expected) in [
        (
            "a listed prefix",
            about("Allow", ROLE, "reports/*"),
            listed,
            Silent,
            Loss::Loses,
        ),
        (
            "no prefixes are known",
            about("Allow", ROLE, "reports/*"),
            &[],
            Silent,
            Loss::LosesIfItReads,
        ),
        (
            "a part of a prefix",
            about("Allow", ROLE, "reports/2026/*"),
            listed,
            Silent,
            Loss::LosesIfItReads,
        ),
        (
            "a prefix that is not there",
            about("Allow", ROLE, "old/*"),
            listed,
            Silent,
            Loss::ReadsNot,
        ),
        (
            "what others may leaves its own rights as they are",
            about("Allow", "*", "reports/2026/*"),
            &[],
            Allowed,
            Loss::Loses,
        ),
        (
            "denied one prefix of two",
            about("Deny", ROLE, "reports/*"),
            listed,
            Allowed,
            Loss::Loses,
        ),
        (
            "denied a part of all",
            about("Deny", ROLE, "reports/*"),
            &[],
            Allowed,
            Loss::LosesIfItReads,
        ),
    ] {
        let scene = Scene::plain().with_policy(&policy).with_prefixes(names, false);
        let reads = vec![reads; scene.at().parts().len()];
        let found = reader(&scene.at(), &asked(Caller::by_arn(ROLE), &reads, Silent));
        assert_eq!(found.loss(), expected, "{what}: {found:?}");
    }
}

/// An account that a policy names as a whole: its own policies decide, unless the key is closed to it.
#[test]
fn other_accounts_lose_access_where_the_key_does_not_name_them() {
    let whole = || Caller {
        arn: None,
        account: Some("444455556666".to_string()),
    };
    let open = r#"{"Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::444455556666:root"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::alpha/*"}]}"#;
    let key = |principal: &str| {
        format!(
            r#"{{"Statement":[{{"Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::{principal}"}},"Action":"kms:*","Resource":"*"}}]}}"#
        )
    };
    let grant = |grantee: &str| Grant {
        grantee: grantee.to_string(),
        operations: vec!["Decrypt".to_string()],
        constrained: false,
    };
    let none = Vec::new;
    for (what, key_policy, grants, expected) in [
        ("silent", ROOT.to_string(), none(), Loss::LosesIfItReads),
        (
            "one of ours",
            key("111122223333:role/x"),
            none(),
            Loss::LosesIfItReads,
        ),
        ("open to it", key("444455556666:root"), none(), Loss::CannotTell),
        (
            "open to one of it",
            key("444455556666:role/x"),
            none(),
            Loss::CannotTell,
        ),
        (
            "a grant to one of it",
            ROOT.to_string(),
            vec![grant("arn:aws:iam::444455556666:role/x")],
            Loss::CannotTell,
        ),
        (
            "a grant to another",
            ROOT.to_string(),
            vec![grant("arn:aws:iam::777788889999:role/x")],
            Loss::LosesIfItReads,
        ),
    ] {
        let unseen = || IdentitySays::CannotTell("its own policies decide".to_string());
        let key = KeyEvidence {
            grants: Ok(grants),
            ..key_evidence(&key_policy)
        };
        let found = read_in(&asked(whole(), &[unseen()], unseen()), bucket(Some(open)), key);
        assert_eq!(found.loss(), expected, "{what}: {found:?}");
        assert_eq!(found.principal, "arn:aws:iam::444455556666:root");
    }
}

/// The bucket's account is not that of the key: rights on the bucket are as they were, and the key must name the reader's
/// account.
#[test]
fn a_key_of_another_account_takes_nothing_from_who_reads_today() {
    use IdentitySays::Allowed;
    let foreign = |policy: &str| KeyEvidence {
        arn: "arn:aws:kms:eu-west-2:444455556666:key/0b1c2d3e-1111-4222-8333-444455556666".to_string(),
        ..key_evidence(policy)
    };
    let theirs = ROOT.replace("111122223333", "444455556666");
    for (what, key, expected) in [
        ("it names its own account alone", foreign(&theirs), Loss::Loses),
        ("it names the bucket's account", foreign(ROOT), Loss::Keeps),
    ] {
        let user = Caller::by_arn("arn:aws:iam::111122223333:user/a");
        let found = read_in(&asked(user, &[Allowed], Allowed), bucket(None), key);
        assert_eq!(found.loss(), expected, "{what}: {found:?}");
    }
}

/// Of a key with more grants than were read it cannot be told whom it is closed to.
#[test]
fn grants_that_were_not_read_may_open_a_key() {
    use IdentitySays::{Allowed, Silent};
    let user = Caller::by_arn("arn:aws:iam::111122223333:user/a");
    for (more_grants, expected) in [(false, Loss::Loses), (true, Loss::CannotTell)] {
        let key = KeyEvidence {
            more_grants,
            ..key_evidence(ROOT)
        };
        let found = read_in(&asked(user.clone(), &[Allowed], Silent), bucket(None), key);
        assert_eq!(found.loss(), expected, "{found:?}");
    }
}
