//! Whether ACLs can make objects public or let logs be delivered, read from recorded answers of S3, S3 Control and STS: which setting decides, how far
//! it is asked, and that what could not be read is no answer.

use crate::recorder::{Answer, Recorder, Request};
use crate::wire::account;
use model::preflight::{AclsIgnoredBy, PublicAcls, Seen};
use std::collections::BTreeMap;

const OWNERSHIP: &str = "?ownershipControls";
const OF_BUCKET: &str = "?publicAccessBlock";
const OF_ACCOUNT: &str = "/configuration/publicAccessBlock";
const ACL: &str = "?acl";

fn ownership(word: &str) -> Answer {
    Answer::new(
        200,
        &format!(
            "<OwnershipControls xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Rule><ObjectOwnership>{word}</ObjectOwnership></Rule></OwnershipControls>"
        ),
    )
}

fn block(ignored: bool) -> Answer {
    Answer::new(
        200,
        &format!(
            "<PublicAccessBlockConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><BlockPublicAcls>true</BlockPublicAcls><IgnorePublicAcls>{ignored}</IgnorePublicAcls></PublicAccessBlockConfiguration>"
        ),
    )
}

fn never_set() -> Answer {
    Answer::error(404, "NoSuchPublicAccessBlockConfiguration", "There is none")
}

/// S3 Control puts one more element around its errors.
fn never_set_in_account() -> Answer {
    let error = never_set();
    let text = error.body.replacen("<Error>", "<ErrorResponse><Error>", 1) + "</ErrorResponse>";
    Answer::new(404, &text)
}

fn never_owned() -> Answer {
    Answer::error(404, "OwnershipControlsNotFoundError", "The bucket has none")
}

fn denied() -> Answer {
    Answer::error(403, "AccessDenied", "Access Denied")
}

fn acl(grantee: &str) -> Answer {
    Answer::new(
        200,
        &format!(
            "<AccessControlPolicy xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Owner><ID>me</ID></Owner><AccessControlList><Grant>{grantee}<Permission>READ</Permission></Grant></AccessControlList></AccessControlPolicy>"
        ),
    )
}

fn group(name: &str) -> Answer {
    acl(&format!(
        "<Grantee xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"Group\"><URI>http://acs.amazonaws.com/groups/{name}</URI></Grantee>"
    ))
}

const CALLER: &str = "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult><Arn>arn:aws:iam::111122223333:user/me</Arn><UserId>AIDA</UserId><Account>111122223333</Account></GetCallerIdentityResult></GetCallerIdentityResponse>";

