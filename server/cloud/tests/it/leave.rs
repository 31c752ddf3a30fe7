//! Copies that ask for leave as a recording server sees them: for each request, again after another look, and with nothing
//! written where leave does not come.

use crate::copies::{SIX_GIB, assert_sent, bucket, seen};
use crate::recorder::{Answer, Recorder};
use crate::wire::{account, object, target};
use cloud::{CopyOrder, Fault, Permits, Throttler};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Counts how often it is asked, and told.
#[derive(Debug, Default)]
struct Counted {
    reads: AtomicU32,
    writes: AtomicU32,
    sent: AtomicU32,
    throttled: AtomicU32,
}

#[async_trait::async_trait]
impl Permits for Counted {
    async fn read(&self) {
        self.reads.fetch_add(1, Ordering::Relaxed);
    }

    async fn write(&self) {
        self.writes.fetch_add(1, Ordering::Relaxed);
    }

    fn sent(&self) {
        self.sent.fetch_add(1, Ordering::Relaxed);
    }

    fn throttled(&self, by: Throttler) {
        assert_eq!(by, Throttler::S3);
        self.throttled.fetch_add(1, Ordering::Relaxed);
    }
}

/// A copy of an object of this size that asks for leave.
fn asking(size: u64, permits: Arc<dyn Permits>) -> CopyOrder {
    CopyOrder {
        seen: seen(size),
        target: target(),
        by_inventory: false,
        break_off: CancellationToken::new(),
        permits: Some(permits),
    }
}

#[tokio::test]
async fn each_request_of_a_copy_asks_for_leave() {
    for (size, reads, writes) in [
        // The look and the grants; the copy.
        (10, 2, 1),
        // These and the tags; the upload's beginning, six parts, and its end.
        (SIX_GIB, 3, 8),
    ] {
        let recorder = Recorder::start(bucket(size)).await;
        let permits = Arc::new(Counted::default());
        let order = asking(size, Arc::clone(&permits) as _);
        let account = account(&recorder).await;
        account
            .objects
            .copy_in_place(&object(None), &order)
            .await
            .expect("a copy");
        let asked = |of: &AtomicU32| of.load(Ordering::Relaxed);
        assert_eq!(
            (
                asked(&permits.reads),
                asked(&permits.writes),
                asked(&permits.sent)
            ),
            (reads, writes, writes),
            "{size}"
        );
        assert_eq!(asked(&permits.throttled), 0);
    }
}

/// A part that S3 throttles is told of, so that others go slower too, and is copied again.
#[tokio::test]
async fn parts_that_are_throttled_are_told_of() {
    let (answers, failed) = (bucket(SIX_GIB), AtomicBool::new(false));
    let recorder = Recorder::start(move |request| {
        let is_part = request.line.contains("partNumber=3&");
        if is_part && !failed.swap(true, Ordering::Relaxed) {
            return Some(Answer::error(503, "SlowDown", "Please reduce your request rate."));
        }
        answers(request)
    })
    .await;
    let permits = Arc::new(Counted::default());
    let order = asking(SIX_GIB, Arc::clone(&permits) as _);
    let account = account(&recorder).await;
    let copied = account.objects.copy_in_place(&object(None), &order).await;
    copied.expect("a copy");
    let told = |of: &AtomicU32| of.load(Ordering::Relaxed);
    assert_eq!((told(&permits.throttled), told(&permits.sent)), (1, 9));
}

/// Lets a writing request go only when what was seen is long ago, the first time.
#[derive(Debug, Default)]
struct Late {
    asked: AtomicU32,
    sent: AtomicU32,
}

#[async_trait::async_trait]
impl Permits for Late {
    async fn read(&self) {}

    async fn write(&self) {
        if self.asked.fetch_add(1, Ordering::Relaxed) == 0 {
            tokio::time::pause();
            tokio::time::advance(Duration::from_secs(2)).await;
            tokio::time::resume();
        }
    }

    fn sent(&self) {
        self.sent.fetch_add(1, Ordering::Relaxed);
    }

    fn throttled(&self, _: Throttler) {}
}

/// The conditions of a copy tell of the content alone: what else is sent along is looked at once more after a wait. Leave is
/// for a point of time, so that it is asked for again then.
#[tokio::test]
async fn a_copy_that_waited_looks_again_and_sends_what_it_sees_then() {
    for (second, copies) in [("/moved", 1), ("abc changed", 0)] {
        let (answers, looks) = (bucket(10), AtomicU32::new(0));
        let recorder = Recorder::start(move |request| {
            let answer = answers(request)?;
            let again = request.line.starts_with("HEAD ") && looks.fetch_add(1, Ordering::Relaxed) > 0;
            Some(match (again, second) {
                (true, "/moved") => answer.with("x-amz-website-redirect-location", second),
                (true, _) => answer.with("etag", "\"changed\""),
                (false, _) => answer,
            })
        })
        .await;
        let permits = Arc::new(Late::default());
        let order = CopyOrder {
            seen: seen(10),
            target: target(),
            by_inventory: false,
            break_off: CancellationToken::new(),
            permits: Some(Arc::clone(&permits) as _),
        };
        let account = account(&recorder).await;
        let copied = account.objects.copy_in_place(&object(None), &order).await;
        assert_eq!(copied.is_ok(), copies == 1, "{copied:?}");
        let told = |of: &AtomicU32| of.load(Ordering::Relaxed) as usize;
        assert_eq!((told(&permits.asked), told(&permits.sent)), (1 + copies, copies));
        let requests = recorder.requests();
        let of = |method: &'static str| {
            requests
                .iter()
                .filter(move |request| request.line.starts_with(method))
        };
        assert_eq!((of("HEAD ").count(), of("PUT ").count()), (2, copies), "{second}");
        for copy in of("PUT ") {
            assert_sent(copy, &[("x-amz-website-redirect-location", second)]);
        }
    }
}

/// Never lets a writing request go.
#[derive(Debug)]
struct NoWrites;

#[async_trait::async_trait]
impl Permits for NoWrites {
    async fn read(&self) {}

    async fn write(&self) {
        std::future::pending().await
    }

    fn sent(&self) {
        unreachable!("nothing may be sent");
    }

    fn throttled(&self, _: Throttler) {}
}

#[tokio::test]
async fn a_copy_that_waits_for_leave_and_is_broken_off_writes_nothing() {
    for size in [10, SIX_GIB] {
        let answers = bucket(size);
        let break_off = CancellationToken::new();
        let told = break_off.clone();
        let recorder = Recorder::start(move |request| {
            // The last that is read before the copy.
            if request.line.contains("acl") || request.line.contains("tagging") {
                told.cancel();
            }
            answers(request)
        })
        .await;
        let order = CopyOrder {
            seen: seen(size),
            target: target(),
            by_inventory: false,
            break_off,
            permits: Some(Arc::new(NoWrites) as _),
        };
        let account = account(&recorder).await;
        let copied = account.objects.copy_in_place(&object(None), &order).await;
        assert_eq!(copied.expect_err("broken off").fault, Fault::Unanswered);
        let requests = recorder.requests();
        let reads = |line: &str| line.starts_with("HEAD ") || line.starts_with("GET ");
        assert!(requests.iter().all(|request| reads(&request.line)), "{size}");
    }
}
