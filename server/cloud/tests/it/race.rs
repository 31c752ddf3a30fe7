//! Another writer against a copy in place, thousands of times: whoever comes first, the writer's upload stays.

use crate::peers::Peer;
use cloud::{Account, CloudError, CopyOrder, Fault, ObjectRef, SentEncryption};
use model::encryption::{KeyArn, TargetEncryption};
use serde_json::json;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

const OBJECTS: usize = 16;
const ROUNDS: usize = 130;

/// Looks at an object and copies it as it was seen.
async fn copy(account: &Account, object: &ObjectRef, target: &TargetEncryption) -> Result<(), CloudError> {
    let seen = account.objects.head(object).await?;
    let order = CopyOrder {
        seen,
        target: target.clone(),
        by_inventory: false,
        break_off: CancellationToken::new(),
        permits: None,
    };
    account.objects.copy_in_place(object, &order).await
}

/// Uploads, after so many other requests.
async fn write(account: &Account, object: &ObjectRef, body: &str, after: usize) {
    for _ in 0..after {
        account.objects.head(object).await.expect("the object");
    }
    account
        .probes
        .put_probe(object, SentEncryption::SseS3, body.as_bytes())
        .await
        .expect("an upload");
}

/// Races for one object: how many copies came through, and how many gave way.
async fn races(account: Account, object: ObjectRef, target: TargetEncryption) -> (usize, usize) {
    let (mut copied, mut gave_way) = (0, 0);
    write(&account, &object, "first", 0).await;
    for round in 0..ROUNDS {
        let body = format!("round {round}");
        let (answer, ()) = tokio::join!(
            copy(&account, &object, &target),
            write(&account, &object, &body, round % 5),
        );
        match answer {
            Ok(()) => copied += 1,
            Err(error) if error.fault == Fault::Changed => gave_way += 1,
            Err(error) => panic!("{object}: {error}"),
        }
        let read = account.objects.read(&object, 100).await.expect("a body");
        assert_eq!(
            String::from_utf8_lossy(&read),
            body,
            "{object}: an upload was lost"
        );
    }
    (copied, gave_way)
}

#[tokio::test(flavor = "multi_thread")]
async fn no_upload_is_lost_to_a_copy() {
    let peer = Arc::new(Peer::ministack());
    peer.call(json!({"do": "create_bucket", "bucket": "race", "versioned": false}));
    let arn = peer.call(json!({"do": "create_key", "description": "race"}));
    let target = TargetEncryption {
        key: KeyArn::parse(arn.as_str().expect("an ARN")).expect("an ARN"),
        bucket_key: true,
    };
    let account = peer.account().await;
    let racing: Vec<_> = (0..OBJECTS)
        .map(|n| {
            let object = ObjectRef {
                bucket: "race".to_string(),
                key: format!("object-{n:02}"),
                version_id: None,
            };
            tokio::spawn(races(account.clone(), object, target.clone()))
        })
        .collect();
    let (mut copied, mut gave_way) = (0, 0);
    for race in racing {
        let (came_through, others) = race.await.expect("a race");
        (copied, gave_way) = (copied + came_through, gave_way + others);
    }
    assert_eq!(copied + gave_way, OBJECTS * ROUNDS);
    assert!(
        copied > 100 && gave_way > 100,
        "{copied} copied, {gave_way} gave way"
    );
}
