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

struct InSandbox(Sandbox);

impl Neighbour for InSandbox {
    fn put(&self, object: &ObjectRef, spec: &Spec) -> Option<String> {
        let mut headers = BTreeMap::from([("content-type".to_string(), spec.content_type.clone())]);
        headers.extend(
            spec.cache_control
                .clone()
                .map(|value| ("cache-control".to_string(), value)),
        );
        let new = NewObject {
            content: Content::Written(spec.body.clone().into_bytes()),
            storage_class: spec.class,
            dressing: Dressing {
                headers,
                metadata: spec.metadata.clone(),
                tags: spec.tags.clone(),
                grants: BTreeMap::new(),
            },
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
            content_type: dressing.headers.get("content-type").cloned(),
            cache_control: dressing.headers.get("cache-control").cloned(),
            metadata: dressing.metadata,
            class: facts.storage_class.to_string(),
            encryption: Some(algorithm.to_string()),
            key: facts.encryption.key,
            bucket_key: facts.encryption.bucket_key,
            tags: dressing.tags,
        }
    }
}

struct OnPeer(Arc<Peer>);

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
            "ContentType": spec.content_type,
            "Metadata": spec.metadata,
            "StorageClass": spec.class.word(),
        });
        if let Some(value) = &spec.cache_control {
            arguments["CacheControl"] = json!(value);
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
        neighbour: Box::new(OnPeer(Arc::clone(&peer))),
        bucket: "rekey-plain".to_string(),
        versioned: "rekey-versioned".to_string(),
        reports: "rekey-reports".to_string(),
        for_jobs: vec!["rekey-plain".to_string(), "rekey-versioned".to_string()],
        differences,
    };
    holds(&place).await;
}
