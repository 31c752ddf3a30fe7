//! What IAM says of a caller's own policies, against the stub: asked for all actions in one request, page by page.

use crate::quotas::account;
use crate::stub::{Reply, Stub};
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
