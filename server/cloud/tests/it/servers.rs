//! The contract on each server.

use crate::contract::{Neighbour, Place, REPORTS, Seen, Spec, holds};
use crate::differences::{Differences, MINISTACK, MOTO, SANDBOX};
use crate::peers::Peer;
use cloud::ObjectRef;
use cloud::sandbox::{Content, Dressing, NewObject, Sandbox, SandboxOptions};
use model::encryption::{KeyArn, TargetEncryption};
use model::inventory::{EncryptionStatus, Region};
use model::quantity::Bytes;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Objects that make a second page of a listing.
const TWO_PAGES: u32 = 1_030;

/// The group of all people, in grants.
const EVERYBODY: &str = "http://acs.amazonaws.com/groups/global/AllUsers";

struct InSandbox(Sandbox);

impl Neighbour for InSandbox {
    fn put(&self, object: &ObjectRef, spec: &Spec) -> Option<String> {
        let grants = spec
            .public
            .then(|| ("READ".to_string(), format!("uri=\"{EVERYBODY}\"")));
        let new = NewObject {
            content: Content::Written(spec.body.clone().into_bytes()),
            storage_class: spec.class,
            dressing: Dressing {
                headers: spec.headers.clone(),
                metadata: spec.metadata.clone(),
                tags: spec.tags.clone(),
                grants: grants.into_iter().collect(),
            },
            legal_hold: spec.held,
            ..NewObject::holding(&[])
        };
        self.0.put(object, &new).expect("a write")
    }

    fn delete(&self, object: &ObjectRef) {
        let account = self.0.account();
        futures::executor::block_on(account.probes.delete_probe(object)).expect("a delete");
    }

    fn look(&self, object: &ObjectRef) -> Seen {
        let account = self.0.account();
        let facts = futures::executor::block_on(account.objects.head(object)).expect("the object");
        let body = futures::executor::block_on(account.objects.read(object, 1 << 20)).expect("its body");
        let dressing = self.0.dressing(object).expect("its dressing");
        let algorithm = match facts.encryption.status {
            EncryptionStatus::SseKms => "aws:kms",
            _ => "AES256",
        };
        Seen {
            body: String::from_utf8(body).expect("text"),
            headers: dressing.headers,
            metadata: dressing.metadata,
            class: facts.storage_class.to_string(),
            encryption: Some(algorithm.to_string()),
            key: facts.encryption.key,
            bucket_key: facts.encryption.bucket_key,
            tags: dressing.tags,
            grants: dressing
                .grants
                .iter()
                .map(|(permission, grantee)| format!("{permission} {grantee}"))
                .collect(),
            checksums: BTreeMap::new(),
            lock: facts
                .locked
                .then(|| ("held".to_string(), "ON".to_string()))
                .into_iter()
                .collect(),
        }
    }
}

struct OnPeer(Arc<Peer>, Differences);

/// Content headers as boto3 names them.
const ARGUMENTS: [(&str, &str); 7] = [
    ("content-type", "ContentType"),
    ("cache-control", "CacheControl"),
    ("content-disposition", "ContentDisposition"),
    ("content-encoding", "ContentEncoding"),
    ("content-language", "ContentLanguage"),
    ("expires", "Expires"),
    ("x-amz-website-redirect-location", "WebsiteRedirectLocation"),
];

impl Neighbour for OnPeer {
    fn put(&self, object: &ObjectRef, spec: &Spec) -> Option<String> {
        let tags: Vec<String> = spec
            .tags
            .iter()
            .map(|(name, value)| {
                format!(
                    "{name}={}",
                    value.replace('+', "%2B").replace('=', "%3D").replace(' ', "%20")
                )
            })
            .collect();
        let mut arguments = json!({
            "Metadata": spec.metadata,
            "StorageClass": spec.class.word(),
        });
        for (header, argument) in ARGUMENTS {
            if let Some(value) = spec.headers.get(header) {
                arguments[argument] = json!(value);
            }
        }
        if let Some(algorithm) = spec.checksum {
            arguments["ChecksumAlgorithm"] = json!(algorithm);
        }
        if spec.public && self.1.keeps_acls {
            arguments["ACL"] = json!("public-read");
        }
        if spec.held {
            arguments["ObjectLockLegalHoldStatus"] = json!("ON");
        }
        if !tags.is_empty() {
            arguments["Tagging"] = json!(tags.join("&"));
        }
        self.0.put(object, &spec.body, arguments)
    }

