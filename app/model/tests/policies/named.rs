//! Whom a bucket policy names as readers, and which parts of a bucket are asked about.

use crate::evidence::Scene;
use model::inventory::ObjectGroup;
use model::preflight::{Access, Prefixes, named_readers};
use model::quantity::Objects;

#[path = "../support/mod.rs"]
mod support;

/// Asserts whom a statement names: principals, accounts, those of whom nothing is known, and gaps in the answer.
fn assert_named(principal: &str, action: &str, condition: &str, expected: [&[&str]; 3], gaps: usize) {
    let policy = format!(
        r#"{{"Statement":[{{"Sid":"One","Effect":"Allow","Principal":{principal},"Action":"{action}","Resource":"arn:aws:s3:::alpha/*","Condition":{condition}}}]}}"#
    );
    let scene = Scene::plain().with_policy(&policy);
    let named = named_readers(&scene.at());
    let unclear: Vec<&str> = named
        .unclear
        .iter()
        .map(|reader| reader.principal.as_str())
        .collect();
    let principals: Vec<&str> = named.principals.iter().map(String::as_str).collect();
    let accounts: Vec<&str> = named.accounts.iter().map(String::as_str).collect();
    let found = [principals.as_slice(), accounts.as_slice(), unclear.as_slice()];
    assert_eq!(found, expected, "{principal} {action}");
    assert_eq!(named.gaps.len(), gaps, "{principal}: {:?}", named.gaps);
    let told = named
        .unclear
        .iter()
        .all(|reader| matches!(reader.after, Access::Unknown(_)));
    assert!(told, "{:?}", named.unclear);
}

#[test]
fn accounts_users_and_those_of_whom_nothing_is_known_are_told_apart() {
    const ROLE: &str = "arn:aws:iam::444455556666:role/printer";
    const USER: &str = "arn:aws:iam::111122223333:user/a";
    const SESSION: &str = "arn:aws:sts::444455556666:assumed-role/printer/monday";
    const ROOT: &str = "arn:aws:iam::444455556666:root";
    const NOBODY: [&[&str]; 3] = [&[], &[], &[]];
    let account: [&[&str]; 3] = [&[], &["444455556666"], &[]];
    for (name, action, expected) in [
        (ROLE, "s3:GetObject", [&[ROLE], &[], &[]] as [&[&str]; 3]),
        (USER, "s3:*", [&[USER], &[], &[]]),
        (ROOT, "s3:GetObject", account),
        ("444455556666", "s3:Get*", account),
        // The account of the bucket: its principals' own policies decide, and they are asked one by one.
        ("111122223333", "s3:GetObject", NOBODY),
        // It may write, and not read.
        ("444455556666", "s3:PutObject", NOBODY),
        // Nobody has the id of a principal that was deleted.
        ("AROAEXAMPLEEXAMPLE", "s3:GetObject", NOBODY),
        (SESSION, "s3:GetObject", [&[], &[], &[SESSION]]),
    ] {
        assert_named(&format!(r#"{{"AWS":"{name}"}}"#), action, "{}", expected, 0);
    }
    let canonical = [&[], &[], &["CanonicalUser 79a59df9"] as &[&str]];
    assert_named(
        r#"{"CanonicalUser":"79a59df9"}"#,
        "s3:GetObject",
        "{}",
        canonical,
        0,
    );
    // Public: another rule tells of it, unless a condition holds it to some.
    assert_named(r#""*""#, "s3:GetObject", "{}", NOBODY, 0);
    let of_organisation = r#"{"StringEquals":{"aws:PrincipalOrgID":"o-1"}}"#;
    assert_named(r#""*""#, "s3:GetObject", of_organisation, NOBODY, 1);
}

#[test]
fn a_policy_that_could_not_be_read_is_a_gap() {
    let mut scene = Scene::plain();
    assert_eq!(named_readers(&scene.at()).gaps, Vec::<String>::new());
    scene.bucket.policy = Err("AccessDenied".to_string());
    assert_eq!(named_readers(&scene.at()).gaps.len(), 1);
    let broken = Scene::plain().with_policy("[]");
    assert_eq!(named_readers(&broken.at()).gaps.len(), 1);
}

/// The prefixes of most objects by themselves; the bucket as a whole where these are not all there is.
#[test]
fn the_parts_of_a_bucket_follow_its_inventory() {
    let group = |prefix: &str, objects: u64| ObjectGroup {
        prefix: prefix.to_string(),
        ..support::group("alpha", objects, objects)
    };
    let all = |groups: &[ObjectGroup]| {
        let parts = Prefixes::of(groups, "alpha").parts("aws", "alpha").into_iter();
        parts.map(|part| part.all).collect::<Vec<_>>()
    };
    let whole = "arn:aws:s3:::alpha/*".to_string();
    let (a, b) = (
        "arn:aws:s3:::alpha/a/*".to_string(),
        "arn:aws:s3:::alpha/b/*".to_string(),
    );
    assert_eq!(all(&[]), std::slice::from_ref(&whole), "nothing is known");
    assert_eq!(
        all(&[group("b/", 1), group("a/", 2), group("b/", 3)]),
        [a.clone(), b]
    );
    assert_eq!(
        all(&[group("a/", 2), group("", 1)]),
        [a.clone(), whole.clone()],
        "keys without a slash"
    );
    assert_eq!(
        all(&[group("a/", 2), group(ObjectGroup::OTHER_PREFIXES, 1)]),
        [a, whole.clone()],
        "some were folded together"
    );
    let other = [ObjectGroup {
        objects: Objects(1),
        ..support::group("beta", 1, 1)
    }];
    assert_eq!(all(&other), [whole], "of another bucket");
    let many: Vec<ObjectGroup> = (1..=60)
        .map(|number| group(&format!("p{number:02}/"), number))
        .collect();
    let prefixes = Prefixes::of(&many, "alpha");
    assert_eq!((prefixes.names.len(), prefixes.more), (Prefixes::MAX, true));
    assert!(
        !prefixes.names.contains(&"p01/".to_string()),
        "the smallest are left"
    );
    let one = &prefixes.parts("aws-cn", "alpha")[0];
    assert_eq!(one.one, "arn:aws-cn:s3:::alpha/p11/any-object");
}
