//! Accounts that are opened by a role: what STS is asked, whose credentials the requests then have, and what is said when
//! the role is refused. Against a stub that answers as the AWS STS API Reference has it.

use crate::recorder::{Answer, Recorder, Request};
use cloud::aws::{AccessKey, ConnectOptions, assume};
use cloud::{Account, AccountKind, Fault, RoleArn};

const ROLE: &str = "arn:aws:iam::444455556666:role/rekey-reader";
const SESSION: &str = "arn:aws:sts::444455556666:assumed-role/rekey-reader/rekey";
const SECRET: &str = "never-to-be-shown";

async fn account(stub: &Recorder, changes_allowed: bool) -> Account {
    let options = ConnectOptions {
        changes_allowed,
        region: Some("eu-west-2".to_string()),
        endpoint_url: Some(stub.endpoint.clone()),
        access_key: Some(AccessKey {
            id: "AKIDEXAMPLE".to_string(),
            secret: SECRET.to_string(),
        }),
    };
    let role: RoleArn = ROLE.parse().expect("a role");
    assume(options, role).await.expect("an account")
}

fn is(request: &Request, action: &str) -> bool {
    request.body.contains(&format!("Action={action}&"))
}

/// Credentials that end at a time.
fn credentials(expiration: &str) -> Answer {
    Answer::new(
        200,
        &format!(
            "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult><AssumedRoleUser>\
             <AssumedRoleId>AROAEXAMPLE:rekey</AssumedRoleId><Arn>{SESSION}</Arn></AssumedRoleUser><Credentials>\
             <AccessKeyId>ASIAOTHER</AccessKeyId><SecretAccessKey>{SECRET}</SecretAccessKey>\
             <SessionToken>TOKEN</SessionToken><Expiration>{expiration}</Expiration></Credentials></AssumeRoleResult>\
             </AssumeRoleResponse>"
        ),
    )
}

/// An account with one bucket, whose role gives credentials until then.
fn willing(expiration: &'static str) -> impl Fn(&Request) -> Option<Answer> {
    move |request| {
        let text = if is(request, "AssumeRole") {
            return Some(credentials(expiration));
        } else if is(request, "GetCallerIdentity") {
            format!(
                "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>{SESSION}</Arn><UserId>U</UserId>\
                 <Account>444455556666</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"
            )
        } else {
            "<ListAllMyBucketsResult><Buckets><Bucket><Name>theirs</Name><BucketRegion>eu-west-2</BucketRegion></Bucket>\
             </Buckets></ListAllMyBucketsResult>"
                .to_string()
        };
        Some(Answer::new(200, &text))
    }
}

#[tokio::test]
async fn a_role_of_the_stub_opens_its_account_with_credentials_of_its_own() {
    let stub = Recorder::start(willing("2099-01-01T00:00:00Z")).await;
    let account = account(&stub, false).await;
    assert_eq!(account.identity.kind, AccountKind::CustomEndpoint);
    assert_eq!(account.identity.account_id.as_deref(), Some("444455556666"));
    assert!(!account.identity.changes_allowed);
    assert!(stub.requests().is_empty(), "nothing is sent by connecting");

    let caller = account.caller.identity().await.expect("a caller");
    assert_eq!(
        (caller.account_id.as_str(), caller.arn.as_str()),
        ("444455556666", SESSION)
    );
    let buckets = account.buckets.list().await.expect("buckets");
    assert_eq!(buckets[0].name, "theirs");
    let requests = stub.requests();
    let assumed: Vec<&Request> = requests
        .iter()
        .filter(|request| is(request, "AssumeRole"))
        .collect();
    let [assumed] = assumed.as_slice() else {
        panic!("credentials that hold are asked for once: {requests:?}")
    };
    let role = "RoleArn=arn%3Aaws%3Aiam%3A%3A444455556666%3Arole%2Frekey-reader";
    assert!(
        assumed.body.contains(role) && assumed.body.contains("RoleSessionName=rekey"),
        "{}",
        assumed.body
    );
    for request in &requests {
        let (key, token) = if is(request, "AssumeRole") {
            ("Credential=AKIDEXAMPLE/", "")
        } else {
            ("Credential=ASIAOTHER/", "TOKEN")
        };
        assert!(request.header("authorization").contains(key), "{request:?}");
        assert_eq!(request.header("x-amz-security-token"), token);
    }
}

#[tokio::test]
async fn credentials_of_the_stub_that_end_are_renewed() {
    // In the past: each use needs new ones.
    let stub = Recorder::start(willing("2020-01-01T00:00:00Z")).await;
    let account = account(&stub, false).await;
    let asked = || {
        let requests = stub.requests();
        requests
            .iter()
            .filter(|request| is(request, "AssumeRole"))
            .count()
    };
    let _ = account.buckets.list().await;
    let before = asked();
    assert!(before >= 1);
    let _ = account.buckets.list().await;
    assert!(asked() > before, "they are asked for again");
}

#[tokio::test]
async fn a_role_that_the_stub_refuses_says_why_and_what_to_do() {
    let stub = Recorder::start(|request| {
        let text = format!(
            "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>User: arn:aws:iam::111122223333:user/ops \
             is not authorized to perform: sts:AssumeRole on resource: {ROLE}</Message></Error></ErrorResponse>"
        );
        Some(Answer::new(if is(request, "AssumeRole") { 403 } else { 500 }, &text))
    })
    .await;
    let account = account(&stub, false).await;
    let error = account.caller.identity().await.expect_err("refused");
    assert_eq!(
        (error.fault, error.operation, error.target.as_str()),
        (Fault::AccessDenied, "AssumeRole", ROLE)
    );
    assert!(error.message.contains("not authorized to perform"), "{error}");
    assert!(error.remedy().contains("trust policy"), "{}", error.remedy());
    let said = format!("{error:?} {error}");
    assert!(!said.contains(SECRET), "{said}");
    let requests = stub.requests();
    assert!(
        requests.iter().all(|request| is(request, "AssumeRole")),
        "nothing else is sent: {requests:?}"
    );
}

#[tokio::test]
async fn a_role_of_the_stub_may_not_change_what_the_server_may_not() {
    let stub = Recorder::start(willing("2099-01-01T00:00:00Z")).await;
    let account = account(&stub, false).await;
    let error = account.policies.put_policy("theirs", None).await;
    assert_eq!(error.expect_err("refused").fault, Fault::ReadOnly);
    assert!(stub.requests().is_empty());
}
