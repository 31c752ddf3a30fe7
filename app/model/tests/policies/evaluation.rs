//! What one policy says of one request, by whom and what its statements are about.

use model::policy::{Ask, Caller, Context, Policy, Verdict, evaluate};

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

/// A request about everything under a beginning: a statement about a part of it leaves the answer open.
#[test]
fn statements_about_a_part_of_what_is_asked_leave_it_open() {
    let (yes, no) = (Some(true), Some(false));
    for (asked, resource, expected) in [
        ("arn:aws:s3:::alpha/*", "*", yes),
        ("arn:aws:s3:::alpha/*", "arn:aws:s3:::alpha/*", yes),
        ("arn:aws:s3:::alpha/*", "arn:aws:s3:::al*", yes),
        ("arn:aws:s3:::alpha/*", "arn:aws:s3:::alpha", no),
        ("arn:aws:s3:::alpha/*", "arn:aws:s3:::beta/*", no),
        ("arn:aws:s3:::alpha/*", "arn:aws:s3:::alpha/secret/*", None),
        ("arn:aws:s3:::alpha/secret/*", "arn:aws:s3:::alpha/secret/*", yes),
        ("arn:aws:s3:::alpha/open/*", "arn:aws:s3:::alpha/secret/*", no),
        ("arn:aws:s3:::alpha/open/*", "arn:aws:s3:::alpha/*/secret/*", None),
        ("arn:aws:s3:::alpha/open/*", "arn:aws:kms:::alpha/*", no),
    ] {
        let policy = format!(
            r#"{{"Statement":[{{"Sid":"One","Effect":"Deny","Principal":"*","Action":"s3:GetObject","Resource":"{resource}"}}]}}"#
        );
        let policy = Policy::parse(&policy).expect("a policy");
        let (caller, context) = (Caller::default(), Context::default());
        let ask = Ask {
            caller: Some(&caller),
            action: "s3:GetObject",
            resource: asked,
            context: &context,
        };
        let told = match evaluate(&policy, ask) {
            Verdict::Denied(_) => Some(true),
            Verdict::CannotTell(why) => {
                assert!(why.contains(resource), "{why}");
                None
            }
            _ => Some(false),
        };
        assert_eq!(told, expected, "{asked} {resource}");
    }
}
