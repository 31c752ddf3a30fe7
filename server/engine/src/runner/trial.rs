//! The first object of a method in a bucket: read before, converted, read back and compared, before a second one is
//! touched by it. Behind a custom endpoint a throwaway object goes first, because there the update may destroy.

use super::breaker::denied;
use super::object::{Attempt, Outcome, Step};
use super::whole::changed_facts;
use super::work::BucketWork;
use crate::retry::{Ended, Patience, patiently};
use cloud::{AccountKind, ObjectFacts};
use model::inventory::EncryptionStatus;
use model::method::Method;
use model::migration::{Entry, FailureCause};

impl Attempt<'_> {
    /// Tries a method on this object, alone.
    pub(super) async fn act_on_trial(&mut self, method: Method, seen: ObjectFacts) -> Step {
        let work = self.work;
        let _turn = tokio::select! {
            biased;
            () = work.wind_down.cancelled() => return Step::End(Outcome::Interrupted),
            turn = work.proved.turn.lock() => turn,
        };
        if work.proved.is(method) {
            return Step::Act(method, Some(seen));
        }
        let probe = match probe(work, method).await {
            Ok(probe) => probe,
            Err(reason) => {
                if let Some(reason) = reason {
                    work.stop(reason);
                }
                return Step::End(Outcome::Interrupted);
            }
        };
        let unsure = match self.request(method, Some(seen.clone())).await {
            Ok(()) => false,
            Err(Step::Look) if self.in_doubt => true,
            Err(Step::End(Outcome::Failed(FailureCause::AccessDenied, message))) => {
                // Before the next object has its turn, which would only be refused too.
                work.stop_refused(denied(&message));
                return Step::End(Outcome::Failed(FailureCause::AccessDenied, message));
            }
            Err(step) => return step,
        };
        let after = match self.head(method == Method::CopyObject).await {
            Ok(after) => after,
            Err(step @ Step::End(Outcome::Interrupted | Outcome::Gone)) => return step,
            Err(_) => return self.broken(method, "it could not be read back"),
        };
        if unsure && after == seen {
            return Step::Look;
        }
        if let Some(difference) = difference(work, method, &seen, &after) {
            return self.broken(method, &difference);
        }
        self.proved(method, (&seen, &after), &probe).await;
        Step::End(Outcome::Converted(method))
    }

    /// Journals what the object showed of a method, which from now on needs no trial here.
    async fn proved(&self, method: Method, (seen, after): (&ObjectFacts, &ObjectFacts), probe: &str) {
        let work = self.work;
        let evidence = format!(
            "{}: {} bytes, ETag {}, {} before; {} under {} after{probe}",
            self.row.key,
            seen.size.0,
            seen.e_tag,
            seen.encryption.status,
            after.encryption.status,
            after.encryption.key.as_deref().unwrap_or("no key"),
        );
        let bucket = work.bucket().bucket.clone();
        tracing::info!(migration.id = %work.plan().id, bucket.name = bucket, method = method.title(), evidence, "method proved");
        let proof = Entry::MethodProved {
            bucket,
            method,
            evidence,
        };
        // When it is not journaled, because the state has moved on or the journal cannot be reached, the next runner proves it
        // anew.
        let journaled = work.migration.ledger.append(Some(work.epoch), vec![proof]).await;
        if journaled.is_ok() {
            work.proved.set(method);
        } else {
            work.wind_down.cancel();
        }
    }

    fn broken(&self, method: Method, difference: &str) -> Step {
        let object = self.work.object(&self.row.key, self.row.version_id.as_ref());
        let advice = match method {
            Method::UpdateObjectEncryption => {
                "Do not use it on this server: cancel, and plan again with CopyObject. Nothing else was touched."
            }
            Method::CopyObject => "Look at the object before you resume. Nothing else was copied.",
        };
        let message = format!(
            "{} on {object} did not do what it should: {difference}. {advice}",
            method.title()
        );
        self.work.stop(message.clone());
        Step::End(Outcome::Failed(FailureCause::NotAsAsked, message))
    }
}

/// Proves the update on a throwaway object where the server may not be S3; gives what to add to the evidence, or why the run
/// stops, with no reason when it winds down anyway.
async fn probe(work: &BucketWork, method: Method) -> Result<String, Option<String>> {
    let account = &work.shared.account;
    if account.identity.kind != AccountKind::CustomEndpoint || method != Method::UpdateObjectEncryption {
        return Ok(String::new());
    }
    let nonce = format!("{}-{}-{}", work.plan().id, work.epoch, work.position);
    let prover = &work.shared.options.prover;
    let prove = || prover.prove_update(account, &work.bucket().bucket, work.target(), &nonce);
    match patiently(&nonce, Patience::default(), work.wind_down.cancelled(), prove).await {
        Ok(Ok(evidence)) => Ok(format!("; probe: {evidence}")),
        Ok(Err(refused)) => Err(Some(format!(
            "UpdateObjectEncryption cannot be used on this server: {refused} Cancel, and plan again with CopyObject."
        ))),
        Err(Ended::Failed(error)) => Err(Some(format!(
            "Whether UpdateObjectEncryption can be used on this server could not be seen: {error}. Resume to try it again."
        ))),
        Err(Ended::BrokenOff(_)) => Err(None),
    }
}

/// How an object differs from what the method promises; none when it holds.
fn difference(
    work: &BucketWork,
    method: Method,
    before: &ObjectFacts,
    after: &ObjectFacts,
) -> Option<String> {
    let lost = changed_facts(method, before, after);
    if lost.is_some() {
        return lost;
    }
    if work.meets(after) {
        return None;
    }
    Some(format!("it reads back {}", as_found(work, after)))
}

/// How an object that is not where the plan wants it is encrypted, in words that follow "it reads back".
pub(super) fn as_found(work: &BucketWork, facts: &ObjectFacts) -> String {
    let found = &facts.encryption;
    match (found.status, &found.key) {
        (EncryptionStatus::SseKms, Some(key)) if key == work.target().key.as_str() => format!(
            "under the key, with its bucket key {}, which it should not be",
            if found.bucket_key { "on" } else { "off" }
        ),
        (status, key) => format!("as {status} under {}", key.as_deref().unwrap_or("no key")),
    }
}