    fn delete(&self, object: &ObjectRef) {
        self.0
            .call(json!({"do": "delete", "bucket": object.bucket, "key": object.key}));
    }

    fn look(&self, object: &ObjectRef) -> Seen {
        serde_json::from_value(self.0.look(object)).expect("what the client tells")
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sandbox_keeps_the_contract() {
    let dir = tempfile::tempdir().expect("a folder");
    let sandbox = Sandbox::open(dir.path(), SandboxOptions::default()).expect("a sandbox");
    for key in REPORTS {
        let path = sandbox.deliveries().join(key);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, key).expect("an object");
    }
    let keys = sandbox.usable_keys(&Region("eu-west-2".to_string()));
    let target = |key: usize, bucket_key| TargetEncryption {
        key: keys[key].arn.clone(),
        bucket_key,
    };
    let place = Place {
        account: sandbox.account(),
        neighbour: Box::new(InSandbox(sandbox.clone())),
        bucket: "kms-encryption-demo".to_string(),
        versioned: "claims-documents-prod".to_string(),
        locked: "payments-ledger-prod".to_string(),
        target: target(0, true),
        other: target(1, false),
        reports: Sandbox::REPORTS.to_string(),
        for_jobs: vec![format!("{}eu-west-2", Sandbox::JOB_REPORTS)],
        differences: SANDBOX,
    };
    holds(&place).await;
    let object = ObjectRef {
        bucket: place.bucket.clone(),
        key: "contract/copy.pdf".to_string(),
        version_id: None,
    };
    assert_eq!(
        place
            .account
            .objects
            .head(&object)
            .await
            .expect("the object")
            .size,
        Bytes(12)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn moto_keeps_the_contract_but_for_its_differences() {
    on_peer(Peer::moto(), MOTO).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ministack_keeps_the_contract_but_for_its_differences() {
    on_peer(Peer::ministack(), MINISTACK).await;
}

async fn on_peer(peer: Peer, differences: Differences) {
    let peer = Arc::new(peer);
    for (bucket, versioned) in [
        ("rekey-plain", false),
        ("rekey-versioned", true),
        ("rekey-reports", false),
    ] {
        peer.call(json!({"do": "create_bucket", "bucket": bucket, "versioned": versioned}));
    }
    peer.call(json!({"do": "create_locked_bucket", "bucket": "rekey-locked"}));
    peer.call(json!({"do": "put_many", "bucket": "rekey-versioned", "prefix": "many/", "count": TWO_PAGES}));
    for key in REPORTS {
        let command =
            json!({"do": "put", "bucket": "rekey-reports", "key": key, "body": key, "arguments": {}});
        peer.call(command);
    }
    peer.call(json!({
        "do": "put_inventory", "bucket": "rekey-versioned", "destination": "rekey-reports",
        "fields": model::inventory_offer::OPTIONAL_FIELDS,
    }));
    let key = |description: &str, bucket_key| {
        let arn = peer.call(json!({"do": "create_key", "description": description}));
        let arn = arn.as_str().expect("an ARN");
        TargetEncryption {
            key: KeyArn::parse(arn).expect("an ARN"),
            bucket_key,
        }
    };
    let place = Place {
        account: peer.account().await,
        target: key("one", true),
        other: key("other", false),
        neighbour: Box::new(OnPeer(Arc::clone(&peer), differences)),
        bucket: "rekey-plain".to_string(),
        versioned: "rekey-versioned".to_string(),
        locked: "rekey-locked".to_string(),
        reports: "rekey-reports".to_string(),
        for_jobs: vec!["rekey-plain".to_string(), "rekey-versioned".to_string()],
        differences,
    };
    holds(&place).await;
}
