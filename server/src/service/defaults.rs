//! The default encryption of buckets, as pages show it.

use super::{Service, words};
use app::backend::DefaultShown;
use std::collections::BTreeMap;

impl Service {
    /// Default encryption of these buckets.
    pub(super) async fn default_encryptions(&self, buckets: Vec<String>) -> BTreeMap<String, DefaultShown> {
        let late = DefaultShown::unknown("The account has not answered yet. Reload the page to see it.");
        let mut shown: BTreeMap<_, _> = buckets
            .iter()
            .map(|bucket| (bucket.clone(), late.clone()))
            .collect();
        let told = self.answers(|service| &service.inner.defaults, buckets, ask);
        shown.extend(told.await);
        shown
    }
}

async fn ask(service: Service, bucket: String) -> DefaultShown {
    match service.account_of(&bucket).buckets.settings(&bucket).await {
        Ok(settings) => {
            let setting = settings.default_encryption.as_ref();
            let short = setting.map_or("SSE-S3", |setting| setting.status.word());
            let bucket_key = setting.is_some_and(|setting| setting.bucket_key);
            DefaultShown {
                short: Some(if bucket_key {
                    format!("{short}, Bucket Key")
                } else {
                    short.to_string()
                }),
                whole: words::default_encryption(setting),
            }
        }
        Err(error) => {
            DefaultShown::unknown(&format!("The account does not tell: {error}. {}", error.remedy()))
        }
    }
}
