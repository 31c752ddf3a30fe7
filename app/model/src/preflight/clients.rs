//! Rules about what clients do, of which no API tells: they are said where a plan makes them matter, with what was looked at.

use super::settings::{information, of};
use super::{Found, Look, Rule, Severity};
use crate::format::counted;
use crate::method::Method;
use crate::plan::PlanLine;
use crate::quantity::Objects;

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "multipart-writers",
        title: "Uploads in parts",
        why: "Who uploads in parts needs kms:Decrypt as well as kms:GenerateDataKey: S3 reads the encrypted parts to put them together.",
        source: "S3 User Guide, mpuoverview and UsingKMSEncryption",
        look: multipart_writers,
    },
    Rule {
        id: "client-requests",
        title: "Requests of clients",
        why: "Objects under SSE-KMS are served to requests that are signed with Signature Version 4 and sent over TLS. A GET or HEAD that sends encryption headers is answered 400.",
        source: "S3 User Guide, UsingKMSEncryption; S3 API Reference, GetObject",
        look: client_requests,
    },
    Rule {
        id: "annotations",
        title: "Annotations",
        why: "A copy takes the annotations of its object along, and each is billed as a PUT.",
        source: "S3 API Reference, CopyObject",
        look: annotations,
    },
];

/// What no API tells.
const LOG: &str = "CloudTrail data events or server access logs show who does; they are not looked at.";

fn multipart_writers(_: &Look<'_>) -> Vec<Found> {
    information(
        "Default encryption of the plan",
        format!(
            "From its change on, uploads in parts without an encryption header need kms:Decrypt and kms:GenerateDataKey on the plan's key. {LOG}"
        ),
    )
}

fn client_requests(_: &Look<'_>) -> Vec<Found> {
    information(
        "Target encryption of the plan",
        format!(
            "Clients with older signatures, without TLS, or with encryption headers on GET and HEAD, as those of SSE-S3, would be refused. {LOG}"
        ),
    )
}

fn annotations(at: &Look<'_>) -> Vec<Found> {
    let (looked_at, copied) = (of(at, "Methods of the plan"), at.copies());
    if copied.is_zero() {
        return Found::passed(looked_at, "Nothing is copied: annotations stay as they are.");
    }
    let is_copy = |line: &&PlanLine| line.method == Method::CopyObject;
    let in_parts: Objects = at
        .plan
        .lines
        .iter()
        .filter(is_copy)
        .map(|line| line.over_5_gib)
        .sum();
    if in_parts.is_zero() {
        let copied = counted(copied.0, "object");
        let text = format!(
            "{copied} are copied, with the annotations that they have. An inventory lists none, so that what these cost is in no sum."
        );
        return information(looked_at, text);
    }
    vec![Found::new(
        Severity::Watch,
        looked_at,
        format!(
            "{} above 5 GiB are copied in parts. That a copy in parts takes annotations along is documented nowhere, and an inventory does not tell which objects have some.",
            counted(in_parts.0, "object")
        ),
        "Where objects have annotations, plan UpdateObjectEncryption for them, which keeps everything.",
    )]
}
