//! What IAM says of a principal's own policies, against the stub: all actions, or all resources, in one request, page by page;
//! and the lists of principals, which end somewhere.

use crate::quotas::account;
use crate::stub::{Reply, Stub};
use cloud::IdentityAsk;
use model::preflight::IdentitySays;

fn page(results: &str, more: &str) -> Reply {
    Reply::Xml(format!(
        "<SimulatePrincipalPolicyResponse><SimulatePrincipalPolicyResult>\
         <EvaluationResults>{results}</EvaluationResults>{more}\
         </SimulatePrincipalPolicyResult></SimulatePrincipalPolicyResponse>"
    ))
}

fn result(action: &str, decision: &str) -> String {
    format!(
        "<member><EvalActionName>{action}</EvalActionName><EvalDecision>{decision}</EvalDecision></member>"
    )
}

#[tokio::test]
async fn rights_are_asked_of_the_stub_at_once_and_read_to_the_last_page() {
    let stub = Stub::start(|call| {
        let body = call.input["body"].as_str().unwrap_or_default();
        if body.contains("Marker=next") {
            page(
                &result("s3:DeleteObject", "explicitDeny"),
                "<IsTruncated>false</IsTruncated>",
            )
        } else {
            let results = [
                result("s3:GetObject", "allowed"),
                result("s3:PutObject", "implicitDeny"),
            ];
            page(
                &results.concat(),
                "<IsTruncated>true</IsTruncated><Marker>next</Marker>",
            )
        }
    })
    .await;
    let role = "arn:aws:iam::111122223333:role/rekey";
    let actions = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"];
    let rights = account(&stub).await.principals.rights(role, &actions).await;
    let rights = rights.expect("rights");
    assert_eq!(rights["s3:GetObject"], IdentitySays::Allowed);
    assert_eq!(rights["s3:PutObject"], IdentitySays::Silent);
    assert_eq!(rights["s3:DeleteObject"], IdentitySays::Denied);
    let calls = stub.calls();
    assert_eq!(calls.len(), 2, "two pages");
    let first = calls[0].input["body"].as_str().expect("a form");
    assert!(first.contains("Action=SimulatePrincipalPolicy"), "{first}");
    assert!(
        first.contains("ActionNames.member.3=s3%3ADeleteObject"),
        "{first}"
    );
}

/// Answers for several resources come as results of their own, or under that of the action; both are read.
#[tokio::test]
async fn resources_are_asked_at_once_and_each_has_its_answer() {
    let arn = |prefix: &str| format!("arn:aws:s3:::alpha/{prefix}any-object");
    let stub = Stub::start(|call| {
        let body = call.input["body"].as_str().unwrap_or_default();
        if body.contains("kms%3ADecrypt") {
            return page(&result("kms:Decrypt", "explicitDeny"), "");
        }
        let own = |name: &str, decision: &str| {
            format!("<member><EvalActionName>s3:GetObject</EvalActionName><EvalResourceName>arn:aws:s3:::alpha/{name}any-object</EvalResourceName><EvalDecision>{decision}</EvalDecision></member>")
        };
        if body.contains("Marker=next") {
            return page(&own("c/", "implicitDeny"), "<IsTruncated>false</IsTruncated>");
        }
        let under = "<member><EvalActionName>s3:GetObject</EvalActionName><EvalResourceName>*</EvalResourceName><EvalDecision>implicitDeny</EvalDecision>\
            <ResourceSpecificResults><member><EvalResourceName>arn:aws:s3:::alpha/b/any-object</EvalResourceName>\
            <EvalResourceDecision>allowed</EvalResourceDecision></member></ResourceSpecificResults></member>";
        page(
            &format!("{}{under}", own("a/", "explicitDeny")),
            "<IsTruncated>true</IsTruncated><Marker>next</Marker>",
        )
    })
    .await;
    let reads = ["a/", "b/", "c/", "d/"].map(|prefix| IdentityAsk {
        action: "s3:GetObject",
        resource: arn(prefix),
        context: Vec::new(),
    });
    let decrypts = IdentityAsk {
        action: "kms:Decrypt",
        resource: "arn:aws:kms:us-east-1:111122223333:key/k".to_string(),
        context: Vec::new(),
    };
    let asks: Vec<IdentityAsk> = reads.into_iter().chain([decrypts]).collect();
    let role = "arn:aws:iam::111122223333:role/reader";
    let said = account(&stub).await.principals.simulate(role, &asks).await;
    let said = said.expect("answers");
    use IdentitySays::{Allowed, CannotTell, Denied, Silent};
    assert_eq!(said[..3], [Denied, Allowed, Silent]);
    assert!(
        matches!(said[3], CannotTell(_)),
        "of d/ IAM said nothing: {said:?}"
    );
    assert_eq!(said[4], Denied);
    let calls = stub.calls();
    assert_eq!(calls.len(), 3, "two pages of one action, and another action");
    let first = calls[0].input["body"].as_str().expect("a form");
    assert!(first.contains("ResourceArns.member.4="), "{first}");
}

/// Roles and users are counted apart, and that there are more of either is told.
#[tokio::test]
async fn lists_of_principals_tell_whether_they_are_whole() {
    let stub = Stub::start(|call| {
        let body = call.input["body"].as_str().unwrap_or_default();
        let member = |kind: &str, number: usize| {
            format!("<member><Path>/</Path><{kind}Name>n{number}</{kind}Name><{kind}Id>I</{kind}Id><Arn>arn:aws:iam::111122223333:{}/n{number}</Arn><CreateDate>2026-01-01T00:00:00Z</CreateDate></member>", kind.to_lowercase())
        };
        let (operation, kind, count, truncated) = if body.contains("Action=ListRoles") {
            ("ListRoles", "Role", 600, true)
        } else {
            ("ListUsers", "User", 3, false)
        };
        let members: String = (0..count).map(|number| member(kind, number)).collect();
        Reply::Xml(format!(
            "<{operation}Response><{operation}Result><{kind}s>{members}</{kind}s><IsTruncated>{truncated}</IsTruncated><Marker>next</Marker></{operation}Result></{operation}Response>"
        ))
    })
    .await;
    let listed = account(&stub).await.principals.list().await.expect("a list");
    assert_eq!(listed.principals.len(), 1_003, "a thousand roles, and all users");
    assert!(
        listed.more_roles && !listed.more_users,
        "{} roles",
        listed.principals.len()
    );
}
