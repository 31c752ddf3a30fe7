//! Quotas of the simulated account: requests to raise them, and the use that they are held against.

use crate::sandbox::open;
use cloud::sandbox::{Sandbox, SandboxOptions, SetClock};
use cloud::{Account, Fault};
use model::increases::RequestStatus;
use model::inventory::Region;
use model::quantity::RequestsPerSecond;
use std::sync::Arc;

#[tokio::test]
async fn an_increase_is_pending_then_a_case_then_granted_and_raises_the_quota() {
    let dir = tempfile::tempdir().expect("a folder");
    let clock = Arc::new(SetClock::at(Sandbox::START));
    let options = || SandboxOptions {
        clock: Arc::clone(&clock) as _,
        ..SandboxOptions::default()
    };
    let frankfurt = Region("eu-central-1".to_string());
    let sandbox = open(&dir, options());
    let account = sandbox.account();
    let too_little = account.increases.request(&frankfurt, 2_000).await;
    assert_eq!(too_little.expect_err("no more than it is").fault, Fault::Refused);
    let request = account
        .increases
        .request(&frankfurt, 4_000)
        .await
        .expect("a request");
    assert_eq!(request.status, RequestStatus::Pending);
    let second = account.increases.request(&frankfurt, 5_000).await;
    assert_eq!(second.expect_err("one is open").fault, Fault::Refused);
    let quota = |account: &Account| {
        let (usage, region) = (Arc::clone(&account.usage), frankfurt.clone());
        async move {
            usage
                .kms_quota(&region, Sandbox::START)
                .await
                .expect("a quota")
                .quota
                .limit
        }
    };
    clock.advance(6_000);
    let seen = account
        .increases
        .look_up(&frankfurt, &request.id)
        .await
        .expect("the request");
    assert_eq!(seen.status, RequestStatus::CaseOpened);
    assert!(seen.case.is_some());
    assert_eq!(quota(&account).await, RequestsPerSecond::whole(2_000));
    drop((account, sandbox));

    let account = open(&dir, options()).account();
    clock.advance(10_000);
    let seen = account.increases.requests(&frankfurt).await.expect("a list");
    assert_eq!((seen.len(), &seen[0].status), (1, &RequestStatus::Approved));
    assert_eq!(quota(&account).await, RequestsPerSecond::whole(4_000));
}

#[tokio::test]
async fn two_weeks_of_use_have_their_peak_and_their_quiet_nights() {
    let dir = tempfile::tempdir().expect("a folder");
    let account = open(&dir, SandboxOptions::default()).account();
    let london = Region("eu-west-2".to_string());
    let facts = account
        .usage
        .kms_quota(&london, Sandbox::START)
        .await
        .expect("a quota");
    let metric = facts.metric.expect("its metric");
    let used = account.usage.kms_use(&london, &metric, Sandbox::START).await;
    let used = used.expect("an answer").expect("data points");
    assert_eq!(used.peak, RequestsPerSecond::whole(6_200));
    assert_eq!(used.minutes, 14 * 24 * 60);
    let quiet = used.quietest().expect("a window");
    assert_eq!(quiet.to_string(), "Saturday 01:00 to 05:00 UTC");
    assert!(quiet.peak < RequestsPerSecond::whole(1_500));
    let elsewhere = account
        .usage
        .kms_quota(&Region("ap-east-1".to_string()), Sandbox::START)
        .await;
    assert_eq!(elsewhere.expect_err("it is not there").fault, Fault::NotFound);
}
