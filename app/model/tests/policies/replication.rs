//! Replication from a bucket and into it, against the plan's key.

use crate::evidence::{ROOT, Scene, key_evidence};
use model::preflight::{IdentitySays, Replication, Severity};

const ROLE: &str = "arn:aws:iam::111122223333:role/replication";

fn replicating(rules: u32, with_kms: u32) -> Replication {
    Replication {
        rules,
        with_kms,
        role: Some(ROLE.to_string()),
        to: vec!["beta".to_string()],
    }
}

/// The role that replicates must be let to decrypt under the new key, by the key policy and its own.
#[test]
fn the_role_of_replication_is_looked_at() {
    use IdentitySays::{Allowed, Denied, Silent};
    use Severity::{Information, Passed, Stop, Watch};
    const MAY: &str = "may decrypt";
    const MAY_NOT: &str = "may not decrypt";
    let named = ROOT.replace(":root", ":role/replication");
    let closed = ROOT.replace(":root", ":role/other");
    let none = Replication::default;
    let one = || replicating(1, 1);
    for (rules, key_policy, says, severity, text) in [
        (none(), ROOT, None, Passed, "No rule"),
        (replicating(2, 0), ROOT, None, Watch, "2 of 2 replication rules"),
        (one(), ROOT, Some(Allowed), Information, MAY),
        (one(), &named, Some(Silent), Information, MAY),
        (one(), ROOT, Some(Silent), Stop, MAY_NOT),
        (one(), &named, Some(Denied), Stop, MAY_NOT),
        (one(), &closed, Some(Allowed), Stop, MAY_NOT),
        (one(), ROOT, None, Watch, "cannot be told"),
        (replicating(2, 1), ROOT, Some(Silent), Stop, MAY_NOT),
    ] {
        let what = format!("{rules:?} under {key_policy} with {says:?}");
        let mut scene = Scene {
            key: key_evidence(key_policy),
            ..Scene::plain()
        };
        scene.bucket.replication = Ok(rules);
        scene.bucket.replicator = says;
        scene.assert(&what, "replication", severity, text);
    }
    let mut scene = Scene::plain();
    scene.bucket.replication = Ok(Replication { role: None, ..one() });
    scene.assert("no role", "replication", Watch, "not told");
    scene.bucket.replication = Err("AccessDenied".to_string());
    scene.assert("unread", "replication", Watch, "AccessDenied");
}

#[test]
fn replicas_that_arrive_are_found() {
    use Severity::{Information, Passed, Watch};
    let mut scene = Scene::plain();
    scene.bucket.neighbours.looked_at = 4;
    scene.assert("none", "replication-into", Passed, "None of 4");
    scene.bucket.neighbours.replicates_from = vec![("beta".to_string(), Some(ROLE.to_string()))];
    let closed = ROOT.replace(":root", ":role/other");
    for (key_policy, text) in [
        (ROOT, "leaves it to the role"),
        (closed.as_str(), "does not let it write"),
    ] {
        scene.key = key_evidence(key_policy);
        scene.assert(text, "replication-into", Watch, text);
        scene.assert(text, "replication-into", Watch, "beta is replicated to alpha");
    }
    scene.bucket.neighbours.replicates_from.clear();
    scene.bucket.neighbours.gaps = vec!["400 buckets were not looked at.".to_string()];
    scene.assert("gaps", "replication-into", Information, "400 buckets");
}