/// What was found of public objects and of log delivery, and which of the four were asked.
async fn found(answers: Vec<(&'static str, Answer)>) -> (Seen<PublicAcls>, Seen<bool>, Vec<&'static str>) {
    let answers: BTreeMap<&'static str, Answer> = answers.into_iter().collect();
    let answer = move |request: &Request| {
        if request.body.contains("GetCallerIdentity") {
            return Some(Answer::new(200, CALLER));
        }
        let asked = answers.iter().find(|(line, _)| request.line.contains(*line));
        let missing = || Answer::error(404, "NoSuchBucket", "It is not asked here");
        Some(asked.map_or_else(missing, |(_, answer)| answer.clone()))
    };
    let recorder = Recorder::start(answer).await;
    let account = account(&recorder).await;
    let evidence = account.evidence.of_bucket("alpha").await;
    let requests = recorder.requests();
    let was_asked = |line: &&str| requests.iter().any(|request| request.line.contains(line));
    let asked = [OWNERSHIP, OF_BUCKET, OF_ACCOUNT, ACL]
        .into_iter()
        .filter(was_asked);
    let of_account = requests
        .iter()
        .filter(|request| request.line.contains(OF_ACCOUNT));
    for request in of_account {
        assert_eq!(request.header("x-amz-account-id"), "111122223333");
    }
    (evidence.acls, evidence.log_delivery, asked.collect())
}

#[tokio::test]
async fn a_setting_before_the_acl_is_the_answer() {
    let off = found(vec![(OWNERSHIP, ownership("BucketOwnerEnforced"))]).await;
    assert_eq!(off, (Ok(PublicAcls::Off), Ok(false), vec![OWNERSHIP]));
    let ignored = |by| Ok(PublicAcls::Ignored(by));
    let by_bucket = found(vec![
        (OWNERSHIP, ownership("ObjectWriter")),
        (OF_BUCKET, block(true)),
        (ACL, group("global/AllUsers")),
    ]);
    let asked = vec![OWNERSHIP, OF_BUCKET, ACL];
    assert_eq!(
        by_bucket.await,
        (ignored(AclsIgnoredBy::Bucket), Ok(false), asked)
    );
    let by_account = found(vec![
        (OWNERSHIP, ownership("BucketOwnerPreferred")),
        (OF_BUCKET, block(false)),
        (OF_ACCOUNT, block(true)),
        (ACL, group("s3/LogDelivery")),
    ]);
    let asked = vec![OWNERSHIP, OF_BUCKET, OF_ACCOUNT, ACL];
    assert_eq!(
        by_account.await,
        (ignored(AclsIgnoredBy::Account), Ok(true), asked)
    );
}

#[tokio::test]
async fn an_acl_in_force_is_read_for_everybody_and_for_log_delivery() {
    let owner = "<Grantee xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"CanonicalUser\"><ID>me</ID></Grantee>";
    for (what, answer, is_public, logs) in [
        ("the owner's alone", acl(owner), false, false),
        ("everybody", group("global/AllUsers"), true, false),
        ("with an account", group("global/AuthenticatedUsers"), true, false),
        ("log delivery", group("s3/LogDelivery"), false, true),
    ] {
        let answers = vec![
            (OWNERSHIP, never_owned()),
            (OF_BUCKET, never_set()),
            (OF_ACCOUNT, never_set_in_account()),
            (ACL, answer),
        ];
        let in_force = PublicAcls::InForce {
            bucket_is_public: Ok(is_public),
        };
        let asked = vec![OWNERSHIP, OF_BUCKET, OF_ACCOUNT, ACL];
        assert_eq!(found(answers).await, (Ok(in_force), Ok(logs), asked), "{what}");
    }
}

#[tokio::test]
async fn what_could_not_be_read_is_no_answer_unless_another_setting_decides() {
    let (acls, logs, _) = found(vec![
        (OWNERSHIP, denied()),
        (OF_BUCKET, block(true)),
        (ACL, denied()),
    ])
    .await;
    assert_eq!(acls, Ok(PublicAcls::Ignored(AclsIgnoredBy::Bucket)));
    assert!(logs.expect_err("unread").contains("GetBucketAcl"));
    for (operation, answers) in [
        (
            "GetBucketOwnershipControls",
            vec![
                (OWNERSHIP, denied()),
                (OF_BUCKET, never_set()),
                (OF_ACCOUNT, never_set_in_account()),
            ],
        ),
        (
            "GetPublicAccessBlock on s3://alpha",
            vec![
                (OWNERSHIP, never_owned()),
                (OF_BUCKET, denied()),
                (OF_ACCOUNT, block(false)),
            ],
        ),
        (
            "GetPublicAccessBlock on account 111122223333",
            vec![
                (OWNERSHIP, never_owned()),
                (OF_BUCKET, never_set()),
                (OF_ACCOUNT, denied()),
            ],
        ),
    ] {
        let (acls, ..) = found(answers).await;
        let error = acls.expect_err("unread");
        assert!(error.starts_with(operation), "{error}");
    }
    let (acls, ..) = found(vec![
        (OWNERSHIP, never_owned()),
        (OF_BUCKET, never_set()),
        (OF_ACCOUNT, never_set_in_account()),
        (ACL, denied()),
    ])
    .await;
    let Ok(PublicAcls::InForce { bucket_is_public }) = acls else {
        panic!("{acls:?}")
    };
    assert!(bucket_is_public.expect_err("unread").contains("GetBucketAcl"));
}
