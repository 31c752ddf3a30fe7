//! Throwaway objects: whether the update is safe, whether a place of jobs does, and that nothing of them is left; and that
//! an account opened for reading changes nothing.

use super::place::{Place, Spec};
use cloud::place::try_place;
use cloud::probe::prove_update;
use cloud::{CopyOrder, Fault, SentEncryption};
use model::encryption::DefaultEncryption;
use model::inventory::EncryptionStatus;
use model::jobs::JobPlace;
use tokio_util::sync::CancellationToken;

pub(super) async fn the_probe_tells_whether_the_update_is_safe(place: &Place) {
    let kept = place.object("contract/kept.txt");
    place.neighbour.put(&kept, &Spec::plain("kept"));
    for bucket in [&place.bucket, &place.versioned] {
        let (before, _) = place.listing(bucket).await;
        let outcome = prove_update(&place.account, bucket, &place.target, "contract").await;
        match outcome {
            Ok(proof) => {
                assert!(!place.differences.update_destroys, "{}", proof.sentence);
                assert!(proof.bucket_key_reported);
            }
            Err(refusal) => {
                assert!(place.differences.update_destroys, "{refusal}");
                let said = "the server ran UpdateObjectEncryption as an upload: the probe's 64 bytes became ";
                assert!(refusal.sentence.starts_with(said), "{refusal}");
                assert!(
                    refusal
                        .sentence
                        .ends_with("bytes of XML; no real object was touched."),
                    "{refusal}"
                );
            }
        }
        assert_eq!(
            place.listing(bucket).await.0,
            before,
            "nothing is left, and nothing else has changed"
        );
    }
    assert_eq!(place.neighbour.look(&kept).body, "kept");
}

pub(super) async fn a_place_of_jobs_is_tried_and_left_as_it_was(place: &Place) {
    let deliveries = &place.account.deliveries;
    let at = |bucket: &str, prefix: &str| JobPlace {
        region: place.target.key.region(),
        bucket: bucket.to_string(),
        prefix: prefix.to_string(),
    };
    for bucket in &place.for_jobs {
        let all = async || deliveries.folder(bucket, "").await.expect("a folder");
        let before = (all().await.folders, all().await.keys);
        for prefix in ["", "contract of/jöbs"] {
            let tried = try_place(&place.account, &at(bucket, prefix), "m-1/probe", b"one").await;
            tried.unwrap_or_else(|error| panic!("{bucket} {prefix}: {error}"));
        }
        assert_eq!((all().await.folders, all().await.keys), before, "{bucket}");
    }
    let (before, _) = place.listing(&place.versioned).await;
    // Where it does not do as a place, nothing is left either.
    let _ = try_place(
        &place.account,
        &at(&place.versioned, "contract"),
        "m-1/probe",
        b"one",
    )
    .await;
    assert_eq!(place.listing(&place.versioned).await.0, before);
    let missing = try_place(
        &place.account,
        &at("rekey-no-such-bucket", ""),
        "m-1/probe",
        b"one",
    )
    .await;
    let missing = missing.expect_err("no bucket");
    assert_eq!(
        (missing.fault, missing.operation),
        (Fault::NotFound, "PutObject"),
        "{missing}"
    );
    let account = place.account.clone().read_only();
    let refused = try_place(&account, &at(&place.for_jobs[0], ""), "m-1/probe", b"one").await;
    assert_eq!(refused.expect_err("a write").fault, Fault::ReadOnly);
}

pub(super) async fn read_only_changes_nothing(place: &Place) {
    let object = place.object("contract/read-only.txt");
    place.neighbour.put(&object, &Spec::plain("as it is"));
    let before = place.neighbour.look(&object);
    let account = place.account.clone().read_only();
    assert!(!account.identity.changes_allowed);
    let seen = account.objects.head(&object).await.expect("reading is allowed");
    let order = CopyOrder {
        seen,
        target: place.target.clone(),
        by_inventory: false,
        break_off: CancellationToken::new(),
        permits: None,
    };
    let default = DefaultEncryption {
        status: EncryptionStatus::SseS3,
        key: None,
        bucket_key: false,
        blocked: Vec::new(),
    };
    let refusals = [
        account.objects.update_encryption(&object, &place.target).await,
        account.objects.copy_in_place(&object, &order).await,
        account
            .probes
            .put_probe(&object, SentEncryption::Nothing, b"x")
            .await
            .map(|_| ()),
        account.probes.delete_probe(&object).await,
        account
            .buckets
            .put_default_encryption(&place.bucket, &default)
            .await,
        account.policies.put_policy(&place.bucket, None).await,
    ];
    for refusal in refusals {
        let error = refusal.expect_err("a change");
        assert_eq!(error.fault, Fault::ReadOnly);
        assert!(error.message.contains("--allow-changes"), "{error}");
    }
    assert_eq!(place.neighbour.look(&object), before);
}
